/** Refusals: the cluster, and connections to it. */
import { readFile } from "node:fs/promises";
import type { ClusterDescription } from "./backend.ts";
import { type Refusal, testRefusals } from "./support/refusal.ts";
import { repositoryFile } from "./support/run.ts";
import type { World } from "./support/world.ts";

const setup: Refusal["command"] = ({ cluster }) => `setup --cluster ${cluster} --yes`;
const described =
  (description: ClusterDescription | (() => Promise<ClusterDescription>)) =>
  async ({ backend }: World) => {
    await backend.describe(backend.cluster.name, typeof description === "function" ? await description() : description);
    return undefined;
  };
const otherCa = async () => ({
  ca: (await readFile(repositoryFile("test/fixtures/tls/other-ca.pem"))).toString("base64"),
});

testRefusals([
  {
    when: "a cluster that is not there",
    command: () => "setup --cluster dmeo --yes",
    exit: 2,
    says: ({ cluster, region }) => `error no cluster named "dmeo" in ${region} (ClusterNotFound)
hint  did you mean "${cluster}"? clusters here: ${cluster}; choose one with --cluster, or another --region
`,
  },
  {
    when: "several clusters, none of them named",
    given: async ({ backend }) => void (await backend.describe("other", {})),
    command: () => "setup --yes",
    exit: 2,
    says: ({ cluster, region }) => {
      const names = [cluster, "other"].sort();
      return `error there are 2 clusters in ${region}: ${names.join(", ")} (ClusterNotChosen)
hint  choose one: --cluster ${names[0]}
`;
    },
  },
  {
    when: "a cluster that is being created",
    given: described({ status: "CREATING" }),
    command: setup,
    exit: 1,
    says: ({ cluster, region }) => `error the cluster "${cluster}" is CREATING (ClusterNotReady)
hint  wait until it is ACTIVE: aws eks wait cluster-active --name ${cluster} --region ${region}
`,
  },
  {
    when: "a cluster that is being deleted",
    given: described({ status: "DELETING" }),
    command: setup,
    exit: 1,
    says: ({ cluster, region }) => `error the cluster "${cluster}" is DELETING (ClusterNotReady)
hint  if it had a function: eks-lambda teardown --cluster ${cluster} --region ${region} --aws-only deletes its stack
`,
  },
  {
    when: "a cluster whose creation failed",
    given: described({ status: "FAILED" }),
    command: setup,
    exit: 1,
    says: ({ cluster, region }) => `error the cluster "${cluster}" is FAILED (ClusterNotReady)
hint  see why: aws eks describe-cluster --name ${cluster} --region ${region} --query cluster.health
`,
  },
  {
    when: "aws-auth for a cluster that does not read it",
    given: described({ authenticationMode: "API" }),
    command: (names) => `${setup(names)} --access aws-auth`,
    exit: 1,
    says: ({ cluster }) =>
      `error the cluster "${cluster}" has authentication mode API: it does not read aws-auth (AccessModeUnsupported)
hint  use --access access-entry, or leave --access out
`,
  },
  {
    when: "an access entry for a cluster that knows none",
    given: described({ authenticationMode: null }),
    command: (names) => `${setup(names)} --access access-entry`,
    exit: 1,
    says: ({ cluster }) =>
      `error the cluster "${cluster}" has authentication mode CONFIG_MAP: it does not support access entries (AccessModeUnsupported)
hint  use --access aws-auth, or change the mode with --enable-access-entries; that cannot be undone
`,
  },
  {
    when: "an API server that does not answer",
    given: described({ endpoint: "https://127.0.0.1:1" }),
    command: setup,
    exit: 1,
    says: ({ cluster }) => `error the API server refused the connection: 127.0.0.1:1 (ECONNREFUSED) (ConnectionRefused)
hint  a private endpoint can be reached only from its VPC, and publicAccessCidrs may exclude you: \`aws eks describe-cluster --name ${cluster} --query cluster.resourcesVpcConfig\`
`,
  },
  {
    when: "an API server whose certificate another CA signed",
    given: described(otherCa),
    command: setup,
    exit: 1,
    says: () =>
      /^error the server's certificate is not from the cluster's CA: 127\.0\.0\.1:\d+ \([A-Z_]+\) \(TlsFailed\)\nhint {2}the cluster's CA may have been rotated: `eks-lambda setup --cluster demo` updates endpoint and CA\n$/,
  },
  {
    when: "a namespace that is not there",
    command: ({ cluster }) => `setup --cluster ${cluster} --namespace web --yes`,
    exit: 1,
    says: () => `error no namespace named "web" in the cluster (NamespaceNotFound)
hint  kubectl create namespace web, or choose another with --namespace
`,
  },
]);

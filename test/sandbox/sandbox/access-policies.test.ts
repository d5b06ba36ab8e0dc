/** What the sandbox's API server permits by EKS's access policies, beside RBAC. */
import {
  type AccessScope,
  AssociateAccessPolicyCommand,
  CreateAccessEntryCommand,
  DisassociateAccessPolicyCommand,
  EKSClient,
} from "@aws-sdk/client-eks";
import { expect, test } from "vitest";
import { useSandbox } from "../support/sandbox.ts";

const { sandbox, client, kube, token } = useSandbox({ authenticationMode: "API" });
const entry = { clusterName: "demo", principalArn: "arn:aws:iam::123456789012:role/web" };
const policyArn = (name: string) => `arn:aws:eks::aws:cluster-access-policy/${name}`;
const eks = () => new EKSClient(client());
const associate = (name: string, accessScope: AccessScope) =>
  eks().send(new AssociateAccessPolicyCommand({ ...entry, policyArn: policyArn(name), accessScope }));

/** A token of the role, whose entry gives it no other rights. */
async function mapped() {
  const credentials = sandbox().assumeRole("web");
  await eks().send(new CreateAccessEntryCommand({ ...entry, username: "web" }));
  return token(credentials);
}
const inKubePublic: AccessScope = { type: "namespace", namespaces: ["kube-p*"] };
const cluster: AccessScope = { type: "cluster" };
const [here, elsewhere] = ["/api/v1/namespaces/kube-public", "/api/v1/namespaces/default"];
const paths = {
  pods: `${here}/pods`,
  secrets: `${here}/secrets`,
  roles: "/apis/rbac.authorization.k8s.io/v1/namespaces/kube-public/roles",
  others: `${elsewhere}/pods`,
  nodes: "/api/v1/nodes",
} as const;

test.each([
  ["AmazonEKSClusterAdminPolicy", cluster, ["pods", "secrets", "roles", "others", "nodes"], true],
  ["AmazonEKSAdminPolicy", cluster, ["pods", "secrets", "roles", "others"], true],
  ["AmazonEKSAdminPolicy", inKubePublic, ["pods", "secrets", "roles"], true],
  ["AmazonEKSEditPolicy", inKubePublic, ["pods", "secrets"], true],
  ["AmazonEKSViewPolicy", inKubePublic, ["pods"], false],
  ["AmazonEKSAdminViewPolicy", cluster, ["pods", "secrets", "roles", "others", "nodes"], false],
] as const)("%s in %j permits to list %j, and to write: %s", async (name, scope, listed, writes) => {
  const bearer = await mapped();
  await associate(name, { ...scope, namespaces: [...("namespaces" in scope ? (scope.namespaces ?? []) : [])] });
  const answers = await Promise.all(
    Object.entries(paths).map(async ([what, path]) => ({ what, ...(await kube("GET", path, { token: bearer })) })),
  );
  expect(answers.filter(({ status }) => status === 200).map(({ what }) => what)).toEqual(listed);
  const body = { metadata: { name: "made" } };
  expect((await kube("POST", `${here}/configmaps`, { token: bearer, body })).status).toBe(writes ? 201 : 403);
});

test("policies hold from the next request on, for the role itself, and not for whom it impersonates", async () => {
  const bearer = await mapped();
  const mayList = async () => (await kube("GET", paths.pods, { token: bearer })).status;
  const review = async (kind: string, spec: object) => {
    const body = { spec: { ...spec, resourceAttributes: { verb: "list", resource: "pods" } } };
    const given = { body, ...(kind.startsWith("Self") && { token: bearer }) };
    return (await kube("POST", `/apis/authorization.k8s.io/v1/${kind}`, given)).body.status.allowed;
  };
  expect(await mayList()).toBe(403);
  await associate("AmazonEKSClusterAdminPolicy", cluster);
  expect(await mayList()).toBe(200);
  expect(await review("selfsubjectaccessreviews", {})).toBe(true);
  expect(await review("subjectaccessreviews", { user: "web" })).toBe(false);
  await eks().send(
    new DisassociateAccessPolicyCommand({ ...entry, policyArn: policyArn("AmazonEKSClusterAdminPolicy") }),
  );
  expect(await mayList()).toBe(403);
});

test("a policy that the sandbox does not know is refused", async () => {
  await mapped();
  await expect(associate("AmazonEKSNetworkingPolicy", cluster)).rejects.toMatchObject({
    $metadata: { httpStatusCode: 501 },
    message: expect.stringContaining("the sandbox does not support the access policy arn:aws:eks::aws:"),
  });
});

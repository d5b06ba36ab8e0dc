/** Access policies of the role's access entry: setup does not adopt them, and doctor names them. */
import {
  type AccessScope,
  AssociateAccessPolicyCommand,
  CreateAccessEntryCommand,
  DisassociateAccessPolicyCommand,
  EKSClient,
} from "@aws-sdk/client-eks";
import { describe, expect, test } from "vitest";
import { mapping } from "../../../../src/core/doctor/mapping.ts";
import { factsOf } from "../../../../src/core/doctor/read-facts.ts";
import { useSetup } from "../../support/setup-in-process.ts";

const principalArn = "arn:aws:iam::123456789012:role/eks-lambda-demo-us-east-1";
const entry = { clusterName: "demo", principalArn };
const policyArn = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy";
const message = `the access entry of ${principalArn} has the access policy AmazonEKSClusterAdminPolicy for the cluster: rights that no Role and no binding shows`;
const command = `take AmazonEKSClusterAdminPolicy away: aws eks disassociate-access-policy --cluster-name demo --principal-arn ${principalArn} --policy-arn ${policyArn} --region us-east-1`;
const isWrite = ({ action }: { readonly action: string }) =>
  /^(POST|PATCH|PUT|DELETE) (?!.*(dryRun=All|reviews))|:(Create|Update|Delete|Execute)/.test(action);

const { sandbox, client, ports, changes, apply } = useSetup({ authenticationMode: "API_AND_CONFIG_MAP" });
const eks = () => new EKSClient(client());
const associate = (accessScope: AccessScope = { type: "cluster" }) =>
  eks().send(new AssociateAccessPolicyCommand({ ...entry, policyArn, accessScope }));

async function doctor(role?: string) {
  const { region, cluster } = sandbox();
  const facts = factsOf({
    ...ports(),
    ...{ region, role, environment: {}, version: "0.0.0" },
    ...{ clusterName: async () => cluster.name, kube: () => Promise.reject(new Error("not reached")) },
  });
  return mapping.prove(facts);
}

describe("an entry that someone else made for the role, with access policies,", () => {
  const adopted = async () => {
    await apply("present", { access: "aws-auth" });
    await eks().send(new CreateAccessEntryCommand({ ...entry, username: "lambda" }));
    await associate();
  };

  test.each(["auto", "aws-auth"])("is refused, and nothing is written: --access %s", async (access) => {
    await adopted();
    const { length } = sandbox().requests;
    const hint = [
      `delete it, and setup creates its own: aws eks delete-access-entry --cluster-name demo --principal-arn ${principalArn} --region us-east-1`,
      command,
    ].join("\n");
    await expect(changes("present", { access })).rejects.toMatchObject({ code: "RightsTooWide", message, hint });
    expect(sandbox().requests.slice(length).filter(isWrite)).toEqual([]);
  });

  test("is adopted once they are taken away", async () => {
    await adopted();
    await eks().send(new DisassociateAccessPolicyCommand({ ...entry, policyArn }));
    await apply("present", { access: "auto" });
  });

  test("is adopted by a caller who may not list them, which is said", async () => {
    await adopted();
    sandbox().faults.forbid.push("eks:ListAssociatedAccessPolicies");
    const [stack] = (await changes("present", { access: "auto" })).filter(({ step }) => step === "stack");
    expect(stack?.warnings).toEqual([expect.stringContaining("could not check whether the access entry has access")]);
  });

  test("is named by doctor", async () => {
    await adopted();
    await expect(doctor()).rejects.toMatchObject({ code: "RightsTooWide", message, hint: command });
  });
});

describe("doctor", () => {
  test("says that setup takes them from the entry of its stack", async () => {
    await apply("present");
    await associate();
    const hint = `eks-lambda setup creates the entry again without them\n${command}`;
    await expect(doctor()).rejects.toMatchObject({ code: "RightsTooWide", message, hint });
    await apply("present");
    expect(await doctor()).toBe(`${principalArn} is "lambda", by its access entry`);
  });

  test("names those of another role with their scope", async () => {
    await apply("present");
    await associate({ type: "namespace", namespaces: ["shop", "dev-*"] });
    expect(await doctor(principalArn)).toBe(
      `${principalArn} is "lambda", by its access entry, which has the access policy AmazonEKSClusterAdminPolicy in shop and dev-*`,
    );
  });

  test("says what the caller may not list", async () => {
    await apply("present");
    sandbox().faults.forbid.push("eks:ListAssociatedAccessPolicies");
    expect(await doctor()).toMatch(
      /, by its access entry; could not check whether the access entry has access policies: the caller may not call eks:/,
    );
  });
});

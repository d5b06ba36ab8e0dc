/** A stack that is lost, one that is protected, and a role whose path cannot change. */
import { describe, expect, test } from "vitest";
import { configOf } from "../../../../src/cli/flags.ts";
import { EksLambdaError } from "../../../../src/core/errors.ts";
import type { Kube } from "../../../../src/core/kube/request.ts";
import { chosenBy } from "../../../../src/core/parameters/deployed.ts";
import { withClusterState } from "../../../../src/core/setup/cluster-state.ts";
import { refuseOtherPath } from "../../../../src/core/setup/steps/stack.ts";
import type { Target } from "../../../../src/core/setup/target.ts";
import { refuseProtected } from "../../../../src/core/stack/status.ts";
import { stackWith } from "../../support/found.ts";

const config = { namespace: undefined, rbacName: undefined, username: undefined };
const target = {
  ...{ config, owner: "111122223333/us-east-1/eks-lambda-demo", username: "lambda", rbacName: "creators" },
  ...{ cluster: { exists: false, name: "demo", namespace: "default" }, region: "us-east-1" },
  ...{ stack: "eks-lambda-demo", roleName: "role", found: undefined },
} as unknown as Target;
const kubeWith = (...items: readonly object[]): Kube => ({
  request: async <T>() => ({ kind: "List", metadata: {}, items }) as T,
});
const user = { kind: "User", name: "shop" };
const name = "lambda-create-deployments";
const binding = { metadata: { name, namespace: "shop" }, subjects: [user] };
const named = ({ cluster: { namespace }, rbacName, username }: Target) => ({ namespace, rbacName, username });

describe("the names of a lost stack", () => {
  test.each([
    ["are those of its RoleBinding", {}, [binding], { namespace: "shop", rbacName: name, username: "shop" }],
    ["are the defaults without one", {}, [], { namespace: "default", rbacName: "creators", username: "lambda" }],
    [
      "are those of flags first",
      { namespace: "web" },
      [binding],
      { namespace: "web", rbacName: name, username: "shop" },
    ],
    [
      "have no user where the binding has several",
      {},
      [{ ...binding, subjects: [user, { ...user, name: "web" }] }],
      { namespace: "shop", rbacName: name, username: "lambda" },
    ],
    [
      "have no user where bindings do not agree",
      {},
      [binding, { metadata: { name, namespace: "tenant" }, subjects: [{ kind: "User", name: "boss" }] }],
      { namespace: "shop", rbacName: name, username: "lambda" },
    ],
    [
      "are not those of a binding with another name, which anyone can label",
      {},
      [{ metadata: { name: "x y", namespace: "tenant" }, subjects: [{ kind: "User", name: "boss" }] }],
      { namespace: "default", rbacName: "creators", username: "lambda" },
    ],
    [
      "are those of a binding that --rbac-name names",
      { rbacName: "chosen" },
      [{ ...binding, metadata: { ...binding.metadata, name: "chosen" } }],
      { namespace: "shop", rbacName: "chosen", username: "shop" },
    ],
  ])("%s", async (_, flags, items, expected) => {
    const wanted = { ...target, config: { ...target.config, ...flags }, ...("rbacName" in flags && flags) };
    const found = await withClusterState(kubeWith(...items), wanted, "absent");
    expect(named(found)).toEqual(expected);
  });

  test.each([
    ["Forbidden", "are the defaults"],
    ["Unauthorized", "are not known, and it is said"],
  ])("where the cluster answers %s, they %s", async (code) => {
    const request = () => Promise.reject(new EksLambdaError(code, "no"));
    const found = Promise.resolve(withClusterState({ request }, target, "absent"));
    if (code === "Forbidden") expect(await found).toBe(target);
    else await expect(found).rejects.toMatchObject({ code });
  });
});

test("termination protection is refused, with the command that disables it", () => {
  const id = "arn:aws:cloudformation:eu-west-1:123456789012:stack/demo/1";
  const stack = {
    ...{ id, name: "demo", status: "CREATE_COMPLETE", reason: undefined },
    parameters: {},
    outputs: {},
    tags: {},
  };
  expect(() => refuseProtected({ ...stack, isProtected: true })).toThrowError(
    expect.objectContaining({
      code: "StackProtected",
      hint: expect.stringMatching(/ --stack-name demo --region eu-west-1$/),
    }),
  );
  expect(() => refuseProtected({ ...stack, isProtected: false })).not.toThrow();
  expect(() => refuseProtected(undefined)).not.toThrow();
});

test.each([
  ["/", undefined, "fits"],
  ["/team/", "/team/", "fits"],
  ["/team/", undefined, "fits"],
  ["/team/", "", "is refused"],
  ["/", "/team/", "is refused"],
] as const)("a role with the path %s and --role-path %j %s", (RolePath, rolePath, expected) => {
  const found = stackWith({ RoleName: "role", RolePath });
  const given = { ...configOf({}), rolePath };
  const place = { cluster: "demo", region: "us-east-1", name: undefined, onlyCreates: true };
  const refuse = () => refuseOtherPath({ ...target, found, options: chosenBy(given, found.parameters, place) });
  if (expected === "fits") expect(refuse).not.toThrow();
  else expect(refuse).toThrowError(expect.objectContaining({ code: "RolePathFixed" }));
});

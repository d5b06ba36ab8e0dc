/** The rights of `apply` and `delete` are enough for a resource of a stack, with and without names and a namespace. */
import { expect, test } from "vitest";
import { needsOf } from "../../../../src/core/actions/allowed.ts";
import { rulesOf } from "../../../../src/core/kube/need.ts";
import { allowedOf } from "../../support/actions.ts";
import { awsAuth, configMaps, useSandbox } from "../../support/sandbox.ts";
import { resourceOf } from "../../support/stack.ts";

const used = useSandbox();
const { kube, sandbox, token } = used;

/** A resource whose function has exactly the rights for what is allowed, in one namespace. */
async function resourceWith(namespace: string, ...flags: readonly string[]) {
  const allowed = allowedOf(...flags);
  const arn = "arn:aws:iam::123456789012:role/web";
  await kube("POST", configMaps, { body: awsAuth({ mapRoles: `- rolearn: ${arn}\n  username: web\n` }) });
  if (namespace !== "default") await kube("POST", "/api/v1/namespaces", { body: { metadata: { name: namespace } } });
  const apiGroup = "rbac.authorization.k8s.io";
  const rbac = `/apis/${apiGroup}/v1/namespaces/${namespace}`;
  await kube("POST", `${rbac}/roles`, { body: { metadata: { name: "web" }, rules: rulesOf(needsOf(allowed)) } });
  const subjects = [{ apiGroup, kind: "User", name: "web" }];
  const body = { metadata: { name: "web" }, roleRef: { apiGroup, kind: "Role", name: "web" }, subjects };
  await kube("POST", `${rbac}/rolebindings`, { body });
  return resourceOf(used)("Web", { allowed, token: await token(sandbox().assumeRole("web")), remainingMs: 8_000 });
}

const manifest = (namespace: string, name: string, data: object, more = {}) => ({
  Manifest: JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data }),
  Namespace: namespace,
  ...more,
});
const success = { Status: "SUCCESS" };

test.each([
  ["default", ["apply:configmaps", "delete:configmaps"]],
  ["default", ["apply:configmaps/a,b", "delete:configmaps/a,b"]],
  ["shop", ["apply:configmaps@shop", "delete:configmaps@shop"]],
  ["shop", ["apply:configmaps/a,b@shop", "delete:configmaps/a,b@shop"]],
])("in %s: %j", async (namespace, flags) => {
  const web = await resourceWith(namespace, ...flags);
  const path = `/api/v1/namespaces/${namespace}/configmaps`;
  const [first, second] = [manifest(namespace, "a", { x: "1", y: "1" }), manifest(namespace, "a", { x: "2" })];
  expect(await web.create(first)).toMatchObject(success);
  expect(await web.update(second, first)).toMatchObject(success);
  expect((await kube("GET", `${path}/a`)).body.data).toEqual({ x: "2" });
  expect(await web.remove(second)).toMatchObject(success);
  expect((await kube("GET", `${path}/a`)).status).toBe(404);
  await kube("POST", `${path}?fieldManager=kubectl`, { body: { metadata: { name: "b" }, data: { y: "1" } } });
  const taken = manifest(namespace, "b", { x: "1" }, { Overwrite: "true" });
  expect(await web.create(taken)).toMatchObject(success);
  expect(await web.remove(taken)).toMatchObject(success);
  expect((await kube("GET", `${path}/b`)).body).toMatchObject({ data: { x: "1" }, metadata: { name: "b" } });
});

test("a namespace that took the function's rights with it is not taken for success", async () => {
  const web = await resourceWith("shop", "apply:configmaps@shop", "delete:configmaps@shop");
  await web.create(manifest("shop", "a", {}));
  await kube("DELETE", "/api/v1/namespaces/shop");
  expect(await web.remove(manifest("shop", "a", {}))).toMatchObject({
    Status: "FAILED",
    Reason: expect.stringMatching(/^Forbidden: ConfigMap shop\/a: /),
  });
});

test("a create without any rights left nothing, so that its stack can be deleted", async () => {
  const web = await resourceWith("shop", "apply:configmaps@shop", "delete:configmaps@shop");
  await kube("DELETE", "/apis/rbac.authorization.k8s.io/v1/namespaces/shop/rolebindings/web");
  const { Status, PhysicalResourceId } = await web.create(manifest("shop", "a", {}));
  expect({ Status, PhysicalResourceId }).toEqual({
    Status: "FAILED",
    PhysicalResourceId: expect.stringMatching(/^eks-lambda:not-created:/),
  });
  expect(await web.remove(manifest("shop", "a", {}))).toMatchObject(success);
});

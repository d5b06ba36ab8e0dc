/** The Kubernetes half: who is let in, who may what, and what objects do. Messages are those of kube-apiserver 1.35. */
import { describe, expect, test } from "vitest";
import { awsAuth, configMaps, deployments, rbac, useSandbox } from "./support.ts";

const { sandbox, administrator, token, kube } = useSandbox();
const role = "arn:aws:iam::123456789012:role/web";
const group = "rbac.authorization.k8s.io";
const mapped = (text: string) => kube("POST", configMaps, { body: awsAuth({ mapRoles: text }) });
/** A token of the role, new in each call's cluster. */
const roleToken = () => token(sandbox().assumeRole("web"));
const denied = () => sandbox().authenticatorLog.at(-1);

const deployment = (name: string, spec = {}) => ({
  metadata: { name },
  spec: {
    selector: { matchLabels: { app: "x" } },
    template: { metadata: { labels: { app: "x" } }, spec: { containers: [{ name: "web", image: "nginx" }] } },
    ...spec,
  },
});

describe("tokens", () => {
  test("one of the cluster's creator is let in", async () => {
    expect((await kube("GET", deployments, { token: await token(administrator()) })).status).toBe(200);
  });

  test.each<[string, (right: string) => string, RegExp]>([
    ["no token of EKS", () => "secret", /missing expected "k8s-aws-v1\." prefix/],
    ["too long", (right) => right + "x".repeat(4096), /token is too large/],
    ["padded", (right) => `${right}=`, /illegal base64/],
    [
      "another host",
      edit((url) => {
        url.host = "sts.example.com";
      }),
      /unexpected hostname "sts\.example\.com"/,
    ],
    [
      "another path",
      edit((url) => {
        url.pathname = "/x";
      }),
      /unexpected path/,
    ],
    [
      "plain HTTP",
      edit((url) => {
        url.protocol = "http:";
      }),
      /unexpected scheme "http"/,
    ],
    ["another action", edit((url) => url.searchParams.set("Action", "GetUser")), /unexpected action/],
    [
      "an unknown parameter",
      edit((url) => url.searchParams.set("x-k8s-aws-id", "demo")),
      /non-whitelisted query parameter/,
    ],
    [
      "a parameter twice",
      edit((url) => url.searchParams.append("x-amz-date", "20260101T000000Z")),
      /duplicate query parameter/,
    ],
    [
      "a header that is not signed",
      edit((url) => url.searchParams.set("X-Amz-SignedHeaders", "host")),
      /did not sign the x-k8s-aws-id header/,
    ],
    ["a long expiry", edit((url) => url.searchParams.set("X-Amz-Expires", "901")), /invalid X-Amz-Expires/],
    [
      "a signature of something else",
      edit((url) => url.searchParams.set("X-Amz-Expires", "61")),
      /expected 200, got 403/,
    ],
    [
      "another region's host",
      edit((url) => {
        url.host = "sts.eu-west-1.amazonaws.com";
      }),
      /expected 200, got 403/,
    ],
  ])("%s is refused", async (_, change, reason) => {
    const { status, body } = await kube("GET", deployments, { token: change(await token(administrator())) });
    expect({ status, body }).toEqual({
      status: 401,
      body: {
        kind: "Status",
        apiVersion: "v1",
        metadata: {},
        status: "Failure",
        message: "Unauthorized",
        reason: "Unauthorized",
        code: 401,
      },
    });
    expect(denied()).toMatch(reason);
  });

  test("one is good for 15 minutes, by the cluster's clock", async () => {
    const aged = (age: number) => token(administrator(), { age });
    expect((await kube("GET", deployments, { token: await aged(14 * 60) })).status).toBe(200);
    expect((await kube("GET", deployments, { token: await aged(15 * 60 + 1) })).status).toBe(401);
    sandbox().faults.clockSkewMs = 16 * 60_000;
    expect((await kube("GET", deployments, { token: await aged(1) })).status).toBe(401);
  });
});

describe("mapping", () => {
  const whoami = async (given?: string) => {
    const { body } = await kube("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", {
      body: {},
      token: given ?? (await roleToken()),
    });
    return body.reason ?? body.status.userInfo.username;
  };

  test.each([
    ["by the role's ARN, in any case", `- {rolearn: ${role.toUpperCase()}, username: web}`, "web"],
    ["of two, the last", `- {rolearn: ${role}, username: a}\n- {rolearn: ${role}, username: b}`, "b"],
    ["with placeholders", `- {rolearn: ${role}, username: "{{AccountID}}:{{SessionName}}"}`, "123456789012:session"],
    ["not by a path", "- {rolearn: 'arn:aws:iam::123456789012:role/a/web', username: web}", "Unauthorized"],
    ["beside an entry that is none", `- just text\n- {rolearn: ${role}, username: web}`, "web"],
    ["not in a list that does not parse", `- {rolearn: ${role}, username: web}\n- {`, "Unauthorized"],
    [
      "not as a node without an instance",
      `- {rolearn: ${role}, username: "system:node:{{EC2PrivateDNSName}}"}`,
      "Unauthorized",
    ],
  ])("%s", async (_, text, user) => {
    await mapped(text);
    expect(await whoami()).toBe(user);
  });

  test("a mapping that is gone lives on for a token that is known", async () => {
    await mapped(`- {rolearn: ${role}, username: web}`);
    const known = await roleToken();
    expect(await whoami(known)).toBe("web");
    await kube("DELETE", `${configMaps}/aws-auth`);
    expect(await whoami(known)).toBe("web");
    expect(await whoami()).toBe("Unauthorized");
    expect(denied()).toBe("access denied: identity is not mapped");
  });

  test("a mapping can take its time", async () => {
    sandbox().faults.mappingDelayMs = 100;
    await mapped(`- {rolearn: ${role}, username: web}`);
    expect(await whoami()).toBe("Unauthorized");
    await expect.poll(() => whoami()).toBe("web");
  });
});

describe("permissions", () => {
  const grant = (name: string, rules: unknown[]) =>
    Promise.all([
      kube("POST", `${rbac}/roles`, { body: { metadata: { name }, rules } }),
      kube("POST", `${rbac}/rolebindings`, {
        body: {
          metadata: { name },
          roleRef: { apiGroup: group, kind: "Role", name },
          subjects: [{ kind: "User", name: "web", apiGroup: group }],
        },
      }),
    ]);
  const asWeb = async (...rules: unknown[]) => {
    await mapped(`- {rolearn: ${role}, username: web}`);
    await grant("given", rules);
    return roleToken();
  };
  const create = { apiGroups: ["apps"], resources: ["deployments"], verbs: ["create"] };

  test("what is permitted goes, and nothing else", async () => {
    const token = await asWeb(create);
    expect((await kube("POST", deployments, { token, body: deployment("one") })).status).toBe(201);
    const { status, body } = await kube("GET", deployments, { token });
    expect(status).toBe(403);
    expect(body).toMatchObject({
      message:
        'deployments.apps is forbidden: User "web" cannot list resource "deployments" in API group "apps" in the namespace "default"',
      reason: "Forbidden",
      details: { group: "apps", kind: "deployments" },
    });
    expect((await kube("GET", "/apis/apps/v1/deployments", { token })).body.message).toMatch(/ at the cluster scope$/);
    expect((await kube("GET", "/metrics", { token })).body.message).toBe(
      'forbidden: User "web" cannot get path "/metrics"',
    );
    expect((await kube("GET", "/version", { token: "" })).body.minor).toBe("35");
    expect((await kube("GET", deployments, { token: "" })).body.message).toMatch(/User "system:anonymous" cannot list/);
  });

  test("resource names narrow a rule, and reviews tell", async () => {
    const token = await asWeb({ apiGroups: [""], resources: ["configmaps"], resourceNames: ["a"], verbs: ["get"] });
    const may = async (name: string) => {
      const spec = { resourceAttributes: { verb: "get", resource: "configmaps", namespace: "default", name } };
      const path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
      return (await kube("POST", path, { token, body: { spec } })).body.status.allowed;
    };
    expect([await may("a"), await may("b")]).toEqual([true, false]);
  });

  test("nobody grants what they do not have", async () => {
    const any = { apiGroups: [group], resources: ["roles", "rolebindings"], verbs: ["create"] };
    const token = await asWeb(any, create);
    const made = (path: string, body: unknown) => kube("POST", `${rbac}/${path}?dryRun=All`, { token, body });
    expect((await made("roles", { metadata: { name: "x" }, rules: [create] })).status).toBe(201);
    const more = { ...create, verbs: ["create", "list", "get"] };
    expect((await made("roles", { metadata: { name: "x" }, rules: [more] })).body.message).toBe(
      `roles.${group} "x" is forbidden: user "web" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:["apps"], Resources:["deployments"], Verbs:["list" "get"]}`,
    );
    const binding = (name: string) => ({ metadata: { name: "x" }, roleRef: { apiGroup: group, kind: "Role", name } });
    expect((await made("rolebindings", binding("given"))).status).toBe(201);
    expect((await made("rolebindings", binding("none"))).body.message).toBe(`rolebindings.${group} "none" not found`);
  });
});

describe("objects", () => {
  test("a Deployment's replicas become ready", async () => {
    await kube("POST", deployments, { body: deployment("web", { replicas: 3 }) });
    const ready = async () => (await kube("GET", `${deployments}/web`)).body.status.readyReplicas;
    await expect.poll(ready).toBe(3);
  });

  test("a merge patch changes what it names, under the version that was read", async () => {
    const patch = (body: unknown, type = "application/merge-patch+json") =>
      kube("PATCH", `${configMaps}/aws-auth`, { body, type });
    const { resourceVersion } = (await mapped("a")).body.metadata;
    expect((await patch({ data: { mapRoles: "a" } })).body.metadata.resourceVersion).toBe(resourceVersion);
    expect((await patch({ data: { mapUsers: "b" }, metadata: { resourceVersion } })).status).toBe(200);
    expect((await patch({ data: { mapRoles: null }, metadata: { resourceVersion } })).body).toMatchObject({
      code: 409,
      reason: "Conflict",
      message:
        'Operation cannot be fulfilled on configmaps "aws-auth": the object has been modified; please apply your changes to the latest version and try again',
    });
    expect((await patch({ data: { mapRoles: null } })).body.data).toEqual({ mapUsers: "b" });
    expect((await patch({}, "text/plain")).body).toMatchObject({ code: 415, reason: "UnsupportedMediaType" });
  });

  test("what exists is not made again, and what is not there is not found", async () => {
    await kube("POST", deployments, { body: deployment("web") });
    expect((await kube("POST", deployments, { body: deployment("web") })).body.message).toBe(
      'deployments.apps "web" already exists',
    );
    expect((await kube("GET", `${deployments}/none`)).body.message).toBe('deployments.apps "none" not found');
    const elsewhere = deployments.replace("default", "none");
    expect((await kube("POST", elsewhere, { body: deployment("web") })).body.message).toBe(
      'namespaces "none" not found',
    );
  });

  test.each([
    [
      "Web",
      {},
      /^Deployment\.apps "Web" is invalid: metadata\.name: Invalid value: "Web": a lowercase RFC 1123 subdomain must/,
    ],
    ["web", { replicas: -1 }, /spec\.replicas: Invalid value: -1: must be greater than or equal to 0$/],
    [
      "web",
      { template: { metadata: { labels: { app: "y" } }, spec: { containers: [{ name: "web", image: "x" }] } } },
      /spec\.template\.metadata\.labels: Invalid value: \{"app":"y"\}: `selector` does not match template `labels`$/,
    ],
  ])("%s %j is invalid", async (name, spec, message) => {
    const { body } = await kube("POST", deployments, { body: deployment(name, spec) });
    expect(body).toMatchObject({ code: 422, reason: "Invalid", message: expect.stringMatching(message) });
  });

  test("a rehearsal keeps nothing, a selector chooses, a deletion asks for its version", async () => {
    await kube("POST", `${deployments}?dryRun=All`, { body: deployment("web") });
    expect((await kube("GET", deployments)).body.items).toEqual([]);
    for (const name of ["a", "b"]) {
      const { metadata, ...rest } = deployment(name);
      await kube("POST", deployments, { body: { ...rest, metadata: { ...metadata, labels: { name } } } });
    }
    const list = (selector: string) =>
      kube("GET", `${deployments}?labelSelector=${encodeURIComponent(selector)}`).then(({ body }) => body);
    const names = async (selector: string) =>
      (await list(selector)).items.map(({ metadata }: { metadata: { name: string } }) => metadata.name);
    expect(await names("name")).toEqual(["a", "b"]);
    expect(await names("name,!other")).toEqual(["a", "b"]);
    expect(await names("name=a,!name")).toEqual([]);
    expect(await names("name in (a,b),name notin (b)")).toEqual(["a"]);
    expect(await names("name=b")).toEqual(["b"]);
    const remove = (resourceVersion: string) =>
      kube("DELETE", `${deployments}/b`, { body: { preconditions: { resourceVersion } } });
    expect((await remove("1")).body.reason).toBe("Conflict");
    // The rollout makes another version in a moment.
    const removed = async () => (await remove((await list("name=b")).items[0].metadata.resourceVersion)).body.status;
    await expect.poll(removed).toBe("Success");
  });
});

/** A token whose URL is changed after it was signed. */
function edit(change: (url: URL) => void): (right: string) => string {
  return (right) => {
    // As an opaque scheme, for else a URL keeps its own idea of what can be changed.
    const url = new URL(Buffer.from(right.slice("k8s-aws-v1.".length), "base64url").toString());
    change(url);
    return `k8s-aws-v1.${Buffer.from(String(url)).toString("base64url")}`;
  };
}

describe("a body that is too long", () => {
  const tooLong = { data: { text: "x".repeat(3 * 2 ** 20) } };
  const refused = { code: 413, reason: "RequestEntityTooLarge", message: "Request entity too large: limit is 3145728" };

  test.each([
    ["POST", configMaps, "application/json"],
    ["PATCH", `${configMaps}/given`, "application/merge-patch+json"],
    ["DELETE", `${configMaps}/given`, "application/json"],
  ])("is refused to %s", async (method, path, type) => {
    await kube("POST", configMaps, { body: { metadata: { name: "given" } } });
    const { status, body } = await kube(method, path, { body: tooLong, type });
    expect({ status, body }).toMatchObject({ status: 413, body: refused });
    expect((await kube("GET", `${configMaps}/given`)).status).toBe(200);
  });

  test("of somebody who may not create is Forbidden, as a short one", async () => {
    await mapped(`- rolearn: ${role}\n  username: web\n`);
    expect((await kube("POST", deployments, { body: tooLong, token: await roleToken() })).status).toBe(403);
  });
});

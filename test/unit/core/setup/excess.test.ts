import { expect, test } from "vitest";
import { EksLambdaError } from "../../../../src/core/errors.ts";
import { refuseExcess } from "../../../../src/core/setup/excess.ts";
import type { Target } from "../../../../src/core/setup/target.ts";

const target = {
  ...{ region: "us-east-1", owner: "111122223333/us-east-1/eks-lambda-demo" },
  cluster: { exists: true, name: "demo", namespace: "default" },
  ...{ roleArn: "arn:aws:iam::111122223333:role/f", username: "lambda", rbacName: "lambda-create-deployments" },
  access: { readsEntries: true },
  rights: { needs: [{ group: "apps", resource: "deployments", verbs: ["create"] }], earlier: [], source: "stock" },
} as unknown as Target;

/** Everybody may do everything. `paths`: what can be read. */
const kubeWith = (paths: (path: string) => unknown) => ({
  request: async <T>({ path }: { readonly path: string }) =>
    (path.endsWith("subjectaccessreviews") ? { status: { allowed: true } } : paths(path)) as T,
});
const also = '"lambda" may also list deployments.apps @default';
const nothing = (path: string) => (path.endsWith("bindings") ? { items: [] } : { rules: null });

test.each<[string, Partial<Target>, string, string | undefined]>([
  [
    "by an access policy perhaps",
    {},
    `${also}, and no binding gives it this right: another authorizer of the cluster does`,
    "see the access policies of its role: aws eks list-associated-access-policies --cluster-name demo --principal-arn arn:aws:iam::111122223333:role/f --region us-east-1",
  ],
  [
    "by an unknown authorizer, where there are no access entries",
    { access: { readsEntries: false } as Target["access"] },
    `${also}, and no binding gives it this right: another authorizer of the cluster does`,
    undefined,
  ],
])("a right that no binding gives is there %s", async (_, changes, message, hint) => {
  const refused = refuseExcess(kubeWith(nothing), { ...target, ...changes });
  await expect(refused).rejects.toMatchObject({ code: "RightsTooWide", message, hint });
});

test("a caller who may not read bindings is told who can", async () => {
  const forbidden = () => {
    throw new EksLambdaError("Forbidden", "no");
  };
  await expect(refuseExcess(kubeWith(forbidden), target)).rejects.toMatchObject({
    message: `${also}, and you may not read the binding that gives it this right`,
    hint: expect.stringMatching(/^ask someone who may: kubectl get .* -e lambda -e system:authenticated$/),
  });
});

test.each([
  ["all of it", { verbs: ["*"], apiGroups: ["*"], resources: ["*"] }, true],
  ["the right", { verbs: ["get", "list"], apiGroups: ["apps"], resources: ["deployments"] }, true],
  ["another verb", { verbs: ["get"], apiGroups: ["apps"], resources: ["deployments"] }, false],
  ["another group", { verbs: ["list"], apiGroups: [""], resources: ["deployments"] }, false],
  ["one object", { verbs: ["list"], apiGroups: ["apps"], resources: ["deployments"], resourceNames: ["web"] }, false],
  ["paths", { verbs: ["*"], nonResourceURLs: ["*"] }, false],
] as const)("a binding to a Role with %s is named: %j is %s", async (_, rule, isNamed) => {
  const readers = {
    metadata: { name: "readers", namespace: "default" },
    roleRef: { kind: "Role", name: "reader" },
    subjects: [{ kind: "Group", name: "system:authenticated" }],
  };
  const paths = (path: string) => {
    if (path.endsWith("/rolebindings")) return { items: [readers] };
    return path.endsWith("/namespaces/default/roles/reader") ? { rules: [rule] } : nothing(path);
  };
  const error = await refuseExcess(kubeWith(paths), target).catch((thrown: Error) => thrown);
  expect(error?.message.includes("by RoleBinding default/readers (Role reader) to Group system:authenticated")).toBe(
    isNamed,
  );
});

/** What goes wrong when the function answers CloudFormation and Terraform. */
import { invoked } from "../../support/aws.ts";
import { make, rbac } from "../../support/cluster.ts";
import { stacksOf } from "../../support/stacks.ts";
import type { World } from "../../support/world.ts";
import { all, allowing, known } from "../given.ts";
import type { Refusal } from "../refusal.ts";

const object = (kind: string, name: string, more: object = {}) => ({
  ...{ apiVersion: kind === "Deployment" ? "apps/v1" : "v1", kind, metadata: { name } },
  ...more,
});
const flags = object("ConfigMap", "flags");

/** A custom resource of the function. */
const custom =
  (properties: object, type = "Custom::EksManifest") =>
  ({ functionArn }: World["names"]) => ({
    Type: type,
    Properties: { ServiceToken: functionArn, ServiceTimeout: 60, ...properties },
  });
const cdk = (type: string, properties: object) => custom(properties, `Custom::AWSCDK-EKS-${type}`);
const manifest = (manifests: unknown, more: object = {}) => custom({ Manifest: JSON.stringify(manifests), ...more });

/** Made one after the other, by their logical ids. */
type Resources = Readonly<Record<string, ReturnType<typeof custom>>>;

const deploy = ({ backend, names }: World, resources: Resources) => {
  const ids = Object.keys(resources);
  const all = Object.entries(resources).map(([id, made], at) => [id, { ...made(names), DependsOn: ids.slice(0, at) }]);
  return stacksOf(backend).deploy("web", { Resources: Object.fromEntries(all) });
};

const events = { command: () => "aws cloudformation describe-stack-events --stack-name web" };

/** Why the stack `web` cannot be created. */
const failing = (resources: Resources) => ({
  ...events,
  told: async (world: World) => (await deploy(world, resources)).failures[0] ?? "",
});

/** What the function answers an event, which others than this command send. */
const sent = (eventOf: (names: World["names"]) => object) => {
  const text = (names: World["names"]) => JSON.stringify(eventOf(names));
  return {
    command: (names: World["names"]) =>
      `aws lambda invoke --function-name ${names.functionName} --payload '${text(names)}' /dev/stdout`,
    async told({ backend, names }: World) {
      const { errorType, errorMessage } = (await invoked(backend, names.functionName, text(names))).payload;
      return `${errorType}: ${errorMessage}`;
    },
  };
};
const terraform = (input: object) => sent(() => ({ ...input, tf: { action: "create", prev_input: null } }));

const both = (more = "") => allowing(`--allow apply:configmaps delete:configmaps ${more}`);

const keep = ({ kube }: World["backend"], finalizers: readonly string[]) =>
  kube("PATCH", "/api/v1/namespaces/default/configmaps/flags", {
    contentType: "application/merge-patch+json",
    body: { metadata: { finalizers } },
  });

const sound = { doctor: "sound" };
const nothing = "Nothing was written.";

export const answering: readonly Refusal[] = [
  {
    ...{ code: "AlreadyExists", when: "two resources of stacks list the same object", ...sound },
    given: both(),
    ...failing({ Web: manifest(flags), Jobs: manifest([object("ConfigMap", "jobs"), flags]) }),
    why: `An object belongs to one resource, which deletes it with its stack. The reason names the other one; without a name, nobody's stack made the object. ${nothing}`,
    fix: 'Leave the object out of one of the two, or take it over: `Overwrite: "true"`, which a rollback takes back.',
  },
  {
    ...{ code: "NotAllowed", when: "a stack has a kind that the function may not apply and delete", ...sound },
    given: both(),
    ...failing({ Web: manifest([flags, object("Service", "web")]) }),
    why: `A stack needs \`apply\` and \`delete\` for each kind, or it could not be rolled back. ${nothing}`,
    fix: "Run the command in the reason. It repeats what is allowed already, because `--allow` names the whole set. Then create the stack again.",
  },
  {
    ...{ code: "InvalidEvent", when: "the manifest of a stack is written in YAML, not as a text", ...sound },
    given: both(),
    ...failing({ Web: custom({ Manifest: flags }) }),
    why: `CloudFormation makes a text of each number and each \`true\` in YAML: the API server would refuse \`replicas: "2"\`. ${nothing}`,
    fix: "Write JSON in `!Sub |`, as docs/cloudformation.md shows, or use `Fn::ToJsonString`.",
  },
  {
    ...{ code: "InvalidEvent", when: "a resource of a stack has a property that nothing reads", ...sound },
    given: both(),
    ...failing({ Web: manifest(flags, { Overwite: "true" }) }),
    why: `It would have no effect: it is misspelled, or belongs into the manifest. ${nothing}`,
    fix: "Correct its name, or leave it out.",
  },
  {
    ...{ code: "InvalidEvent", when: "a property of a resource has a value that it cannot have", ...sound },
    given: both(),
    ...failing({ Web: manifest(flags, { Overwrite: "yes" }) }),
    why: `\`Overwrite\` is true or false, \`Wait\` a number of seconds. ${nothing}`,
    fix: "Correct the value that the reason shows.",
  },
  {
    ...{ code: "InvalidEvent", when: "a stack has an object without a name", ...sound },
    given: both(),
    ...failing({ Web: manifest({ apiVersion: "v1", kind: "ConfigMap", metadata: { generateName: "flags-" } }) }),
    why: `The function finds an object by its name, to change it and to delete it: \`generateName\` would make another one each time. ${nothing}`,
    fix: "Give the object `apiVersion`, `kind` and `metadata.name`.",
  },
  {
    ...{ code: "BadRequest", when: "an object of a stack has a field that its kind does not have", ...sound },
    given: both(),
    ...failing({ Web: manifest({ ...flags, dta: {} }) }),
    why: `The field is misspelled, at another level than it should be, or of another version. ${nothing}`,
    fix: "Correct the field that the reason names. `kubectl explain configmap` shows a kind's fields.",
  },
  {
    ...{ code: "InvalidEvent", when: "a resource of a stack has a type that the function does not know", ...sound },
    given: both(),
    ...failing({ Web: custom({ Manifest: "[]" }, "Custom::EKSManifest") }),
    why: `The type is misspelled. CDK's types also need \`get\`. ${nothing}`,
    fix: "Write `Custom::EksManifest`.",
  },
  {
    ...{ code: "InvalidEvent", when: "a stack waits for longer than the function runs", ...sound },
    given: both(),
    ...failing({ Web: manifest(flags, { Wait: 300 }) }),
    why: `A wait fits into one invocation, within \`ServiceTimeout\`, and some seconds are kept for the answer. ${nothing}`,
    fix: "Give both more time: `eks-lambda setup --timeout 330` and `ServiceTimeout: 330`. Lambda's most is 900 seconds.",
  },
  {
    ...{ code: "InvalidEvent", when: "the manifest of a stack has more than 100 kB", ...sound },
    given: both(),
    ...failing({ Web: custom({ Manifest: { "Fn::Join": ["x".repeat(2_000), Array(52).fill("x")] } }) }),
    why: `An update carries the old and the new manifest, and nobody has shown how much of both an event can carry. ${nothing}`,
    fix: "Give each half of the objects a resource of its own.",
  },
  {
    ...{ code: "InvalidEvent", when: "an event of CloudFormation wants its answer elsewhere", ...sound },
    given: both(),
    ...sent(({ account, region }) => ({
      ...{ RequestType: "Create", ResourceType: "Custom::EksManifest", LogicalResourceId: "Web", RequestId: "1" },
      StackId: `arn:aws:cloudformation:${region}:${account}:stack/web/1`,
      ResponseURL: "https://example.com/answer",
    })),
    why: `CloudFormation takes answers only in a bucket of its own. Someone who may invoke the function wrote this event: it would make the function send a request to any address. ${nothing}`,
    fix: "Find out who sent it: CloudTrail shows `Invoke` where data events of Lambda are recorded. To try a custom resource, deploy a stack.",
  },
  {
    ...{ code: "InvalidEvent", when: "an app has a resource of CDK that the function does not answer", ...sound },
    given: both(),
    ...failing({ Patch: cdk("KubernetesPatch", {}) }),
    why: "A function answers `KubernetesPatch` and `KubernetesObjectValue` where `get` is allowed in addition to `apply` and `delete`, so that others need not carry their code.",
    fix: "Add a rule for the kind of the object: `eks-lambda setup --allow +get:configmaps`.",
  },
  {
    ...{ code: "InvalidEvent", when: "a patch of CDK changes metadata that an event must not set", ...sound },
    given: all(both("get:configmaps"), async ({ backend }) => {
      await make(backend, "/api/v1/namespaces/default/configmaps", flags);
      return undefined;
    }),
    ...failing({
      Patch: cdk("KubernetesPatch", {
        ...{ ResourceName: "configmap/flags", ResourceNamespace: "default", RestorePatchJson: "{}" },
        ApplyPatchJson: '{"metadata":{"finalizers":["example.com/keep"]}}',
      }),
    }),
    why: `As for \`apply\`: whoever may patch an object could keep it by \`finalizers\`, or have it deleted by \`ownerReferences\`. ${nothing}`,
    fix: "Leave the field out of the patch.",
  },
  {
    ...{ code: "InvalidEvent", when: "a patch of CDK names no object", ...sound },
    given: both("get:configmaps"),
    ...failing({
      Web: cdk("KubernetesPatch", { ResourceName: "flags", ApplyPatchJson: "{}", RestorePatchJson: "{}" }),
    }),
    why: `\`resourceName\` has the kind and the name. ${nothing}`,
    fix: "Write `configmap/flags`.",
  },
  {
    ...{ code: "InvalidEvent", when: "an app has a Helm chart", ...sound },
    given: both("get:configmaps"),
    ...failing({ Chart: cdk("HelmChart", { Chart: "nginx" }) }),
    why: "A chart's templates need Helm, which is larger than a function.",
    fix: "Do what the reason says: add the objects, or give the chart to CDK's own provider.",
  },
  {
    ...{ code: "InvalidEvent", when: "an app names the function of another cluster", ...sound },
    given: both(),
    ...failing({ Web: cdk("KubernetesResource", { ClusterName: "other", Manifest: JSON.stringify([flags]) }) }),
    why: `CDK tells each resource its cluster. The function acts on one, and would make the objects in the wrong one. ${nothing}`,
    fix: "Import the other cluster with the ARN of its own function.",
  },
  {
    ...{ code: "InvalidAnswer", when: "the value of an object is too long for CloudFormation", ...sound },
    given: all(both("get:configmaps"), async ({ backend }) => {
      const long = { ...flags, data: { text: "x".repeat(5_000) } };
      await make(backend, "/api/v1/namespaces/default/configmaps", long);
      return undefined;
    }),
    ...failing({
      Value: cdk("KubernetesObjectValue", {
        ...{ ObjectType: "configmap", ObjectName: "flags", ObjectNamespace: "default", JsonPath: ".data.text" },
      }),
    }),
    why: "CloudFormation takes 4,096 bytes from a custom resource, its ids among them.",
    fix: "Take a smaller value by a longer path.",
  },
  {
    ...{
      code: "Forbidden",
      when: "the function lost its rights before its stack was deleted",
      doctor: "rbac RightMissing",
    },
    given: all(
      both(),
      async (world) => void (await deploy(world, { Web: manifest(flags) })),
      async ({ backend }) => void (await backend.kube("DELETE", rbac("rolebindings", "default"))),
      known("delete", false, { group: "", resource: "configmaps" }),
    ),
    ...events,
    told: async ({ backend }) => (await stacksOf(backend).remove("web")).failures[0] ?? "",
    why: "Someone deleted the Role or the RoleBinding, or the namespace and all that was in it. A create asks again for two minutes, because an access entry of the same stack may be seconds old; a delete does not.",
    fix: "Run `eks-lambda setup`, and delete the stack again. If the namespace is gone: `aws cloudformation delete-stack --stack-name web --retain-resources Web`.",
  },
  {
    ...{ code: "Timeout", when: "an object of a stack does not go in time", ...sound },
    given: all(
      both("--timeout 5"),
      async (world) => void (await deploy(world, { Web: manifest(flags) })),
      async ({ backend }) => void (await keep(backend, ["example.com/keep"])),
    ),
    ...events,
    async told({ backend }) {
      const { failures } = await stacksOf(backend).remove("web");
      await keep(backend, []);
      return failures[0] ?? "";
    },
    why: "A delete waits until the objects are gone, and a create with `Wait` until they are ready. The function ends both some seconds before its own timeout and `ServiceTimeout`, so that CloudFormation has an answer.",
    fix: "Find out what holds the object: `kubectl get configmap flags --output yaml` shows `finalizers`, and `kubectl describe` why Pods do not start. Then delete or deploy the stack again. If it only takes longer, give both more time: `eks-lambda setup --timeout 900` and `ServiceTimeout: 900`.",
  },
  {
    ...{ code: "AwsUnreachable", when: "CloudFormation's bucket does not take the answer", ...sound },
    given: both("--timeout 5"),
    command: () => "eks-lambda logs --errors",
    async told(world) {
      const { backend, run } = world;
      backend.faults.refuseAnswers(1_000);
      await deploy(world, { Web: manifest(flags) });
      const [error = "{}"] = /{"errorType":.*}/.exec((await run("logs --errors")).stdout) ?? [];
      const { errorType, errorMessage } = JSON.parse(error);
      return `${errorType}: ${errorMessage}`;
    },
    why: "The function did the work, but could not tell CloudFormation: its VPC has no way to S3, or the policy of the endpoint for S3 does not allow that bucket. Lambda repeats the event twice; then the stack waits until `ServiceTimeout`.",
    fix: "Add a gateway endpoint for S3 to the route tables of the function's subnets. If there is one, let its policy allow `s3:PutObject` for `cloudformation-custom-resource-response-REGION`, with the Region's name without dashes. `eks-lambda invoke check` warns until S3 can be reached.",
  },
  {
    ...{ code: "InvalidEvent", when: "the input of Terraform has no owner", ...sound },
    given: both(),
    ...terraform({ manifests: [flags] }),
    why: `The provider sends no id of the resource, and the function must know whose the objects are. ${nothing}`,
    fix: "Add `owner`, a name that no other resource has, and never change it.",
  },
  {
    ...{ code: "InvalidEvent", when: "the input of Terraform has a field that nothing reads", ...sound },
    given: both(),
    ...terraform({ owner: "shop/web", manifests: [flags], wiat: 60 }),
    why: `It would have no effect. Its value is not shown, because it may be a secret. ${nothing}`,
    fix: "Correct its name, or leave it out.",
  },
];

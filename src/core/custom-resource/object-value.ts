/** CDK's KubernetesObjectValue: a value of an object, for `Fn::GetAtt`. It waits until there is one. */
import { get } from "../actions/get.ts";
import { jsonPath } from "../actions/json-path.ts";
import { shown, usageError } from "../errors.ts";
import { resourceCalled } from "./kind-called.ts";
import { refuseOtherCluster } from "./other-cluster.ts";
import { physicalIdOf } from "./request.ts";
import type { CustomResource } from "./resource.ts";
import { patientFor, until } from "./time.ts";

export const objectValue: CustomResource = async (request, context) => {
  const { RequestType, PhysicalResourceId: physicalId = physicalIdOf(request), ResourceProperties } = request;
  if (RequestType === "Delete") return { physicalId };
  refuseOtherCluster(ResourceProperties, context);
  const { ObjectType, ObjectName, ObjectNamespace, JsonPath, TimeoutSeconds } = ResourceProperties;
  if (!jsonPath.valid(JsonPath))
    throw usageError("InvalidEvent", `\`JsonPath\` is ${shown(JsonPath)}; it must be ${jsonPath.must}`);
  const kube = patientFor(context.remainingMs(), until(context.signal, context.kube));
  const within = { ...context, kube };
  const resource = await resourceCalled(String(ObjectType), "get", within);
  const end = Date.now() + (Number(TimeoutSeconds) || 300) * 1_000;
  const { value } = await get.run(
    { resource, name: String(ObjectName), namespace: ObjectNamespace, jsonPath: JsonPath, wait: true },
    { ...within, action: "get", remainingMs: () => Math.min(context.remainingMs(), end - Date.now()) },
  );
  return { physicalId, data: { Value: value }, noEcho: resource === "secrets" };
};

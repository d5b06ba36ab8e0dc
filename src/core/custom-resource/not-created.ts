/** A Create that left nothing says so by its id: CloudFormation's Delete follows, with the same properties. */
import { type CustomResourceRequest, physicalIdOf } from "./request.ts";

const mark = "eks-lambda:not-created:";

export const notCreatedId = (request: CustomResourceRequest): string =>
  physicalIdOf(request).replace("eks-lambda:", mark);

export const wasNotCreated = ({ PhysicalResourceId }: CustomResourceRequest): boolean =>
  PhysicalResourceId?.startsWith(mark) ?? false;

/** The properties of a resource, before its template is written. */
import { type CfnResource, Stack } from "aws-cdk-lib";
import type { Properties } from "./check.ts";

/**
 * CDK gives them to subclasses only (`protected`), and nothing public has them before the template is written.
 * Throws if this version of CDK does not have them: otherwise objects could be deleted after the access that it takes.
 */
export function propertiesOf(resource: CfnResource): Properties {
  const { cfnProperties } = resource as unknown as { readonly cfnProperties?: Properties };
  if (cfnProperties) return cfnProperties;
  throw new Error(
    `eks-lambda/cdk cannot read the properties of ${resource.node.path}: this aws-cdk-lib has no CfnResource.cfnProperties; install the version that eks-lambda was tested with, 2.276.0`,
  );
}

/** As the template will have them, with overrides, and with tokens resolved to CloudFormation's functions. */
export function inTemplate(resource: CfnResource): Properties {
  const { Resources } = Stack.of(resource).resolve(resource._toCloudFormation()) as {
    readonly Resources?: Readonly<Record<string, { readonly Properties?: Properties }>>;
  };
  const [only] = Object.values(Resources ?? {});
  return only?.Properties ?? {};
}

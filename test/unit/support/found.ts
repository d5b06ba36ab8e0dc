/** The stack of an earlier run for the cluster `demo`, with these parameters. */
import type { Pairs } from "../../../src/core/aws/cloudformation.ts";
import { deployedIn } from "../../../src/core/parameters/deployed.ts";
import type { OurStack } from "../../../src/core/stack/found.ts";

export const stackWith = (parameters: Pairs, tags: Pairs = {}): OurStack => ({
  ...{ id: "arn:aws:cloudformation:us-east-1:111122223333:stack/demo/1", name: "eks-lambda-demo" },
  ...{ status: "CREATE_COMPLETE", reason: undefined, isProtected: false, outputs: {}, resources: [], parameters, tags },
  deployed: deployedIn(parameters, { cluster: "demo", region: "us-east-1" }),
});

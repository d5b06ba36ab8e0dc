import { expect, test } from "vitest";
import { withNeed } from "../../../../src/core/code/forbidden.ts";
import { command } from "../../../../src/core/command.ts";
import { EksLambdaError } from "../../../../src/core/errors.ts";

const refused = (what: string, place = ' in the namespace "shop"') =>
  `${what} is forbidden: User "web" cannot get resource "deployments" in API group "apps"${place}`;

test.each([
  ["one object", refused('deployments.apps "web"'), "get deployments.apps web @shop"],
  ["all", refused("deployments.apps"), "get deployments.apps @shop"],
  ["one in every namespace", refused('deployments.apps "web"', " at the cluster scope"), "get deployments.apps web @*"],
])("a refusal of %s names that right, and no wider one", (_, message, need) =>
  expect(withNeed(new EksLambdaError("Forbidden", message), command`eks-lambda setup`).hint).toBe(
    `let the function declare "${need}", then deploy it: eks-lambda setup`,
  ),
);

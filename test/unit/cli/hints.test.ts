import { expect, test } from "vitest";
import { type Repeated, repeating } from "../../../src/cli/hints.ts";

test.each<[string, Repeated, string, string]>([
  ["nothing where nothing was given", {}, "run `eks-lambda setup`", "run `eks-lambda setup`"],
  [
    "what leads to the same function",
    { cluster: "prod", region: "eu-west-1", profile: "ops", name: "web" },
    "run `eks-lambda setup`",
    "run `eks-lambda setup --name web --cluster prod --region eu-west-1 --profile ops`",
  ],
  [
    "in each command of a hint",
    { stack: "mine" },
    "eks-lambda teardown, then eks-lambda setup",
    "eks-lambda teardown --stack mine, then eks-lambda setup --stack mine",
  ],
  [
    "no flag that the hint has",
    { cluster: "prod", region: "eu-west-1" },
    "eks-lambda setup --cluster prod creates it; --region names another",
    "eks-lambda setup --region eu-west-1 --cluster prod creates it; --region names another",
  ],
  [
    "no flag that the command does not take",
    { name: "web", context: "my tunnel", allowOtherServer: true },
    "eks-lambda token | eks-lambda list",
    "eks-lambda token | eks-lambda list --context 'my tunnel' --allow-other-server",
  ],
  ["nothing in a command of another program", { cluster: "a" }, "kubectl get pods", "kubectl get pods"],
])("a hint repeats %s", (_, flags, hint, repeated) =>
  expect(repeating(flags, hint, "/usr/bin/eks-lambda")).toBe(repeated),
);

test.each([
  ["/home/ada/.npm/_npx/0a1b/node_modules/.bin/eks-lambda", "npx eks-lambda doctor"],
  ["/home/ada/web/node_modules/.bin/eks-lambda", "npx eks-lambda doctor"],
  ["/usr/local/bin/eks-lambda", "eks-lambda doctor"],
  ["/tmp/eks-lambda-shell-x/bin/eks-lambda", "eks-lambda doctor"],
])("of a program started as %s, the hint says %s", (script, hint) =>
  expect(repeating({}, "eks-lambda doctor", script)).toBe(hint),
);

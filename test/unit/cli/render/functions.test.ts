import { afterEach, expect, test } from "vitest";
import { type DetailedFunction, renderFunction, renderFunctions } from "../../../../src/cli/render/functions.ts";

const one: DetailedFunction = {
  ...{ name: "web", owner: "111122223333/us-east-1/eks-lambda-demo-web-0a1b2c", stack: "eks-lambda-demo-web-0a1b2c" },
  ...{ functionName: "eks-lambda-demo-us-east-1-web-0a1b2c", users: ["eks-lambda:web"], namespaces: ["shop"] },
  ...{ sourcePath: undefined, access: "aws-auth", version: "0.9.0", state: "Active" },
  may: ["create deployments.apps @shop", "get,patch deployments.apps web @shop"],
  exportName: "eks-lambda-demo-web",
  images: ["registry.example.com/team/*@sha256:*", "nginx:1.29"],
  deployments: [{ name: "shop/nginx-6c1f5a0e-5d3c-4b43-9d25-0f6f1c2f3c55", ready: 1, replicas: 2 }],
};

const { columns, isTTY } = process.stdout;
afterEach(() => void Object.assign(process.stdout, { columns, isTTY }));

test.each([60, 80, 120])("a function, and several, fit %d columns", (width) => {
  Object.assign(process.stdout, { columns: width, isTTY: true });
  const detail = renderFunction(one, (command) => `${command} --name web`).shown;
  const table = renderFunctions([one, { ...one, name: undefined, stack: "eks-lambda-demo" }]).shown;
  expect(`${detail}\n\n${table}`).toMatchSnapshot();
  for (const line of `${detail}\n${table}`.split("\n")) expect(line.length).toBeLessThan(width);
});

/** Edits an aws-auth with many entries once, in a new process. Prints milliseconds. */
import { putRole } from "../../src/core/mapping/aws-auth/text.ts";

const role = (name: string) => `arn:aws:iam::123456789012:role/${name}`;
const entries = Array.from(
  { length: Number(process.argv[2]) },
  (_, index) =>
    `- rolearn: ${role(`node-${index}`)} # node group ${index}\n  username: system:node:{{EC2PrivateDNSName}}\n  groups:\n  - system:bootstrappers\n  - system:nodes\n`,
);
const text = entries.join("");
const start = performance.now();
const after = putRole(text, { rolearn: role("eks-lambda"), username: "lambda" });
const took = performance.now() - start;
if (!after.startsWith(text)) throw new Error("what was there has changed");
process.stdout.write(`${took}\n`);

/** Flags that have no effect beside others are refused before anything is read. */
import { expect } from "vitest";
import { test } from "./support/world.ts";

test.for([
  [
    "setup --enable-access-entries --access aws-auth",
    "--enable-access-entries has no effect together with --access aws-auth",
  ],
  ["setup --security-group-ids sg-0a", "--security-group-ids has no effect: the function runs in no VPC"],
  [
    "setup --security-group-ids sg-0a --subnet-ids none",
    "--security-group-ids has no effect together with --subnet-ids none",
  ],
  ["setup --use-context --no-kubeconfig", "--use-context has no effect together with --no-kubeconfig"],
  ["setup --exec aws --no-kubeconfig", "--exec has no effect together with --no-kubeconfig"],
  ["teardown --aws-only --workloads", "--workloads has no effect together with --aws-only"],
  ["teardown --aws-only --context demo", "--context has no effect together with --aws-only"],
  ["doctor --allow-other-server", "--allow-other-server has no effect without --context"],
  [
    "export --to sam --role arn:aws:iam::111122223333:role/ci --memory 512",
    "--memory has no effect together with --role",
  ],
  [
    "setup --allow-image nginx --entry web.ts --name web",
    "--allow-image has no effect with --entry: the code declares the rights",
  ],
  ["invoke --local --function f", "--function has no effect together with --local"],
  ["invoke --context work", "--context has no effect without --local"],
  ["invoke --local --entry web.ts --context work", "--context has no effect together with --local and --entry"],
  ["invoke --entry web.ts", "--entry has no effect without --local"],
  ["permissions --allow create:jobs --dry-run", "--allow has no effect together with --dry-run"],
  ["permissions --context work", "--context has no effect without --allow"],
  ["invoke --function f --name web", "--name has no effect together with --function"],
  ["invoke --function f --cluster demo", "--cluster has no effect together with --function"],
  ["logs --function f --stack web", "--stack has no effect together with --function"],
  ["doctor --role arn:aws:iam::111122223333:role/ci --name web", "--name has no effect together with --role"],
  ["doctor --role arn:aws:iam::111122223333:role/ci --stack web", "--stack has no effect together with --role"],
  ["doctor --token - --role arn:aws:iam::111122223333:role/ci", "--role has no effect together with --token"],
  ["doctor --token - --cluster demo", "--cluster has no effect together with --token"],
] as const)("%s", async ([command, message], { world }) => {
  const { exit, stderr } = await world.run(command);
  expect({ exit, stderr }).toEqual({
    exit: 2,
    stderr: expect.stringMatching(new RegExp(`^error ${message} \\(FlagWithoutEffect\\)\nhint  .+\n$`)),
  });
});

/** Walks through the main use case with the real commands. `npm run demo` runs it inside the sandbox. */
import { spawnSync } from "node:child_process";
import chalk from "chalk";

const tell = (text) => process.stdout.write(`\n${chalk.bold.cyan(`# ${text}`)}\n`);

/** Prints a command and runs it. Throws if its exit code is not `expected`. */
function run(command, expected = 0) {
  process.stdout.write(`${chalk.bold("$")} ${command}\n`);
  const { status } = spawnSync(command, { shell: true, stdio: ["ignore", 1, 1] });
  if (status !== expected) throw new Error(`"${command}" ended with ${status}, not ${expected}`);
}

/** True if kubectl is on the PATH. */
const hasKubectl = () => spawnSync("kubectl", ["version", "--client"], { stdio: "ignore" }).status === 0;

tell("A cluster that has never heard of the function");
run("eks-lambda doctor", 1);
tell("One command creates the function and gives it access, only with the right to create Deployments");
run("eks-lambda setup --yes");
tell("The function creates an NGINX Deployment");
run("eks-lambda invoke");
if (hasKubectl()) {
  run("kubectl rollout status deployment --timeout 60s");
  run("kubectl get deployments");
} else {
  run("node scripts/deployments.mjs");
}
tell("It has no other rights: listing Deployments is denied");
run(`eks-lambda invoke --event '{"action":"check"}'`);
tell("Setup can be run again at any time: there is nothing left to change");
run("eks-lambda setup --yes");
tell("Next: the same on your own cluster");
process.stdout.write("npx eks-lambda setup --cluster NAME --dry-run\n");

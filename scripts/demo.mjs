/** Walks through the main use case with the real commands. `npm run demo` runs it inside the sandbox. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import chalk from "chalk";
import { connect } from "eks-lambda/lambda";
import { parse } from "yaml";

const tell = (text) => process.stdout.write(`\n${chalk.bold.cyan(`# ${text}`)}\n`);

/** Prints a command and runs it. Throws if its exit code is not `expected`. */
function run(command, expected = 0) {
  process.stdout.write(`${chalk.bold("$")} ${command}\n`);
  const { status } = spawnSync(command, { shell: true, stdio: ["ignore", 1, 1] });
  if (status !== expected) throw new Error(`"${command}" ended with ${status}, not ${expected}`);
}

/** The Deployments as `kubectl get deployments` shows them, read with the kubeconfig that setup wrote. */
async function getDeployments() {
  const { clusters } = parse(readFileSync(process.env.KUBECONFIG, "utf8"));
  const [{ cluster }] = clusters;
  const environment = {
    ...process.env,
    CLUSTER_NAME: "demo",
    CLUSTER_ENDPOINT: cluster.server,
    CLUSTER_CA: cluster["certificate-authority-data"],
  };
  const { items } = await connect({ environment }).request({ path: "/apis/apps/v1/namespaces/default/deployments" });
  return items.map(({ metadata, spec, status }) => ({
    name: metadata.name,
    ready: status?.readyReplicas ?? 0,
    wanted: spec.replicas,
  }));
}

async function waitForReplicas() {
  for (;;) {
    const deployments = await getDeployments();
    if (deployments.length > 0 && deployments.every(({ ready, wanted }) => ready === wanted)) return deployments;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

tell("A cluster that has never heard of the function");
run("eks-lambda doctor", 1);
tell("One command makes the function and lets it in, with the right to create Deployments and nothing else");
run("eks-lambda setup --yes");
tell("The function creates an NGINX Deployment");
run("eks-lambda invoke");
process.stdout.write(`${chalk.bold("$")} kubectl get deployments\n`);
for (const { name, ready, wanted } of await waitForReplicas())
  process.stdout.write(`${name}   ${chalk.green(`${ready}/${wanted}`)} ready\n`);
tell("It has no other rights: listing Deployments is denied");
run(`eks-lambda invoke --event '{"action":"check"}'`);
tell("Setup can be run again at any time: there is nothing left to change");
run("eks-lambda setup --yes");
tell("Next: the same on your own cluster");
process.stdout.write("npx eks-lambda setup --cluster NAME --dry-run\n");

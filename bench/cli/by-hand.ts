/**
 * The commands that a person runs instead of `setup`, with the AWS CLI and kubectl, without time for typing or
 * thinking. Uses `aws cloudformation deploy`, because the SAM CLI needs a bucket.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { renderTemplate } from "../../src/core/stack/template.ts";
import type { RealBackend } from "../../test/e2e/backend/index.ts";
import { run } from "../../test/e2e/backend/run.ts";

const names = { stack: "by-hand", function: "by-hand", role: "by-hand" } as const;

const script = (template: string, { cluster }: RealBackend): string => `set -e
# The AWS CLI would sign for the emulator's address, which the authenticator refuses.
kube() { env -u AWS_ENDPOINT_URL kubectl "$@"; }
aws eks update-kubeconfig --name ${cluster.name}
aws cloudformation deploy --template-file ${template} --stack-name ${names.stack} --capabilities CAPABILITY_NAMED_IAM \\
  --parameter-overrides ClusterName=${cluster.name} ClusterEndpoint=${cluster.endpoint} ClusterCa=${cluster.ca} \\
    FunctionName=${names.function} RoleName=${names.role}
role=$(aws cloudformation describe-stacks --stack-name ${names.stack} --output text \\
  --query "Stacks[0].Outputs[?OutputKey=='RoleArn'].OutputValue")
kube create configmap aws-auth --namespace kube-system --from-literal=mapRoles="- rolearn: $role
  username: lambda"
kube create role lambda-create-deployments --verb=create --resource=deployments.apps
kube create rolebinding lambda-create-deployments --role=lambda-create-deployments --user=lambda
echo '{"action":"check"}' >event.json
aws lambda invoke --function-name ${names.function} --payload fileb://event.json answer.json
grep -q '"ok":true' answer.json
`;

/** Milliseconds on a new cluster and an empty account, or `undefined` without an AWS CLI. */
export async function byHand(backend: RealBackend, home: string): Promise<number | undefined> {
  const python = (await run("python3", ["-c", "import sys; print(sys.executable)"])).trim();
  const path = [dirname(backend.bin.kubectl), dirname(python), "/usr/bin", "/bin"].join(":");
  // The AWS CLI v1 ignores AWS_REGION.
  const env = { ...backend.env, AWS_DEFAULT_REGION: backend.region, PATH: path, HOME: home };
  await mkdir(home, { recursive: true });
  if (!(await run("sh", ["-c", "command -v aws || true"], { env })).trim()) return undefined;
  const [template, code] = await Promise.all(
    ["template.yml", "dist/function/index.js"].map((file) => readFile(file, "utf8")),
  );
  const file = join(home, "template.yml");
  await writeFile(file, renderTemplate(template ?? "", code ?? "").body);
  const start = performance.now();
  await run("sh", ["-c", script(file, backend)], { env, cwd: home });
  return performance.now() - start;
}

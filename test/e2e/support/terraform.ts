/** Terraform in a folder of its own, with the provider of the tests. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Outcome, run } from "../../acceptance/support/run.ts";
import { build } from "../backend/build.ts";
import { parts } from "../backend/parts.ts";

export interface Terraform {
  /** Writes files of the folder. `undefined` deletes one. */
  write(files: Readonly<Record<string, string | undefined>>): Promise<void>;
  /** Runs `terraform COMMAND`, without colours and questions. */
  run(command: string): Promise<Outcome>;
  /** Deletes the folder. */
  remove(): Promise<void>;
}

/** With the credentials and the endpoint that are in `env`. EKS_LAMBDA_TERRAFORM names another program: `tofu`. */
export async function startTerraform(env: Readonly<Record<string, string>>): Promise<Terraform> {
  const program = process.env.EKS_LAMBDA_TERRAFORM ?? join(await build(parts.terraform), "bin/terraform");
  const mirror = join(await build(parts.terraformProvider), "mirror");
  const folder = await mkdtemp(join(tmpdir(), "eks-lambda-terraform-"));
  const config = join(folder, "terraform.rc");
  await writeFile(config, `provider_installation {\n  filesystem_mirror {\n    path = "${mirror}"\n  }\n}\n`);
  const variables = { ...env, TF_CLI_CONFIG_FILE: config, TF_IN_AUTOMATION: "1", CHECKPOINT_DISABLE: "1" };
  return {
    async write(files) {
      for (const [name, content] of Object.entries(files)) {
        const path = join(folder, name);
        await mkdir(dirname(path), { recursive: true });
        await (content === undefined ? rm(path) : writeFile(path, content));
      }
    },
    run(command) {
      const approved = /^(apply|destroy)/.test(command) ? " -auto-approve" : "";
      return run(program, `-chdir=${folder} ${command}${approved} -no-color`, variables);
    },
    remove: () => rm(folder, { recursive: true }),
  };
}

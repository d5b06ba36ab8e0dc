/** The script for bash, in a bash: actions, and the functions of the cluster. Those of zsh and fish: test/e2e/shells.test.ts. */
import { existsSync } from "node:fs";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { run as runProgram } from "./support/run.ts";
import { test } from "./support/world.ts";

test("bash completes actions and the names of functions", async ({ world: { run, env, names, home } }) => {
  expect(await run(`setup --cluster ${names.cluster} --name web --yes --no-kubeconfig`)).toMatchObject({ exit: 0 });
  const completed = async (line: string): Promise<string> => {
    const words = line.split(" ");
    const script = `source <(eks-lambda completion bash); COMP_WORDS=(${words.map((word) => `"${word}"`).join(" ")}); COMP_CWORD=${words.length - 1}; _eks_lambda; echo "\${COMPREPLY[@]}"`;
    const path = `${env.PATH}:/usr/bin:/bin`;
    const { stdout, stderr } = await runProgram("/bin/bash", "", { ...env, PATH: path }, script);
    expect(stderr).toBe("");
    return stdout.trim();
  };
  expect(await completed("eks-lambda invoke res")).toBe("restart resume");
  expect(await completed("eks-lambda invoke --na")).toBe("--namespace --name");
  expect(await completed("eks-lambda logs --name w")).toBe("web");
  expect(await completed("eks-lambda list ")).toBe("web");
  expect(await completed(`eks-lambda logs --cluster ${names.cluster} --name `)).toBe("web");
  expect(await completed("eks-lambda logs --cluster other --name ")).toBe("");
  const liar = join(home, "liar");
  await writeFile(
    liar,
    `#!/bin/sh\necho '[{"name":"$(touch ${home}/run)"},{"name":"\`touch ${home}/run\`"},{"name":"web"}]'\n`,
  );
  await chmod(liar, 0o755);
  expect(await completed(`${liar} logs --name `)).toBe("web");
  expect(existsSync(join(home, "run"))).toBe(false);
});

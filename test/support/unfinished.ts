/** Names the tests of a worker that died, of memory for one: vitest says only that a worker did. */
import type { Reporter, TestModule } from "vitest/node";

const ofDeadWorker = (module: TestModule): readonly string[] => {
  if (module.state() !== "pending") return [];
  // They run one after the other. The last results of a worker may not have arrived.
  const tests = [...module.children.allTests("pending")].map(({ fullName }) => `\n  ${fullName}`);
  return [`${module.relativeModuleId}: its worker died. Without a result, the first ones first:${tests.join("")}`];
};

export const unfinished: Reporter = {
  onTestRunEnd(modules, errors) {
    const lines = errors.length > 0 ? modules.flatMap(ofDeadWorker) : [];
    if (lines.length > 0) process.stderr.write(`\n${lines.join("\n")}\n`);
  },
};

/** Setup, grant and doctor ask core/mapping who a role is, and not each other. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

/** The rooms of src/core that a room imports from. */
const importedBy = (room: string): ReadonlySet<string> => {
  const folder = join("src/core", room);
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  const sources = files.map((name) => readFileSync(join(folder, name), "utf8"));
  return new Set(
    sources.flatMap((one) => [...one.matchAll(/from "(?:\.\.\/)+([\w-]+)\//g)].map(([, name = ""]) => name)),
  );
};

test.each<[string, readonly string[]]>([
  ["mapping", ["setup", "grant", "doctor", "permissions", "export"]],
  ["grant", ["doctor"]],
  ["setup", ["grant", "doctor"]],
])("%s imports nothing of %j", (room, others) => {
  const imported = importedBy(room);
  expect(imported).toContain("aws");
  expect(others.filter((other) => imported.has(other))).toEqual([]);
});

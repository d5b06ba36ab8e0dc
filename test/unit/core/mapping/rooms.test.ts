/** Setup, grant and doctor ask core/mapping who a role is, and not each other. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

/** What the files of a room import from other rooms of src/core, `setup/target.ts`. */
function importedBy(room: string): readonly string[] {
  const folder = join("src/core", room);
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  const sources = files.map((name) => readFileSync(join(folder, name), "utf8"));
  return sources.flatMap((one) => [...one.matchAll(/from "(?:\.\.\/)+([\w-]+\/[^"]+)"/g)].map(([, name = ""]) => name));
}

const rooms = readdirSync("src/core", { withFileTypes: true }).flatMap((one) => (one.isDirectory() ? one.name : []));

const roomsOf = (files: readonly string[]): readonly string[] => {
  const names = new Set(files.map((file) => file.split("/")[0]));
  return rooms.filter((room) => names.has(room));
};

/** The rooms that a room imports from, and those that these import from. */
function reachedFrom(room: string): ReadonlySet<string> {
  const reached = new Set(roomsOf(importedBy(room)));
  for (const other of reached) for (const next of roomsOf(importedBy(other))) reached.add(next);
  return reached;
}

test.each<[string, readonly string[]]>([
  ["mapping", ["setup", "grant", "doctor", "permissions", "export"]],
  ["grant", ["doctor"]],
  ["setup", ["grant", "doctor"]],
])("%s imports nothing of %j", (room, others) => {
  const imported = roomsOf(importedBy(room));
  expect(imported).toContain("aws");
  expect(others.filter((other) => imported.includes(other))).toEqual([]);
});

test("grant imports no more of setup than what a cluster is", () => {
  const imported = new Set(importedBy("grant").filter((file) => file.startsWith("setup/")));
  expect([...imported]).toEqual(["setup/target.ts"]);
});

test("no room that grant or setup imports from leads to doctor, which imports from both", () => {
  expect(roomsOf(importedBy("doctor"))).toEqual(expect.arrayContaining(["grant", "setup"]));
  for (const room of ["grant", "setup"]) expect([...reachedFrom(room)]).not.toContain("doctor");
});

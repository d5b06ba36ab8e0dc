/** `aws-auth restore`, planned and applied in a sandbox. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { EksLambdaError } from "../../../../../src/core/errors.ts";
import { backupsIn, readBackups } from "../../../../../src/core/mapping/aws-auth/backups.ts";
import { editMapRoles } from "../../../../../src/core/mapping/aws-auth/config-map.ts";
import { planRestore } from "../../../../../src/core/mapping/aws-auth/restore.ts";
import { impatientClock as clock } from "../../../../support/clock.ts";
import { before, beforeFirst, kubeOf } from "../../../support/meddling.ts";
import { awsAuth, configMaps, useSandbox } from "../../../support/sandbox.ts";

const { sandbox, kube } = useSandbox();

const entry = (name: string) => `- rolearn: arn:aws:iam::123456789012:role/${name}\n  username: ${name}\n`;
const broken = "- rolearn: [\n";
const path = `${configMaps}/aws-auth`;

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "eks-lambda-restore-"));
});
afterEach(() => rm(folder, { recursive: true }));

const put = (mapRoles: string) => kube("POST", configMaps, { body: awsAuth({ mapRoles }) });
const change = (mapRoles: string) =>
  kube("PATCH", path, { body: { data: { mapRoles } }, type: "application/merge-patch+json" });
const text = async () => (await kube("GET", path)).body.data?.mapRoles;
const plan = (mapRoles?: string, api = kubeOf(sandbox())) =>
  planRestore({ kube: api, clock, folder }, { name: "then", ...(mapRoles !== undefined && { mapRoles }) });

describe("a backup", () => {
  test("equal to the current text needs no restore", async () => {
    await put(entry("nodes"));
    expect(await plan(entry("nodes"))).toBeUndefined();
  });

  test("shows the lines that change and who loses access, and writes nothing yet", async () => {
    await put(entry("nodes") + entry("lambda"));
    expect(await plan(entry("nodes") + entry("admin"))).toMatchObject({
      removed: ["- rolearn: arn:aws:iam::123456789012:role/lambda", "  username: lambda"],
      added: ["- rolearn: arn:aws:iam::123456789012:role/admin", "  username: admin"],
      lost: ["arn:aws:iam::123456789012:role/lambda"],
    });
    expect(await text()).toBe(entry("nodes") + entry("lambda"));
  });

  test("is restored after the text that it replaces is saved", async () => {
    await put(entry("lambda"));
    await (await plan(entry("nodes")))?.apply();
    expect(await text()).toBe(entry("nodes"));
    expect(await readBackups(folder)).toEqual([expect.objectContaining({ mapRoles: entry("lambda") })]);
  });

  test("from before the ConfigMap existed removes mapRoles, and keeps the other keys", async () => {
    await kube("POST", configMaps, { body: awsAuth({ mapRoles: entry("lambda"), mapUsers: "[]" }) });
    await (await plan())?.apply();
    expect((await kube("GET", path)).body.data).toEqual({ mapUsers: "[]" });
  });

  test("of a deleted ConfigMap recreates it", async () => {
    await (await plan(entry("nodes")))?.apply();
    expect(await text()).toBe(entry("nodes"));
  });

  test("replaces a text that does not parse, so nobody can lose access", async () => {
    await put(broken);
    const planned = await plan(entry("nodes"));
    expect(planned?.lost).toEqual([]);
    await planned?.apply();
    expect(await text()).toBe(entry("nodes"));
  });

  test("that does not parse is refused", async () => {
    await put(entry("nodes"));
    await expect(plan(broken)).rejects.toMatchObject({
      code: "BackupInvalid",
      message: expect.stringContaining("the backup then does not parse: mapRoles, line 2"),
    });
  });
});

test("the oldest of 20 backups is restored after a refusal, too", async () => {
  const texts = Array.from({ length: 20 }, (_, index) => entry(`version-${index}`));
  const api = kubeOf(sandbox());
  const edit = (wanted: string) =>
    editMapRoles(api, clock, { edit: () => wanted, ...backupsIn(folder, new Date(clock.now())) });
  await put(texts[0] ?? "");
  for (const wanted of [...texts.slice(1), entry("now")]) await edit(wanted);
  const oldest = (await readBackups(folder)).at(-1);
  if (!oldest) throw new Error("no backup");
  const refusing = before(api, /^PATCH/, async () => {
    throw new EksLambdaError("Forbidden", "not you");
  });
  const refused = await planRestore({ kube: refusing, clock, folder }, oldest);
  await expect(refused?.apply()).rejects.toMatchObject({ code: "Forbidden" });
  expect((await readBackups(folder)).map(({ mapRoles }) => mapRoles)).toEqual([entry("now"), ...texts.toReversed()]);
  await (await planRestore({ kube: api, clock, folder }, oldest))?.apply();
  expect(await text()).toBe(texts[0]);
  expect(await readBackups(folder)).toEqual(
    expect.arrayContaining([oldest, expect.objectContaining({ mapRoles: entry("now") })]),
  );
});

describe("a change by someone else", () => {
  test("after the plan was shown is kept, and no backup is written", async () => {
    await put(entry("lambda"));
    const planned = await plan(entry("nodes"));
    await change(entry("lambda") + entry("new"));
    await expect(planned?.apply()).rejects.toMatchObject({ code: "AwsAuthChanged" });
    expect(await text()).toBe(entry("lambda") + entry("new"));
    expect(await readBackups(folder)).toEqual([]);
  });

  test("between read and write is kept, too", async () => {
    await put(entry("lambda"));
    const theirs = () => change(entry("lambda") + entry("new"));
    const planned = await plan(entry("nodes"), beforeFirst(kubeOf(sandbox()), /^PATCH/, theirs));
    await expect(planned?.apply()).rejects.toMatchObject({ code: "AwsAuthChanged" });
    expect(await text()).toBe(entry("lambda") + entry("new"));
  });

  test("to the same text counts as the restore", async () => {
    await put(entry("lambda"));
    const planned = await plan(entry("nodes"));
    await change(entry("nodes"));
    await planned?.apply();
    expect(await text()).toBe(entry("nodes"));
  });
});

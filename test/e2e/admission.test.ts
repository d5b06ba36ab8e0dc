/** Admission policies: setup reports a denial before it changes anything. */
import { expect } from "vitest";
import { denyUser } from "../acceptance/support/cluster.ts";
import { test } from "../acceptance/support/world.ts";
import { writesOf } from "../acceptance/support/writes.ts";

test("a policy that denies the write to aws-auth is reported before anything is created", async ({ world }) => {
  await denyUser(world, "stranger");
  await writesOf(world);
  const { exit, stderr } = await world.run("setup --yes --no-kubeconfig --username stranger");
  expect({ exit, error: stderr.slice(stderr.search(/^error /m)) }).toEqual({
    exit: 1,
    error: `error configmaps "aws-auth" is forbidden: ValidatingAdmissionPolicy 'known-users' with binding 'known-users' denied request: ask platform@example.com before you map the user stranger (AdmissionDenied)
hint  an admission policy of the cluster forbids this to every caller: its message says why
`,
  });
  expect(await writesOf(world)).toEqual([]);
});

/** Both halves of an export of grant, applied by hand, are what grant makes. */
import { describe, expect, test } from "vitest";
import { grantExport } from "../../../../src/core/export/grant.ts";
import { refusalOf } from "../../../support/refusal.ts";
import { applyByHand, deployByHand } from "../../support/by-hand.ts";
import { useGrant } from "../../support/grant-in-process.ts";
import { configMaps } from "../../support/sandbox.ts";

const allow = ["get,patch deployments.apps web", "list nodes @*"];

describe.each([
  ["CONFIG_MAP", ["rbac.yaml", "aws-auth.txt"]],
  ["API_AND_CONFIG_MAP", ["rbac.yaml"]],
  ["API", ["rbac.yaml"]],
] as const)("in authentication mode %s", (authenticationMode, ofCluster) => {
  const used = useGrant({ authenticationMode });
  const { client, kube, plan, changes, revoke, entries } = used;
  const exported = async (to: "sam" | "kubectl") => {
    const { context, wish } = await plan(allow);
    return grantExport(context, wish, to);
  };

  test("grant finds nothing to change after it, and revoke takes it back", async () => {
    const cluster = await exported("kubectl");
    expect(cluster.files.map(({ path }) => path)).toEqual(ofCluster);
    if (authenticationMode !== "CONFIG_MAP") await deployByHand(client(), (await exported("sam")).files);
    await applyByHand(kube, cluster.files);
    expect((await changes(allow)).every(({ action }) => action === "unchanged")).toBe(true);
    await revoke();
    expect(await entries()).toEqual([]);
    const map = await kube("GET", `${configMaps}/aws-auth`);
    expect(map.body.data?.mapRoles ?? "").not.toContain("rolearn");
  });

  test("there is no half of the account if grant makes nothing there", async () => {
    if (authenticationMode === "CONFIG_MAP")
      expect(await refusalOf(exported("sam"))).toMatchObject({ code: "NothingToExport" });
    else expect((await exported("sam")).files.map(({ path }) => path)).toEqual(["template.yml", "samconfig.toml"]);
  });
});

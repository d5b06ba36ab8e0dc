/** Versions that are gone because etcd was compacted. This group is the last, because it breaks all watches. */
import type { Group } from "../case.ts";
import { type Json, kubeCase, story } from "../kube-case.ts";
import { introduce } from "../people.ts";
import { prepare } from "../side.ts";
import { configMap, configMaps } from "./values.ts";

export const expiredVersions: Group = {
  title: "Versions that have expired",
  intro: "Three ConfigMaps, and a page of them from before etcd was compacted.",
  async prepare(side) {
    await introduce(side);
    for (const name of ["a", "b", "c"]) await prepare(side, "POST", configMaps, configMap(name));
  },
  cases: [
    story({
      name: "a page of a version that has expired",
      request: "`?limit=1`, compacted, then `&continue=…`, then with the answer's token",
      async tell(ask, side) {
        const path = `${configMaps}?limit=1`;
        const first = (await ask("GET", path)).body as Json;
        await ask("POST", configMaps, configMap("ab"));
        await side.backend.compact();
        const { status, body } = await ask("GET", `${path}&continue=${first.metadata.continue}`);
        const { reason, message, metadata } = body as Json;
        const rest = (await ask("GET", `${configMaps}?limit=50&continue=${metadata.continue}`)).body as Json;
        await ask("DELETE", `${configMaps}/ab`);
        return {
          status,
          reason,
          message: `${message} | ${rest.items.map((one: Json) => one.metadata.name).join(",")}`,
        };
      },
    }),
    kubeCase({
      name: "a version that has expired, exactly",
      method: "GET",
      path: `${configMaps}?resourceVersion=1&resourceVersionMatch=Exact`,
    }),
  ],
};

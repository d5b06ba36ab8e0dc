/** Builds before the tests, unless `dist` is up to date, so that none of them meets a stale one. */
import { execFileSync } from "node:child_process";
// @ts-expect-error The scripts have no types.
import { isUpToDate } from "../scripts/stamp.mjs";

export default function build(): void {
  if (!isUpToDate("."))
    execFileSync(process.execPath, ["scripts/build.mjs"], { stdio: ["ignore", "ignore", "inherit"] });
}

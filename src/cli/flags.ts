/** Validates the flags of setup and teardown before anything is read or written. */
import { usageError } from "../core/errors.ts";
import { readAllow } from "../core/parameters/allow.ts";
import { type Chosen, parsed } from "../core/parameters/deployed.ts";
import { flagName, type Rule, type RuledName, ruled, type Setting, settings } from "../core/parameters/settings.ts";
import { readEdits } from "../core/parameters/variables.ts";
import type { Config } from "../core/setup/config.ts";
import type { Flags } from "./flag-table.ts";
import { withoutEffect } from "./idle-flags.ts";

/** Throws `InvalidFlag`, with the value and what it must be. */
export function configOf(flags: Flags): Config {
  const chosen = Object.fromEntries(ruled.map((name) => [name, checkSetting(name, flags[name])])) as Chosen;
  if (flags.entry !== undefined && flags.name === undefined)
    throw usageError(
      "InvalidFlag",
      "--entry is given without --name: the function without a name is the stock one",
      `choose a name: --name web --entry ${flags.entry}`,
    );
  if (flags.entry !== undefined && flags.allowImage)
    throw withoutEffect("allowImage", "with --entry: the code declares the rights");
  return {
    ...chosen,
    source: undefined,
    needs: undefined,
    allowFlag: flags.entry === undefined && flags.allow ? readAllow(flags.allow) : undefined,
    ownPolicy: flags.policy === false ? false : undefined,
    variables: readEdits(flags.env),
    tags: Object.fromEntries((flags.tags ?? []).map(tag)),
    enableAccessEntries: flags.enableAccessEntries ?? false,
    kubeconfig: flags.kubeconfig === true ? undefined : flags.kubeconfig,
    useContext: flags.useContext ?? false,
    shareUsername: flags.shareUsername ?? false,
    forceConflicts: flags.forceConflicts ?? false,
    workloads: flags.workloads ?? false,
  };
}

/** The flag's value. Throws `InvalidFlag`. Accepts a flag that was not given. `--no-export-name` gives `false`. */
export function checkSetting<K extends RuledName>(name: K, given: string | boolean | readonly string[] | undefined) {
  if (typeof given === "boolean") return given ? undefined : null;
  const { rule, emptied }: Setting & { readonly rule: Rule } = settings[name];
  const all = typeof given === "string" ? [given] : given?.flatMap((some) => some.split(",")).filter(Boolean);
  const text = all?.join();
  for (const one of [...(all ?? []), text]) if (one || !emptied) checkFlag(flagName(name), rule, one);
  return text === undefined ? undefined : text === "" ? null : parsed(name, text);
}

/** Throws `InvalidFlag`. Accepts a flag that was not given. */
export function checkFlag(flag: string, { pattern, must }: Rule, value: string | undefined): void {
  if (value !== undefined && !pattern.test(value)) throw invalidFlag(flag, value, must);
}

function tag(text: string): readonly [string, string] {
  const [, key, value] = /^([^=]{1,128})=(.{0,256})$/s.exec(text) ?? [];
  if (key === undefined || value === undefined || /^aws:/i.test(key))
    throw invalidFlag("--tags", text, "KEY=VALUE, the key not beginning with aws:");
  return [key, value];
}

const invalidFlag = (flag: string, value: string, must: string) =>
  usageError("InvalidFlag", `${flag} is "${value}"; it must be ${must}`);

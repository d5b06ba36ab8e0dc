/** A hint that names rights names at most those that were asked for, of the function that was asked. */
import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { arranged } from "../../../src/cli/argv.ts";
import { invoke } from "../../../src/cli/commands/invoke.ts";
import { resourceNamed } from "../../../src/cli/event.ts";
import type { Flags } from "../../../src/cli/flag-table.ts";
import { repeating } from "../../../src/cli/hints.ts";
import { program } from "../../../src/cli/program.ts";
import { renderEvent } from "../../../src/cli/render/log.ts";
import { formatAllowed } from "../../../src/core/actions/allowed.ts";
import { asAnswered, forLambda, functionError } from "../../../src/core/actions/function-error.ts";
import { withNeed } from "../../../src/core/code/forbidden.ts";
import { command, type Hint } from "../../../src/core/command.ts";
import { EksLambdaError } from "../../../src/core/errors.ts";
import { adviceOf } from "../../../src/core/function-hints.ts";
import { readNeeds } from "../../../src/core/grant/declared.ts";
import { formatResource, type Need, parseNeed } from "../../../src/core/kube/need.ts";
import { distance } from "../../../src/core/nearest.ts";
import { type Allow, parseAllow } from "../../../src/core/parameters/allow.ts";
import { allowedBy } from "../../../src/core/setup/allow.ts";
import { stackName } from "../../../src/core/stack/names.ts";
import { allowedOf, callerOf } from "../support/actions.ts";
import { useSetup } from "../support/setup-in-process.ts";

/** Rights as `--allow` of setup or of grant names them: an action or verbs, a resource, objects. */
interface Right {
  readonly verbs: readonly string[];
  readonly resource: string;
  readonly names?: readonly string[] | undefined;
  /** `*`: every namespace, or a kind without namespaces. */
  readonly namespace?: string | undefined;
}

const ofAllow = ({ action, resource, group = "", names, namespace }: Allow): Right => ({
  ...{ verbs: [action], resource: formatResource({ group, resource }), names, namespace },
});
const ofNeed = ({ verbs, names, namespace, cluster, ...need }: Need): Right => ({
  ...{ verbs, resource: formatResource(need), names, namespace: cluster ? "*" : namespace },
});

/** As typed, and what was meant: a hint may choose another word that is as close to what was typed. */
interface Asked {
  readonly typed: Right;
  readonly meant: Right;
}

const plural = (word: string): string => word.split(".")[0] ?? word;
const isAsClose = (word: string, typed: string, meant: string): boolean =>
  plural(word) === plural(meant) || distance(word, typed) <= distance(meant, typed);

/** Resources without a namespace may be asked for with one by mistake. */
const unplaced = /^(nodes|namespaces|persistentvolumes|users|groups)\b/;

/** True if the right has nothing that was not asked for. */
const isWithin = ({ verbs, resource, names, namespace }: Right, { typed, meant }: Asked): boolean =>
  verbs.every((verb) => meant.verbs.some((one, at) => isAsClose(verb, typed.verbs[at] ?? one, one))) &&
  isAsClose(resource, typed.resource, meant.resource) &&
  (meant.names === undefined || names?.every((name) => meant.names?.includes(name)) === true) &&
  ((namespace ?? "default") === (meant.namespace ?? "default") || meant.namespace === "*" || unplaced.test(resource));

/** What our own command line makes of a command. */
async function parsed(words: readonly string[]): Promise<{ name: string; flags: Flags & Record<string, unknown> }> {
  const root = program();
  let found: Awaited<ReturnType<typeof parsed>> | undefined;
  for (const one of root.commands)
    one.action(() => {
      found = { name: one.name(), flags: one.opts() };
    });
  await root.parseAsync([...arranged(words)], { from: "user" });
  if (!found) throw new Error(`no command: ${words.join(" ")}`);
  return found;
}

/** The words of a command that is quoted as for a shell. */
const wordsOf = (text: string): readonly string[] =>
  (text.match(/(?:[^\s'\\]|'[^']*'|\\.)+/g) ?? []).map((word) => word.replace(/'([^']*)'|\\(.)/g, "$1$2"));

const started = { script: "/usr/bin/eks-lambda", agent: undefined };
const commandsIn = (hint: Hint, flags: Flags) =>
  repeating(flags, hint, started)
    .parts.flatMap((part) => (typeof part === "string" ? [] : [wordsOf(String(part))]))
    .filter(([first]) => first === "eks-lambda")
    .map((words) => parsed(words.slice(1)));

/** Of texts in quotes or after `--allow`, those that are rights. */
const rightsIn = (hint: Hint): readonly Right[] =>
  [
    ...String(hint)
      .replace(/for example .*/, "")
      .matchAll(/"([^"]+)"|--allow ([^\s?]+)|^write ([^\s"?]+)$/g),
  ].flatMap(([, ...texts]) => {
    const text = texts.join("");
    return /^[\w-]+:/.test(text) ? [ofAllow(parseAllow(text))] : text.includes(" ") ? [ofNeed(parseNeed(text))] : [];
  });

/** The hint of what is thrown; empty without one. */
async function hintOf(work: () => unknown): Promise<Hint> {
  try {
    await work();
    return "";
  } catch (error) {
    if (error instanceof EksLambdaError) return adviceOf(error) ?? "";
    throw error;
  }
}

/** A word with a letter too few, too many, wrong or swapped. */
const misspelt = (word: string): fc.Arbitrary<string> =>
  fc.record({ at: fc.nat(word.length - 2), how: fc.nat(4) }).map(({ at, how }) => {
    const [before, letter, next, after] = [word.slice(0, at), word[at], word[at + 1], word.slice(at + 2)];
    return [
      word,
      `${before}${next}${after}`,
      `${before}${letter}${letter}${next}${after}`,
      `${before}${next}${letter}${after}`,
      `${before}x${next}${after}`,
    ][how] as string;
  });

const objectName = fc.constantFrom("web", "api", "db", "web.v1");
const names = fc.option(fc.uniqueArray(objectName, { minLength: 1, maxLength: 3 }), { nil: undefined });
const namespace = fc.constantFrom(undefined, undefined, "shop", "*");

interface Word {
  readonly verbs: string;
  readonly resource: string;
}
const asked = <T extends Word>(words: fc.Arbitrary<T>): fc.Arbitrary<Asked> =>
  words.chain(({ verbs, resource }) =>
    fc
      .record({ typedVerbs: misspelt(verbs), typedResource: misspelt(resource), names, namespace })
      .map(({ typedVerbs, typedResource, ...objects }) => ({
        typed: { verbs: typedVerbs.split(","), resource: typedResource, ...objects },
        meant: { verbs: verbs.split(","), resource, ...objects },
      })),
  );

const allowText = ({ verbs: [action], resource, names, namespace }: Right): string =>
  `${action}:${resource}${names ? `/${names}` : ""}${namespace ? `@${namespace}` : ""}`;
const needText = ({ verbs, resource, names = [], namespace }: Right): string =>
  [verbs.join(), resource, ...names, ...(namespace ? [`@${namespace}`] : [])].join(" ");

/** What the function was allowed. */
let allowed = allowedOf();
const answer = async (event: unknown, owner?: string) => {
  try {
    return {
      failed: false,
      payload: JSON.stringify(await call(event as object, { allowed, ...(owner !== undefined && { owner }) })),
    };
  } catch (error) {
    const thrown = error instanceof EksLambdaError ? forLambda(error) : (error as Error);
    return { failed: true, payload: JSON.stringify(asAnswered(thrown)) };
  }
};
const used = useSetup({
  runtime:
    ({ EKS_LAMBDA_OWNER }) =>
    (event) =>
      answer(event, EKS_LAMBDA_OWNER),
});
const call = callerOf(used);
beforeEach(() => {
  for (const stream of ["stdout", "stderr"] as const) vi.spyOn(process[stream], "write").mockReturnValue(true);
});
afterEach(() => {
  vi.restoreAllMocks();
  process.removeAllListeners("SIGINT");
});

const resources = ["deployments", "statefulsets", "daemonsets", "cronjobs", "jobs", "configmaps", "nodes", "pods"];
const groups: Readonly<Record<string, string>> = { deployments: "apps", statefulsets: "apps", cronjobs: "batch" };
const resource = fc
  .tuple(fc.constantFrom(...resources), fc.boolean())
  .map(([one, isFull]) => (isFull && groups[one] ? `${one}.${groups[one]}` : one));
const action = fc.constantFrom("restart", "scale", "set-image", "status", "delete", "apply", "run-job", "suspend");

test("of `setup --allow` with misspelt words", async () => {
  const { contextOf } = used;
  const { kube } = await contextOf("present", {});
  if (!kube) throw new Error("no cluster");
  let hints = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(asked(fc.record({ verbs: action, resource })), { minLength: 1, maxLength: 3 }),
      async (all) => {
        const Allow = all.map(({ typed }) => allowText(typed)).join("; ");
        const found = rightsIn(await hintOf(() => allowedBy(kube, { Allow })));
        hints += found.length;
        for (const right of found) if (!all.some((one) => isWithin(right, one))) expect(right).toEqual(all);
      },
    ),
  );
  expect(hints).toBeGreaterThan(30);
});

const entries = [
  "restart:deployments/web",
  "scale:statefulsets",
  "status:deployments@shop",
  "create:deployments",
  "delete:jobs/old",
];
const events = fc
  .record({
    action: fc.constantFrom("restart", "scale", "set-image", "undo", "status", "delete", "apply", "run-job", "create"),
    kind: fc.constantFrom("deployments", "deploy", "deployments.apps", "sts", "daemonsets"),
    name: fc.option(objectName, { nil: undefined }),
    namespace: fc.constantFrom(undefined, "default", "shop"),
  })
  .map(({ action, kind, name, namespace }) => {
    const resource =
      action === "run-job" ? "cronjobs.batch" : action === "create" ? "deployments.apps" : resourceNamed(kind);
    const manifest = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: name ?? "web" } };
    const set: Readonly<Record<string, readonly string[]>> = {
      ...{ scale: ["replicas=2"], "set-image": ["image=web:2"], apply: [`manifests=${JSON.stringify([manifest])}`] },
    };
    const target = name === undefined ? kind : `${action === "run-job" ? "cronjob" : kind}/${name}`;
    return {
      ...{ action, namespace, set: set[action] },
      target: action === "apply" || action === "create" ? undefined : target,
      right: {
        verbs: [action],
        resource: action === "apply" ? "deployments.apps" : resource,
        // No rule can limit `create` to names.
        names: action === "create" ? undefined : [manifest.metadata.name],
        namespace: namespace === "default" ? undefined : namespace,
      },
    };
  });
const allowedBefore = fc.uniqueArray(fc.constantFrom(...entries), { maxLength: 3 });

/** The rights that commands of setup add, all of them within these, for the function with this name. */
async function expectWithin(commands: ReturnType<typeof commandsIn>, of: string | undefined, rights: readonly Right[]) {
  let added = 0;
  for (const { name, flags: given } of await Promise.all(commands)) {
    if (name !== "setup") continue;
    expect([given.name, given.stack, given.namespace]).toEqual([of, given.stack && stackOf(of), undefined]);
    const known = allowed.map(formatAllowed);
    const texts = ((given.allow ?? []) as string[]).filter(
      (text) => !known.includes(text) && !/:RESOURCE\b/.test(text),
    );
    added += texts.length;
    for (const right of texts.map(parseAllow).map(ofAllow))
      if (!rights.some((one) => isWithin(right, { typed: one, meant: one }))) expect(right).toEqual(rights);
  }
  return added;
}
const stackOf = (name: string | undefined) => stackName(used.sandbox().cluster.name, name);

test("of `invoke`, for a function with and without a name", async () => {
  await used.apply("present", { name: "other" });
  await used.apply("present");
  const functions = fc.constantFrom<{ readonly name?: string }>({}, { name: "other" });
  let added = 0;
  await fc.assert(
    fc.asyncProperty(events, allowedBefore, functions, fc.boolean(), async (event, before, chosen, wait) => {
      allowed = allowedOf(...before);
      const { action, target, right, set, namespace } = event;
      const flags = { ...chosen, ...(set && { set }), ...(namespace && { namespace }), ...(wait && { wait }) };
      const hint = await hintOf(() =>
        invoke(
          [action, target].flatMap((word) => word ?? []),
          flags,
        ),
      );
      const made = new Map([
        ["create", "deployments.apps"],
        ["run-job", "jobs.batch"],
      ]).get(action);
      const status = { ...right, verbs: ["status"], ...(made && { resource: made, names: undefined }) };
      added += await expectWithin(commandsIn(hint, chosen), chosen.name, wait ? [right, status] : [right]);
    }),
  );
  expect(added).toBeGreaterThan(30);
});

test("of `logs`, of a function with and without a name", async () => {
  let added = 0;
  await fc.assert(
    fc.asyncProperty(events, allowedBefore, fc.constantFrom(undefined, "other"), async (event, before, name) => {
      allowed = allowedOf(...before);
      const { action, right, set } = event;
      const { names: [object] = [], resource, namespace } = right;
      const about = action === "apply" ? JSON.parse(set?.[0]?.slice(10) ?? "") : undefined;
      const fields = about ? { manifests: about } : { resource, [action === "run-job" ? "from" : "name"]: object };
      const { failed, payload } = await answer({ action, ...fields, ...(namespace && { namespace }) });
      if (!failed) return;
      const { code, message, hint } = functionError(JSON.parse(payload));
      const logged = JSON.stringify({ level: "ERROR", requestId: "1", durationMs: 1, action, code, message, hint });
      const shown = renderEvent({ id: "1", time: 0, arrived: 0, message: logged }, { ...(name && { name }) }).shown;
      const [line] = shown.split("    hint  ").slice(1);
      if (line?.startsWith("eks-lambda ")) {
        const places = new Set(before.map((one) => /@(.*)$/.exec(one)?.[1]));
        // The only namespace of a function is that of an event without one.
        const [only] = places.size === 1 && !places.has("*") ? places : [];
        const meant = { ...right, namespace: namespace ?? only };
        added += await expectWithin(commandsIn(command`${wordsOf(line)}`, {}), name, [meant]);
      }
    }),
  );
  expect(added).toBeGreaterThan(30);
});

test("of `grant` with misspelt words", async () => {
  const verbs = fc.constantFrom("get", "get,list", "get,watch,list", "create", "patch", "view");
  let hints = 0;
  await fc.assert(
    fc.asyncProperty(asked(fc.record({ verbs, resource })), async (one) => {
      const text = needText(one.typed);
      const found = rightsIn(await hintOf(() => readNeeds([text])));
      hints += found.length;
      for (const right of found) if (!isWithin(right, one)) expect(right).toEqual(one);
    }),
  );
  expect(hints).toBeGreaterThan(30);
});

test("of a refusal of the API server", async () => {
  const word = fc.stringMatching(/^[a-z]{1,6}([.-][a-z]{1,6}){0,2}$/);
  const name = fc.option(fc.stringMatching(/^[a-z0-9][a-z0-9.:@ -]{0,8}$/));
  const subresource = fc.constantFrom("", "/scale", "/status");
  const place = fc.constantFrom("shop", undefined);
  await fc.assert(
    fc.asyncProperty(word, word, subresource, name, place, async (plural, group, subresource, name, namespace) => {
      const resource = plural.replaceAll(".", "") + subresource;
      const what = `${resource.split("/")[0]}.${group}${name === null ? "" : ` "${name}"`}`;
      const where = namespace === undefined ? "at the cluster scope" : `in the namespace "${namespace}"`;
      const message = `${what} is forbidden: User "web" cannot patch resource "${resource}" in API group "${group}" ${where}`;
      const { hint } = withNeed(new EksLambdaError("Forbidden", message), command`eks-lambda setup`);
      const right = {
        ...{ verbs: ["patch"], resource: formatResource({ group, resource }), namespace: namespace ?? "*" },
        names: name === null ? undefined : [name],
      };
      for (const found of rightsIn(hint ?? ""))
        if (!isWithin(found, { typed: right, meant: right })) expect(found).toEqual(right);
    }),
  );
});

/**
 * The events of Terraform's `aws_lambda_invocation` with `lifecycle_scope = "CRUD"`: its input, and `tf`. The answer is its
 * `result`. Source: https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/lambda_invocation
 */
import type { ActionContext, Event, Result } from "../actions/action.ts";
import { titleOf } from "../actions/manifests.ts";
import { shown } from "../errors.ts";
import { createObjects, removeObjects, updateObjects } from "./objects.ts";
import { invalid } from "./request.ts";
import { deadlineOfCreate, until } from "./time.ts";
import { ready } from "./wait.ts";
import type { Wanted } from "./wanted.ts";

/** What the provider adds to the input. */
interface Lifecycle {
  readonly action: "create" | "update" | "delete";
  /** `null` for a create. */
  readonly prev_input?: unknown;
}

interface Input extends Wanted {
  readonly overwrite?: boolean;
  /** Seconds. */
  readonly wait?: number;
}

const isText = (value: unknown) => typeof value === "string" && value !== "";
const fields: Readonly<Record<string, readonly [must: string, valid: (value: unknown) => boolean]>> = {
  owner: [
    "a name of its own for this resource, of 1 to 200 letters, digits and `._/:@-`",
    (value) => isText(value) && /^[\w./:@-]{1,200}$/.test(String(value)),
  ],
  manifests: ["a list of objects", (value) => Array.isArray(value) && value.length > 0],
  namespace: ["the name of a namespace", isText],
  overwrite: ["true or false", (value) => typeof value === "boolean"],
  wait: ["a number of seconds", (value) => Number.isInteger(value) && Number(value) >= 0],
  attempt: ["anything: another value repeats an apply", () => true],
};

export const isTerraform = (event: unknown): event is Event & { readonly tf: Lifecycle } =>
  ["create", "update", "delete"].includes((Object(event) as { tf?: Partial<Lifecycle> }).tf?.action ?? "");

/** Throws `InvalidEvent`. */
function inputOf(given: Event): Input {
  const { tf: _, ...fieldsGiven } = given;
  // HCL leaves an argument out by `null`.
  const input = Object.fromEntries(Object.entries(fieldsGiven).filter(([, value]) => value !== null));
  for (const [name, value] of Object.entries({ owner: undefined, manifests: undefined, ...input })) {
    const rule = Object.hasOwn(fields, name) ? fields[name] : undefined;
    // Don't show what is unknown: it may have a Secret.
    if (!rule) throw invalid(`unknown field \`${name}\`; the fields are ${Object.keys(fields).join(", ")}`);
    const [must, valid] = rule;
    if (!valid(value))
      throw invalid(`\`${name}\` is ${name === "manifests" ? typeof value : shown(value)}; it must be ${must}`);
  }
  const { owner, ...others } = input as unknown as Input;
  return { ...others, owner: ownerOf(owner) };
}

const ownerOf = (name: string): string => `terraform:${name}`;

/** `Secret a`. The input before may be anything. */
function titleOfAny(manifest: unknown): string {
  const { kind, metadata } = Object(manifest) as { readonly kind?: unknown; readonly metadata?: unknown };
  return titleOf({ manifest: { kind, metadata: Object(metadata) } as never } as never);
}

export async function terraform(event: Event & { readonly tf: Lifecycle }, context: ActionContext): Promise<Result> {
  const { action, prev_input } = event.tf;
  const input = inputOf(event);
  const { wait = 0, manifests } = input;
  const leftSeconds = Math.floor(context.remainingMs() / 1_000);
  if (wait > leftSeconds)
    throw invalid(
      `\`wait\` is ${wait} seconds, and the function has ${leftSeconds}`,
      "give it more: `--timeout` of the function, at most 900 seconds",
    );
  const about = { action, owner: event.owner, objects: manifests.length };
  if (action === "delete") {
    await removeObjects(input, context);
    return about;
  }
  if (action === "create") {
    const end = deadlineOfCreate(context.remainingMs());
    const within = { ...context, kube: until(end.signal, context.kube) };
    const creating = { ...input, request: context.requestId };
    const failed = await createObjects(creating, { ...within, undoing: context.kube, afterwards: ready(wait, within) });
    end.stop();
    if (!failed) return about;
    throw failed.error;
  }
  // The provider keeps the input of a failed update as done: the one that takes it back must not fail for what it asked.
  const { manifests: had, namespace, owner } = Object(prev_input) as Partial<Input>;
  const old = { manifests: [had ?? []].flat(), namespace: namespace ?? undefined, owner: owner && ownerOf(owner) };
  const left = await updateObjects(input, { ...context, old, afterwards: ready(wait, context) });
  return { ...about, ...(left.length > 0 && { left: left.map(titleOfAny) }) };
}

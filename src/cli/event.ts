/** Builds events from a command line: `invoke restart deployments/web --set key=value`. */
import type { Fields } from "../core/actions/fields.ts";
import { usageError } from "../core/errors.ts";

export interface ActionArguments {
  readonly action: string;
  /** `deployments/web`, or a kind alone. */
  readonly target?: string | undefined;
  readonly namespace?: string | undefined;
  /** `key=value`. */
  readonly set?: readonly string[] | undefined;
}

/** The names that kubectl accepts, and the resource of each. */
const resources: Readonly<Record<string, string>> = Object.fromEntries(
  [
    "deployments.apps deployments deployment deploy deployment.apps",
    "statefulsets.apps statefulsets statefulset sts statefulset.apps",
    "daemonsets.apps daemonsets daemonset ds daemonset.apps",
    "cronjobs.batch cronjobs cronjob cj cronjob.batch",
    "jobs.batch jobs job job.batch",
  ].flatMap((line) => {
    const [resource = "", ...names] = line.split(" ");
    return [resource, ...names].map((name) => [name, resource]);
  }),
);

export const resourceNamed = (name: string): string => resources[name.toLowerCase()] ?? name;

/** Throws `InvalidEvent`. The action validates the fields later. */
export function eventOf(
  { action, target, namespace, set = [] }: ActionArguments,
  fields: Fields,
): Readonly<Record<string, unknown>> {
  const [, kind = "", name] = /^([^/]+)(?:\/([^/]+))?$/.exec(target ?? "") ?? [];
  if (target !== undefined && !kind)
    throw usageError("InvalidEvent", `the object is "${target}"; it must be KIND/NAME`, "for example deployments/web");
  // `run-job cronjobs/nightly` names the CronJob that the Job comes from.
  const nameField = Object.hasOwn(fields, "name") ? "name" : "from";
  return {
    action,
    ...(kind && { resource: resourceNamed(kind) }),
    ...(name && { [nameField]: name }),
    ...(namespace !== undefined && { namespace }),
    ...Object.fromEntries(set.map((one) => assignment(one, fields))),
  };
}

/** A value is JSON where the field's rule accepts that, else text: `replicas=3`, `image=nginx:1.27`, `images={"web":"nginx"}`. */
function assignment(given: string, fields: Fields): readonly [string, unknown] {
  const [, key = "", text = ""] = /^([\w-]+)=(.*)$/s.exec(given) ?? [];
  if (!key)
    throw usageError("InvalidEvent", `--set is "${given}"; it must be KEY=VALUE`, "for example --set replicas=3");
  const json = parsed(text);
  const isValid = Object.hasOwn(fields, key) && fields[key]?.valid(json);
  return [key, isValid ? json : text];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

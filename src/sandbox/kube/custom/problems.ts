/** What the API server refuses of a custom resource, besides its metadata. Source: k8s.io/apiextensions-apiserver/pkg/registry/customresource */
import type { Kind } from "../kinds.ts";
import { type KubeObject, whole } from "../object.ts";
import type { CustomVersion } from "../objects.ts";
import type { Problem } from "../status.ts";
import { problemsOfEmbedded } from "./embedded.ts";
import { duplicatesOf } from "./lists.ts";
import { rulesOf } from "./rules/compile.ts";
import { problemsOfRules } from "./rules/problems.ts";
import { problemsOfScale } from "./scale.ts";
import { ownValue, type Schema } from "./schema.ts";
import { problemsOf } from "./validate.ts";

/** With these, rules do not know what they are about. */
const isBlocking = ([, what]: Problem): boolean =>
  /^(Unsupported value|Required value|Too long|Too many)/.test(what) || what.includes(" in body must be of type ");
const unchecked: Problem = [
  "<nil>",
  "Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation",
];

interface Change {
  readonly object: KubeObject;
  readonly old: KubeObject | undefined;
  /** The change is one of the status. */
  readonly isOfStatus: boolean;
}

export function problemsOfCustom(kind: Kind, custom: CustomVersion, change: Change): readonly Problem[] {
  const schema = custom.schema?.openAPIV3Schema ?? {};
  const now = whole(kind, change.object);
  const before = change.old && whole(kind, change.old);
  const found = change.isOfStatus
    ? ofStatus(custom, schema, change)
    : [
        ...problemsOf(now, schema, { old: before }),
        ...problemsOfScale(now, custom, false),
        ...problemsOfEmbedded(now, schema),
      ];
  // Lists that had duplicates already can have more.
  const isOld = before !== undefined && duplicatesOf(before, schema).length > 0;
  const problems = [...found, ...(isOld ? [] : duplicatesOf(now, schema))];
  if (!rulesOf(schema)) return problems;
  return problems.some(isBlocking) ? [...problems, unchecked] : [...problems, ...problemsOfRules(now, schema, before)];
}

function ofStatus(custom: CustomVersion, schema: Schema, { object, old }: Change): readonly Problem[] {
  const of = ownValue(schema.properties, "status");
  const checked = of && object.status !== undefined;
  return [
    ...(checked ? problemsOf(object.status, of, { old: old?.status, under: "status" }) : []),
    ...problemsOfScale(object, custom, true),
  ];
}

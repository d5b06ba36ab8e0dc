/** What in a policy of `--policy` reaches farther than a function needs. To add a risk, add it to the list. */
import type { Target } from "../setup/target.ts";
import type { OwnPolicy, OwnStatement } from "./own-policy.ts";

type RiskPlace = Pick<Target, "roleArn" | "functionArn" | "cluster">;

/** `arn:aws:eks:us-east-1:111122223333:` of the function's ARN. */
const eks = ({ functionArn }: RiskPlace): string => functionArn.replace(/:lambda:(.*:)function:.*$/, ":eks:$1");

interface Risk {
  readonly actions: readonly string[];
  readonly on: (place: RiskPlace) => readonly string[];
  /** Completes "the function may". */
  readonly may: string;
}

const risks: readonly Risk[] = [
  {
    actions: [
      ...["AttachRolePolicy", "DeleteRolePermissionsBoundary", "DeleteRolePolicy", "DetachRolePolicy"],
      ...["PutRolePermissionsBoundary", "PutRolePolicy", "UpdateAssumeRolePolicy"],
    ].map((name) => `iam:${name}`),
    on: ({ roleArn }) => [roleArn],
    may: "change the rights of its own role",
  },
  {
    actions: [
      ...["AssociateAccessPolicy", "CreateAccessEntry", "DeleteAccessEntry", "DisassociateAccessPolicy"],
      ...["UpdateAccessEntry", "UpdateClusterConfig"],
    ].map((name) => `eks:${name}`),
    on: (place) => [
      `${eks(place)}cluster/${place.cluster.name}`,
      `${eks(place)}access-entry/${place.cluster.name}/role/1/any/1`,
    ],
    may: "change who is mapped to what in the cluster, and so give itself every right there",
  },
  {
    actions: ["lambda:AddPermission", "lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration"],
    on: ({ functionArn }) => [functionArn],
    may: "change its own code or who calls it",
  },
  {
    actions: ["iam:PassRole", "sts:AssumeRole"],
    on: ({ roleArn }) => [roleArn.replace(/:role\/.*$/, ":role/any-other-role")],
    may: "act as any role of the account that admits it",
  },
];

/** IAM's `*` and `?`; a policy variable can be anything. */
function matches(pattern: string, text: string, flags = ""): boolean {
  const source = pattern
    .replace(/\$\{[^}]*\}/g, "*")
    .replace(/[^*?]/g, (one) => one.replace(/[.+^${}()|[\]\\/-]/, "\\$&"))
    .replace(/\*+/g, ".*")
    .replace(/\?/g, ".");
  return new RegExp(`^${source}$`, `${flags}s`).test(text);
}

function allows(statement: OwnStatement, action: string, resource: string): boolean {
  const { effect, actions, notActions, resources, notResources } = statement;
  const isAction = (pattern: string) => matches(pattern, action, "i");
  const isResource = (pattern: string) => matches(pattern, resource);
  return (
    effect === "Allow" &&
    (actions.some(isAction) || (notActions.length > 0 && !notActions.some(isAction))) &&
    (resources.some(isResource) || (notResources.length > 0 && !notResources.some(isResource)))
  );
}

/** Conditions and denials are not looked at: they are for the person to judge. */
export function riskWarnings({ statements }: OwnPolicy, place: RiskPlace): readonly string[] {
  const allow = (action: string, on: string) => statements.some((one) => allows(one, action, on));
  if (allow("any-service:AnyAction", "arn:aws:any-service:::anything"))
    return ["the policy lets the function do everything in the account; name the actions and resources that it needs"];
  return risks.flatMap(({ actions, on, may }) => {
    const found = actions.filter((action) => on(place).some((one) => allow(action, one)));
    return found.length === 0 ? [] : [`by ${found.join(", ")}, the function may ${may}`];
  });
}

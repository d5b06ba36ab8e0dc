/** The files for those who own the cluster, with what they need to know to apply them. */

import { type Command, command, type Hint } from "../command.ts";
import { putRole } from "../mapping/aws-auth/text.ts";
import { escaped } from "../text.ts";
import type { ExportedFile } from "./folder.ts";
import { commented, yamlText } from "./yaml-text.ts";

/** `about`: lines for the reader, without `#`. */
export const rbacFile = (about: readonly Hint[], objects: readonly object[]): ExportedFile => ({
  path: "rbac.yaml",
  text: [`${commented(about).join("\n")}\n`, ...objects.map(yamlText)].join("---\n"),
});

export interface MappingText {
  readonly rolearn: string;
  readonly username: string;
  readonly cluster: string;
  readonly region: string;
  /** The annotation of aws-auth by which `revoke` knows the entry, and its value. */
  readonly mark?: readonly [key: string, value: string];
  /** A command that shows whether it works. */
  readonly proof: Command;
}

const marking = ([
  key,
  value,
]: Required<MappingText>["mark"]): string => `4. Mark the entry as one that revoke may remove:

     ${command`kubectl annotate configmap aws-auth --namespace kube-system ${`${key}=${value}`}`}

`;

export const awsAuthFile = ({ rolearn, username, cluster, region, mark, proof }: MappingText): ExportedFile => ({
  path: "aws-auth.txt",
  text: `The entry that maps the role to the Kubernetes user "${escaped(username)}". It has no groups, so the role gets
the rights of rbac.yaml and no others.

${putRole(undefined, { rolearn, username })}
Add it to the end of the list \`mapRoles\` in the ConfigMap aws-auth, with the indentation of that list.
If Terraform, Argo CD, Flux or another tool writes the ConfigMap, add the entry there, instead of step 3.

1. Check that the role exists: until it does, anyone who may create roles in the account can create one
   with its name and become this user.

     ${command`aws iam get-role --role-name ${rolearn.slice(rolearn.lastIndexOf("/") + 1)}`}

2. Save a copy. A syntax error in mapRoles invalidates the whole list, and nodes lose their access.

     kubectl get configmap aws-auth --namespace kube-system --output yaml > aws-auth-before.yaml

3. Add the entry.

     ${command`eksctl create iamidentitymapping --cluster ${cluster} --region ${region} --arn ${rolearn} --username ${username} --no-duplicate-arns`}

${mark ? marking(mark) : ""}${mark ? 5 : 4}. See whether it works.

     ${proof}
`,
});

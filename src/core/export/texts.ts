/** The files for those who own the cluster, with what they need to know to apply them. */

import { putRole } from "../aws-auth/text.ts";
import { type Command, command, type Hint } from "../command.ts";
import { escaped } from "../escaped.ts";
import type { ExportedFile } from "./file.ts";
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
  /** An annotation of the ConfigMap, `KEY=VALUE`, by which revoke knows the entry as grant's. */
  readonly mark?: string;
  /** A command that shows whether it works. */
  readonly proof: Command;
}

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
${mark === undefined ? "" : markStep(mark)}
4. See whether it works.

     ${proof}
`,
});

const markStep = (mark: string): string => `
   Mark the entry as grant's, so that revoke removes it.

     ${command`kubectl annotate configmap aws-auth --namespace kube-system ${mark}`}
`;

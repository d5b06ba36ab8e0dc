/** What an export consists of. */

/** Who applies the files: the SAM CLI for those who own the account, kubectl for those who own the cluster. */
export const destinations = ["sam", "kubectl"] as const;
export type Destination = (typeof destinations)[number];

/** All files that an export can have. To add one, add it here: what is not in this list is never overwritten or deleted. */
export const paths = ["template.yml", "samconfig.toml", "dist/function/index.js", "rbac.yaml", "aws-auth.txt"] as const;
export type ExportPath = (typeof paths)[number];

export interface ExportedFile {
  readonly path: ExportPath;
  readonly text: string;
}

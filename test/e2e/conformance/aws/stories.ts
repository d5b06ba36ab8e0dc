/** Cases that take more than one request: what a stack is told, and what is seen of it. */
import { expect } from "vitest";
import { custom, type Deployed, stacksOf } from "../../../acceptance/support/stacks.ts";
import type { Answer, Case } from "../case.ts";
import type { Side } from "../side.ts";

/** Where AWS says so: a page of its documentation, or a report of what it did. `inferred`: why we think so. */
export type Source = { readonly page: string } | { readonly report: string } | { readonly inferred: string };

export const guide = (page: string): Source => ({
  page: `https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/${page}.html`,
});
export const reference = (page: string): Source => ({
  page: `https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/${page}.html`,
});
export const report = (issue: string): Source => ({ report: `https://github.com/${issue.replace("#", "/issues/")}` });
export const inferred = (why: string): Source => ({ inferred: why });

export interface Story {
  readonly name: string;
  /** What happens, for the page. */
  readonly story: string;
  readonly source: Source;
  /** Returns what is compared. */
  tell(stage: Stage): Promise<readonly (string | readonly string[])[]>;
  readonly known?: string;
}

type Says = Parameters<typeof custom>[1];

export interface Request {
  readonly RequestType: string;
  readonly RequestId: string;
  readonly InvocationId: string;
  readonly LogicalResourceId: string;
  readonly PhysicalResourceId?: string;
  readonly ResourceProperties: Readonly<Record<string, unknown>>;
  readonly OldResourceProperties?: Readonly<Record<string, unknown>>;
  /** In place of these: what S3 answered. */
  readonly statuses?: readonly number[];
}

export type Stage = ReturnType<typeof stageOf>;

/** A stack of its own for a story, beside a function `echo` that answers its custom resources. */
function stageOf(side: Side, stack: string) {
  const stacks = stacksOf(side.backend);
  const ServiceToken = `arn:aws:lambda:${side.backend.region}:123456789012:function:echo`;
  const seen: Request[] = [];
  const deploy = (Resources: object, more: object = {}, name = stack) => stacks.deploy(name, { Resources, ...more });
  return {
    ...{ side, stack, stacks, ServiceToken, deploy },
    web: (properties: object = {}, says: Says = {}) => custom({ ServiceToken, ...properties }, says),
    remove: () => stacks.remove(stack),
    /** The requests of an operation that has ended, or the first of one that has not. */
    async requests(atLeast = 0): Promise<readonly Request[]> {
      do seen.push(...((await stacks.requests()) as unknown as Request[]));
      while (seen.length < atLeast);
      return seen.splice(0);
    },
  };
}

/** How an operation ended, and why resources failed. */
export const ended = ({ status, failures }: Deployed): readonly string[] => [status, ...failures];

const given = ({ ServiceToken: _, ...properties }: Request["ResourceProperties"]): string =>
  JSON.stringify(Object.fromEntries(Object.entries(properties).filter(([name]) => !name.startsWith("Answer"))));

/** `Update Web a {"Size":"2"} was {"Size":"1"}` */
export const shown = (requests: readonly Request[]): readonly string[] =>
  requests.map((one) => {
    if (one.statuses) return `S3: ${one.statuses.join(" ")}`;
    const { RequestType, LogicalResourceId, PhysicalResourceId = "", OldResourceProperties: old } = one;
    const words = [RequestType, LogicalResourceId, PhysicalResourceId, given(one.ResourceProperties)];
    return [...words, ...(old ? ["was", given(old)] : [])].filter(Boolean).join(" ");
  });

/** What the resources of a stack were told. */
export const told = async ({ requests }: Stage) => shown(await requests());

/** A role of a stack, which needs no function. */
export const role = (RoleName: string, more: object = {}) => ({
  Type: "AWS::IAM::Role",
  Properties: { RoleName, AssumeRolePolicyDocument: { Version: "2012-10-17", Statement: [] } },
  ...more,
});

const linked = (source: Source): string => {
  if ("inferred" in source) return `inferred: ${source.inferred}`;
  const [kind, url] = "page" in source ? ["AWS", source.page] : ["report", source.report];
  return `[${kind}](${url})`;
};

/** Each story has a stack of its own, whose name does not show. */
export const storyCase = ({ name, story, source, tell, known }: Story, at: number): Case => ({
  ...{ name, known, request: `${story} (${linked(source)})` },
  async ask(side): Promise<Answer> {
    const stage = stageOf(side, `story${at}`);
    // What the story before left.
    await stage.requests();
    try {
      const told = (await tell(stage)).flat();
      return { status: 200, reason: "", message: told.join("\n").replaceAll(stage.stack, "web") };
    } catch (error) {
      const { name: reason, message, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
      if (!$metadata) throw error;
      const status = $metadata.httpStatusCode ?? expect.fail(message);
      return { status, reason, message: message.replaceAll(stage.stack, "web") };
    }
  },
});

import { CloudWatchLogsClient, CreateLogGroupCommand } from "@aws-sdk/client-cloudwatch-logs";
import { describe, expect, test, vi } from "vitest";
import { logs } from "../../../src/core/aws/logs.ts";
import { follow } from "../../../src/core/log.ts";
import { useSandbox } from "../sandbox/support.ts";

const { sandbox, client, administrator } = useSandbox();
const group = "/aws/lambda/web";

async function port() {
  await new CloudWatchLogsClient(client()).send(new CreateLogGroupCommand({ logGroupName: group }));
  vi.stubEnv("AWS_ENDPOINT_URL", sandbox().env.AWS_ENDPOINT_URL);
  return logs({ region: sandbox().region, credentials: async () => administrator() });
}
const write = (...lines: readonly string[]) => sandbox().logFunction("web", lines.join("\n"));

/** Writes a line whose event is so many seconds old. */
function writeLate(line: string, seconds: number): void {
  sandbox().faults.clockSkewMs = -1000 * seconds;
  write(line);
  sandbox().faults.clockSkewMs = 0;
}

async function messages(events: AsyncIterable<{ readonly message: string }>): Promise<readonly string[]> {
  const all: string[] = [];
  for await (const { message } of events) all.push(message.trimEnd());
  return all;
}

describe("the events of a log group", () => {
  test("are read page after page", async () => {
    const all = Array.from({ length: 10_001 }, (_, n) => `line ${n}`);
    const { events } = await port();
    write(...all);
    expect(await messages(events(group, 0))).toEqual(all);
  });

  test("are read from a time on", async () => {
    const { events } = await port();
    writeLate("old", 60);
    write("new");
    expect(await messages(events(group, Date.now() - 30_000))).toEqual(["new"]);
  });

  test("of a group that does not exist throw LogGroupNotFound", async () => {
    const { events } = await port();
    await expect(messages(events("/aws/lambda/none", 0))).rejects.toMatchObject({ code: "LogGroupNotFound" });
  });
});

test("following yields each event once, in later polls too, and events that arrive late", async () => {
  const open = await port();
  write("first");
  const polls = [() => write("second"), () => {}, () => writeLate("late", 10), () => write("last")];
  const clock = { sleep: async () => polls.shift()?.() };
  const all: string[] = [];
  for await (const { message } of follow(open, { group, since: 0 }, clock)) {
    all.push(message.trimEnd());
    if (message.startsWith("last")) break;
  }
  expect(all).toEqual(["first", "second", "late", "last"]);
});

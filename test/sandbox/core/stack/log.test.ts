import { CloudWatchLogsClient, CreateLogGroupCommand } from "@aws-sdk/client-cloudwatch-logs";
import { describe, expect, test, vi } from "vitest";
import { type LogEvent, logs } from "../../../../src/core/aws/logs.ts";
import { follow, past } from "../../../../src/core/stack/log.ts";
import { useSandbox } from "../../support/sandbox.ts";

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

test("following begins with the last events that there are, and filters all", async () => {
  const open = await port();
  write("1", "2", "skipped", "3");
  const polls = [() => write("4", "skipped", "5")];
  const clock = { sleep: async () => polls.shift()?.() };
  const isWanted = ({ message }: LogEvent) => !message.startsWith("skipped");
  const all: string[] = [];
  for await (const { message } of follow(open, { group, since: 0, tail: 2, isWanted }, clock)) {
    all.push(message.trimEnd());
    if (message.startsWith("5")) break;
  }
  expect(all).toEqual(["2", "3", "4", "5"]);
  expect(await messages(past(open, { group, since: 0, tail: 3, isWanted }))).toEqual(["3", "4", "5"]);
  expect(await messages(past(open, { group, since: 0, tail: 100 }))).toHaveLength(7);
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

/** A log group to which events come between polls, each with its number as message. */
function storeOf(...arrivals: readonly (readonly Omit<LogEvent, "id" | "message">[])[]) {
  const later = [...arrivals];
  const held: LogEvent[] = [];
  const arrive = (): void => {
    for (const one of later.shift() ?? []) held.push({ ...one, id: `${held.length}`, message: `${held.length}` });
  };
  arrive();
  return {
    clock: { sleep: async () => arrive() },
    events: async function* (_: string, since: number) {
      yield* held.filter(({ time }) => time >= since).sort((one, other) => one.time - other.time);
    },
  };
}

/** The first messages. */
async function followed(store: ReturnType<typeof storeOf>, count: number): Promise<readonly string[]> {
  const all: string[] = [];
  for await (const { message } of follow(store, { group, since: 0 }, store.clock)) {
    all.push(message);
    if (all.length === count) break;
  }
  return all;
}

test("following yields more events than a call takes arguments", async () => {
  const many = Array.from({ length: 200_000 }, (_, at) => ({ time: at, arrived: at }));
  const last = { time: 200_000, arrived: 200_000 };
  expect((await followed(storeOf(many, [last]), 200_001)).at(-1)).toBe("200000");
});

test("an event that is dated ahead hides no later one", async () => {
  const ahead = { time: 7_200_000, arrived: 1_000 };
  const [next, last] = [60_000, 120_000].map((time) => [{ time, arrived: time }]);
  expect(await followed(storeOf([ahead], next ?? [], last ?? []), 3)).toEqual(["0", "1", "2"]);
});

/** Invocations of a function. */
import type { Case, Group } from "../case.ts";
import { until } from "../people.ts";
import type { Side } from "../side.ts";
import { type AwsCall, named, send } from "./call.ts";
import { type AwsCase, after, awsCase, lambda } from "./case.ts";
import { deployAll } from "./prepare.ts";

const cases: readonly AwsCase[] = [
  {
    name: "a function's configuration",
    call: lambda("GET", "made/configuration"),
    shows: ["FunctionName", "Runtime", "Role"],
  },
  { name: "an unknown function's configuration", call: lambda("GET", "none/configuration") },
  { name: "invoke", call: lambda("POST", "made/invocations", '{"a":1}'), shows: ["a", "x-amz-function-error"] },
  {
    name: "invoke by ARN",
    call: lambda("POST", "arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Amade/invocations", '{"a":2}'),
    shows: ["a"],
  },
  { name: "invoke without an event", call: lambda("POST", "made/invocations", ""), shows: ["event"] },
  {
    name: "the context that a function gets",
    call: lambda("POST", "made/invocations", '{"context":true}'),
    shows: ["functionName", "functionVersion", "memoryLimitInMB", "logGroupName", "stream", "left"],
  },
  { name: "invoke an unknown function", call: lambda("POST", "none/invocations", "{}") },
  {
    known: "the parsers' messages end differently",
    name: "invoke with a body that is not JSON",
    call: lambda("POST", "made/invocations", "{"),
  },
  { name: "invoke with more than 6 MiB", call: lambda("POST", "made/invocations", `"${"x".repeat(6_291_456)}"`) },
  {
    name: "invoke later",
    call: lambda("POST", "made/invocations", "{}", { "x-amz-invocation-type": "Event" }),
    shows: [],
  },
  {
    name: "a function that throws",
    call: lambda("POST", "made/invocations", '{"fail":true}'),
    shows: ["x-amz-function-error", "errorType", "errorMessage"],
  },
  {
    name: "a function that takes too long",
    call: lambda("POST", "drifted/invocations", '{"hang":true}'),
    shows: ["x-amz-function-error", "errorType", "errorMessage"],
  },
  {
    name: "a function that ends its process",
    call: lambda("POST", "made/invocations", '{"exit":true}'),
    shows: ["x-amz-function-error", "errorType", "errorMessage"],
  },
];

const ofEvents = (method: AwsCall["method"], name: string, body?: object): AwsCall => ({
  ...lambda(method, "", body && JSON.stringify(body)),
  path: `/2019-09-25/functions/${name}/event-invoke-config`,
});
const numbers = ["MaximumEventAgeInSeconds", "MaximumRetryAttempts"];

const events: readonly AwsCase[] = [
  { name: "the EventInvokeConfig of a function that has none", call: ofEvents("GET", "made") },
  { name: "that of an unknown function", call: ofEvents("GET", "none") },
  { name: "put one", call: ofEvents("PUT", "made", { MaximumEventAgeInSeconds: 300 }), shows: numbers },
  { name: "replace it", call: ofEvents("PUT", "made", { MaximumRetryAttempts: 0 }), shows: numbers },
  { name: "get it", call: ofEvents("GET", "made"), shows: numbers },
  { name: "delete it", call: ofEvents("DELETE", "made") },
  { name: "delete it again", call: ofEvents("DELETE", "made") },
];

const configuration: AwsCase = {
  name: "the state of an active function",
  call: lambda("GET", "made/configuration"),
  shows: ["State"],
};
const invocation: AwsCase = { name: "", call: lambda("POST", "made/invocations", '{"a":1}'), shows: ["a"] };

const idle = ({ backend }: Side) => backend.faults.idle("made");
const failed = ({ backend }: Side) => backend.faults.failFunction("made");
const withoutRole = ({ backend }: Side) => backend.remove("AWS::IAM::Role", "made");
const withNewRole = ({ backend }: Side) => backend.assumeRole("made");
const active = (side: Side) =>
  until("it is active", async () => named((await send(side, configuration.call)).text, "State") === "Active");

const states: readonly Case[] = [
  awsCase(configuration),
  after("the state of an idle function", idle, configuration),
  after("invoke an idle function", () => {}, invocation),
  after("the state after that", () => {}, configuration),
  after("invoke it while it is pending", () => {}, invocation),
  after("invoke it when it is active", active, invocation),
  after("invoke a function whose role is gone", withoutRole, invocation),
  after("invoke a function whose role was made again", withNewRole, invocation),
  after("the state of a failed function", failed, configuration),
  after("invoke a failed function", () => {}, invocation),
];

export const functions: Group = {
  title: "AWS: Lambda",
  intro: "A function with a timeout of one second.",
  prepare: deployAll,
  cases: [...cases.map(awsCase), ...events.map(awsCase), ...states],
};

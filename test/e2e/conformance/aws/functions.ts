/** A function, called. */
import type { Group } from "../case.ts";
import { type AwsCase, awsCase, lambda } from "./case.ts";
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
  { name: "invoke an unknown function", call: lambda("POST", "none/invocations", "{}") },
  {
    known: "each parser has words of its own behind these",
    name: "invoke with what is no JSON",
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
    call: lambda("POST", "made/invocations", '{"hang":true}'),
    shows: ["x-amz-function-error", "errorType", "errorMessage"],
  },
  {
    name: "a function that ends its process",
    call: lambda("POST", "made/invocations", '{"exit":true}'),
    shows: ["x-amz-function-error", "errorType", "errorMessage"],
  },
];

export const functions: Group = {
  title: "AWS: Lambda",
  intro: "A function with a timeout of one second.",
  prepare: deployAll,
  cases: cases.map(awsCase),
};

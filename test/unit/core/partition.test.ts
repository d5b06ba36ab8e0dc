import { expect, test } from "vitest";
import { dnsSuffixOf, partitionOf } from "../../../src/core/partition.ts";

test.each([
  ["us-east-1", "aws", "amazonaws.com"],
  ["eu-central-2", "aws", "amazonaws.com"],
  ["mx-central-1", "aws", "amazonaws.com"],
  ["cn-north-1", "aws-cn", "amazonaws.com.cn"],
  ["cn-northwest-1", "aws-cn", "amazonaws.com.cn"],
  ["us-gov-west-1", "aws-us-gov", "amazonaws.com"],
  ["us-iso-east-1", "aws-iso", "c2s.ic.gov"],
  ["us-isob-east-1", "aws-iso-b", "sc2s.sgov.gov"],
  ["eu-isoe-west-1", "aws-iso-e", "cloud.adc-e.uk"],
  ["us-isof-south-1", "aws-iso-f", "csp.hci.ic.gov"],
  ["eusc-de-east-1", "aws-eusc", "amazonaws.eu"],
])("%s is in %s, under %s", (region, name, dnsSuffix) =>
  expect([partitionOf(region), dnsSuffixOf(region)]).toEqual([name, dnsSuffix]),
);

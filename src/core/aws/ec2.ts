/**
 * The network of a function in a VPC. Two calls of EC2's Query API by the parts of the SDK that are here anyway: its
 * client would add 162 kB to the package. See docs/decisions/0036-a-way-out-of-the-vpc.md
 */
import { text } from "node:stream/consumers";
import { Sha256 } from "@smithy/core/checksum";
import { HttpRequest } from "@smithy/core/protocols";
import { SignatureV4 } from "@smithy/signature-v4";
import { dnsSuffixOf } from "../partition.ts";
import { type AwsOptions, call } from "./call.ts";
import { clientOptions } from "./client.ts";
import { childOf, childrenOf, type Element, itemsOf, parseXml, textOf } from "./xml.ts";

export interface RouteTable {
  /** It holds for every subnet that is in no other. */
  readonly isMain: boolean;
  readonly subnetIds: readonly string[];
  /** Where 0.0.0.0/0 leads: `igw-…`, `nat-…`, `tgw-…`. `undefined`: nowhere. */
  readonly gateway: string | undefined;
}

export interface Ec2 {
  routeTables(vpcId: string): Promise<readonly RouteTable[]>;
  /** The inbound rules of a security group that count for IPv4. */
  inboundRules(groupId: string): Promise<number>;
}

interface Place extends AwsOptions {
  readonly region: string;
  /** `AWS_ENDPOINT_URL_EC2` or `AWS_ENDPOINT_URL`, for emulators. */
  readonly endpoint: string | undefined;
}

const version = "2016-11-15";

export function ec2({ endpoint, ...options }: Place): Ec2 {
  const { region } = options;
  const { credentials, requestHandler } = clientOptions(options);
  const signer = new SignatureV4({ credentials, region, service: "ec2", sha256: Sha256 });
  const url = new URL(endpoint ?? `https://ec2.${region}.${dnsSuffixOf(region)}`);

  async function answer(Action: string, parameters: Readonly<Record<string, string>>): Promise<Element> {
    const request = new HttpRequest({
      method: "POST",
      protocol: url.protocol,
      hostname: url.hostname,
      path: "/",
      ...(url.port && { port: Number(url.port) }),
      headers: { host: url.host, "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({ Action, Version: version, ...parameters }).toString(),
    });
    const { response } = await requestHandler.handle((await signer.sign(request)) as HttpRequest);
    const found = parseXml(await text(response.body));
    if (response.statusCode < 300) return found;
    const error = childOf(childOf(found, "Errors"), "Error");
    throw Object.assign(new Error(textOf(error, "Message")), {
      name: textOf(error, "Code") || "Unknown",
      $metadata: { httpStatusCode: response.statusCode },
    });
  }

  return {
    async routeTables(vpcId) {
      const filter = { "Filter.1.Name": "vpc-id", "Filter.1.Value.1": vpcId };
      const found = await call("ec2:DescribeRouteTables", answer("DescribeRouteTables", filter));
      return itemsOf(found, "routeTableSet").map(readTable);
    },
    async inboundRules(groupId) {
      const filter = { "Filter.1.Name": "group-id", "Filter.1.Value.1": groupId };
      const found = await call("ec2:DescribeSecurityGroupRules", answer("DescribeSecurityGroupRules", filter));
      return itemsOf(found, "securityGroupRuleSet").filter(
        (rule) => textOf(rule, "isEgress") === "false" && childrenOf(rule, "cidrIpv6").length === 0,
      ).length;
    },
  };
}

function readTable(table: Element): RouteTable {
  const associations = itemsOf(table, "associationSet");
  const route = itemsOf(table, "routeSet").find(
    (one) => textOf(one, "destinationCidrBlock") === "0.0.0.0/0" && textOf(one, "state") !== "blackhole",
  );
  return {
    isMain: associations.some((one) => textOf(one, "main") === "true"),
    subnetIds: associations.map((one) => textOf(one, "subnetId")).filter(Boolean),
    gateway: route?.children.find(({ name, text }) => /(Id|Arn)$/.test(name) && text !== "")?.text,
  };
}

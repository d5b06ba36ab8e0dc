/** The function in a VPC, and the source address of its calls. */
import { expect } from "vitest";
import { stackStatus } from "./support/aws.ts";
import { test, type World } from "./support/world.ts";

const subnets = ["subnet-0a", "subnet-0b"];
const network = (endpointPublicAccess: boolean, endpointPrivateAccess: boolean, publicAccessCidrs: string[]) => ({
  resourcesVpcConfig: {
    ...{ endpointPublicAccess, endpointPrivateAccess, publicAccessCidrs },
    ...{ vpcId: "vpc-0a", subnetIds: subnets },
  },
});
const office = ["203.0.113.0/24"];
const setup = "setup --yes --no-kubeconfig";

const warnings = (shown: string) => shown.match(/(?<=^ {6}warning: ).*$/gm) ?? [];
const planned = async ({ run }: World, command: string) => {
  const { exit, stdout, stderr } = await run(command);
  expect(exit, stderr).toBe(0);
  const shown = stdout + stderr;
  return { stack: / [-+~=] stack .*$/m.exec(shown)?.[0] ?? "", warnings: warnings(shown), stderr: shown };
};

test.beforeEach(async ({ world }) => world.fresh());

test("with a restricted public endpoint, the plan names the address to allow", async ({ world }) => {
  await world.backend.describe(world.names.cluster, network(true, false, office));
  const { stack, warnings } = await planned(world, `${setup} --dry-run`);
  expect(stack).toContain("in vpc-0a: the endpoint admits only 203.0.113.0/24");
  expect(warnings).toEqual([
    "the endpoint admits only 203.0.113.0/24, and has no private side: the function calls from the address of its subnets' NAT gateway, which must be among them: aws ec2 describe-nat-gateways --filter Name=vpc-id,Values=vpc-0a --query 'NatGateways[].NatGatewayAddresses[].PublicIp'. Or enable the private endpoint",
  ]);
});

test("subnets that lead to an internet gateway are left out, and a full security group is told", async ({ world }) => {
  const { resourcesVpcConfig } = network(true, false, office);
  const group = { groupId: "sg-0a0a0a0a", inboundRules: 58 };
  await world.backend.network({ vpcId: "vpc-0a", main: "nat-0a", gateways: { "subnet-0b": "igw-0a" }, ...group });
  await world.backend.describe(world.names.cluster, {
    resourcesVpcConfig: { ...resourcesVpcConfig, clusterSecurityGroupId: group.groupId },
  });
  const { stack, warnings } = await planned(world, `${setup} --dry-run`);
  expect(stack).toContain("203.0.113.0/24; subnet-0b left out, without a way to it");
  expect(warnings.slice(1)).toEqual([
    expect.stringMatching(/^the cluster's security group sg-0a0a0a0a has 58 inbound rules, the function adds one/),
  ]);
  const chosen = await planned(world, `${setup} --dry-run --subnet-ids subnet-0b --security-group-ids sg-0a`);
  expect(chosen.warnings.slice(1)).toEqual([expect.stringMatching(/^subnet-0b has no route .*--subnet-ids subnet-0a/)]);
  world.backend.faults.forbid("ec2:DescribeRouteTables");
  const unknown = await planned(world, `${setup} --dry-run --security-group-ids sg-0a`);
  expect(unknown.stack).toContain("in vpc-0a: the endpoint admits only 203.0.113.0/24");
  expect(unknown.warnings.slice(1)).toEqual([
    expect.stringMatching(/^could not check whether .*: the caller may not call ec2:DescribeRouteTables: /),
  ]);
});

test.for([
  ["the same with a private side", true, true, office],
  ["a private endpoint", false, true, []],
] as const)("%s: the function is in the VPC, and needs nothing else", async ([, pub, priv, cidrs], { world }) => {
  await world.backend.describe(world.names.cluster, network(pub, priv, [...cidrs]));
  const { stack, warnings } = await planned(world, `${setup} --dry-run`);
  expect(stack).toContain("in vpc-0a: the endpoint ");
  expect(warnings).toEqual([]);
});

test("--subnet-ids none keeps the function outside of the VPC until it is reverted", async ({ world }) => {
  const { backend, names } = world;
  await backend.describe(names.cluster, network(true, false, office));
  const first = await planned(world, `${setup} --subnet-ids none`);
  expect(first.stack).not.toContain("vpc");
  expect(first.warnings).toEqual([
    "the endpoint admits only 203.0.113.0/24, and outside of a VPC the function calls from any address of Lambda's: allow 0.0.0.0/0, or run it in the VPC with --subnet-ids ''",
  ]);
  expect((await planned(world, setup)).stack).toMatch(/= stack .* unchanged$/);
  const back = await planned(world, `${setup} --dry-run --subnet-ids '' --security-group-ids sg-0a`);
  expect(back.stderr).toContain("      - subnet-ids: none\n");
  expect(back.stderr).toContain("      + subnet-ids: subnet-0a,subnet-0b\n");
});

test("after a cluster is recreated in another VPC, the old subnets and security groups are removed", async ({
  world,
}) => {
  const { backend, names } = world;
  const { resourcesVpcConfig } = network(true, false, ["0.0.0.0/0"]);
  await backend.describe(names.cluster, { resourcesVpcConfig });
  await planned(world, `${setup} --subnet-ids subnet-0a --security-group-ids sg-0a`);
  const moved = { ...resourcesVpcConfig, vpcId: "vpc-0b", subnetIds: ["subnet-0c"] };
  await backend.describe(names.cluster, { resourcesVpcConfig: moved });
  const { stack, stderr } = await planned(world, setup);
  expect(stack).toContain("the cluster is in vpc-0b now");
  for (const change of ["- subnet-ids: subnet-0a", "+ subnet-ids: subnet-0c", "- security-group-ids: sg-0a"])
    expect(stderr).toContain(`      ${change}\n`);
  expect((await planned(world, setup)).stack).toMatch(/= stack .* unchanged$/);
});

test("a subnet in which EKS finds too few addresses is named in the plan", async ({ world }) => {
  const full = { code: "InsufficientFreeAddresses", message: "not enough free addresses", resourceIds: ["subnet-0b"] };
  await world.backend.describe(world.names.cluster, { ...network(false, true, []), health: { issues: [full] } });
  const { warnings } = await planned(world, `${setup} --dry-run`);
  expect(warnings).toEqual([
    "EKS finds too few free IP addresses in subnet-0b, and the function needs one in each of its subnets: free some, or choose others with --subnet-ids; see how many are left: aws ec2 describe-subnets --subnet-ids subnet-0b --query 'Subnets[].[SubnetId,AvailableIpAddressCount]' --output text",
  ]);
  expect(await planned(world, `${setup} --dry-run --subnet-ids subnet-0a`)).toMatchObject({ warnings: [] });
  const elsewhere = await planned(world, `${setup} --dry-run --region ${world.names.region}`);
  expect(elsewhere.warnings).toEqual([
    expect.stringContaining(`aws ec2 describe-subnets --region ${world.names.region} --subnet-ids subnet-0b`),
  ]);
});

test("a subnet without free addresses: the refusal names the subnets, and the command that shows what they have left", async ({
  world,
}) => {
  const { backend, names, run } = world;
  backend.faults.fullSubnet("subnet-0b");
  const { exit, stderr } = await run(`${setup} --subnet-ids subnet-0a,subnet-0b --security-group-ids sg-0a`);
  expect(exit).toBe(1);
  expect(stderr).toMatch(
    /Function \(AWS::Lambda::Function\): .* subnets has no available IP addresses\..* \(StackFailed\)$/m,
  );
  expect(stderr).toContain(
    "hint  choose subnets with free addresses with --subnet-ids; these have: aws ec2 describe-subnets --subnet-ids subnet-0a subnet-0b --query 'Subnets[].[SubnetId,AvailableIpAddressCount]' --output text\n",
  );
  expect(await stackStatus(backend, names.stack)).toBeUndefined();
  await planned(world, `${setup} --subnet-ids subnet-0a --security-group-ids sg-0a`);
});

test("teardown says that deleting network interfaces takes time", async ({ world }) => {
  await planned(world, `${setup} --subnet-ids subnet-0a --security-group-ids sg-0a`);
  const { warnings } = await planned(world, "teardown --yes --no-kubeconfig");
  expect(warnings).toEqual([
    "the function is in a VPC: Lambda can take 20 minutes to delete its network interfaces, and the stack waits for that",
  ]);
});

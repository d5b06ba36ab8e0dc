/** The links that `doctor` checks, in the order of its output. To add one, write its file and add it here. */
import { caller } from "./caller.ts";
import { cluster } from "./cluster.ts";
import { credentials } from "./credentials.ts";
import { deployedFunction } from "./deployed-function.ts";
import { endpoint } from "./endpoint.ts";
import type { Link } from "./link.ts";
import { mapping } from "./mapping.ts";
import { rbac } from "./rbac.ts";
import { stack } from "./stack.ts";
import { token } from "./token.ts";
import { view } from "./view.ts";

export const links: readonly Link[] = [
  credentials,
  cluster,
  endpoint,
  token,
  caller,
  stack,
  mapping,
  rbac,
  deployedFunction,
  view,
];

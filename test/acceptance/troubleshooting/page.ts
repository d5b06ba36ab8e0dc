/** docs/troubleshooting.md: a section for each refusal, from what was seen when it was made. */
import type { Refusal } from "./refusal.ts";
import { everywhere } from "./refusals/index.ts";

export interface Seen {
  readonly command: string;
  readonly said: string;
  /** The first broken link; empty: none is. */
  readonly doctor: string;
}

const intro = `# Troubleshooting

Each error ends with its code in parentheses: look it up here, by the command
that you ran. On a terminal with links, the code links to its section
of this page. A test produced everything here: it broke one thing on purpose, ran the command, then asked
\`eks-lambda doctor\`; the page is generated from what they said.

\`eks-lambda doctor\` follows the chain from your credentials to the function's own view of the cluster and names the first
link that is broken. \`--json\` gives all links as data; it exits with 1 when one is broken.
`;

const title = ({ when }: Refusal): string => `#### When ${when}`;

/** Without its heading of the code, which several share. */
export const section = (refusal: Refusal, { command, said, doctor }: Seen): string =>
  `${title(refusal)}

${fenced(`$ ${command}\n${said}`)}

**Why**: ${refusal.why}

**Fix**: ${refusal.fix}

**doctor says**:${verdict(refusal, doctor)}
`;

function verdict({ code, doctor: expected }: Refusal, doctor: string): string {
  if (doctor === "") return " nothing is broken, from your credentials to the function's own view.";
  if (expected === "stack NotSetUp" && code !== "NotSetUp")
    return " nothing is broken, and nothing is set up yet (NotSetUp).";
  return `\n\n${fenced(doctor)}`;
}

const fenced = (text: string): string => `\`\`\`\n${text.trimEnd()}\n\`\`\``;

/** The section of a refusal in a page, or nothing. */
export function sectionIn(page: string, refusal: Refusal): string {
  const start = page.indexOf(`${title(refusal)}\n`);
  if (start < 0) return "";
  const end = page.slice(start + 1).search(/\n(##|<a )/);
  return page.slice(start, end < 0 ? undefined : start + 1 + end);
}

/** The code that doctor gives, of `stack NotSetUp`. */
const doctorsCode = ({ doctor }: Refusal): string => doctor.split(" ").at(-1) ?? "";

/** The groups of the page, in its order. */
const places = [
  ...["Every command", "setup", "teardown", "invoke", "logs", "list", "doctor", "grant", "revoke", "export"],
  ...["permissions", "aws-auth", "token", "sandbox", "smoke", "CloudFormation", "Terraform"],
];

/** Where a reader looks for a refusal: at the command that showed it, or first if every command does. */
function placeOf({ code }: Refusal, section: string): string {
  if (everywhere.includes(code)) return "Every command";
  if (/^\$ aws .*"tf":/m.test(section)) return "Terraform";
  if (/^\$ aws /m.test(section)) return "CloudFormation";
  const [, command = ""] = /^\$ (?:… \| )?eks-lambda ([a-z-]+)/m.exec(section) ?? [];
  if (!places.includes(command)) throw new Error(`${code}: the page has no group "${command}"`);
  return command;
}

const anchorOf = (title: string): string => title.toLowerCase().replaceAll(" ", "-");
const linkTo = (title: string): string => `[${title}](#${anchorOf(title)})`;

/**
 * The whole page, by command: an index, and each code once, where the first command shows it. A refusal without a section
 * is left out. A code that only doctor gives has an anchor where it first does.
 */
export function pageOf(refusals: readonly Refusal[], sectionOf: (refusal: Refusal) => string): string {
  const all = refusals
    .map((refusal) => ({ ...refusal, section: sectionOf(refusal) }))
    .filter(({ section }) => section !== "")
    .map((refusal) => ({ ...refusal, place: placeOf(refusal, refusal.section) }))
    .toSorted((one, other) => places.indexOf(one.place) - places.indexOf(other.place));
  const unknown = everywhere.filter((code) => !refusals.some((one) => one.code === code));
  if (unknown.length > 0) throw new Error(`no refusal has the code ${unknown.join(", ")}`);
  const found = new Set(["sound", ...all.map(({ code }) => code)]);
  const shown: (readonly [place: string, code: string])[] = all.map(({ place, code }) => [place, code]);
  const anchored = (refusal: (typeof all)[number]): string => {
    const code = doctorsCode(refusal);
    if (found.has(code)) return refusal.section;
    found.add(code);
    shown.push(["doctor", code]);
    return `<a id="${code.toLowerCase()}"></a>\n\n${refusal.section}`;
  };
  const ofCode = (code: string) => all.filter((one) => one.code === code);
  const firstOf = (place: string) =>
    [...new Set(all.map(({ code }) => code))].filter((code) => ofCode(code)[0]?.place === place);
  const groups = places.flatMap((place) => {
    const parts = firstOf(place).map((code) => `### ${code}\n\n${ofCode(code).map(anchored).join("\n")}`);
    return parts.length === 0 ? [] : [`## ${place}\n`, ...parts];
  });
  const index = places.flatMap((place) => {
    const codes = [...new Set(shown.filter(([of]) => of === place).map(([, code]) => code))].toSorted();
    return codes.length === 0 ? [] : [`**${place}**: ${codes.map(linkTo).join(" ·\n")}\n`];
  });
  return [intro, ...index, ...groups].join("\n");
}

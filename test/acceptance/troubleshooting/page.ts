/** docs/troubleshooting.md: a section for each refusal, from what was seen when it was made. */
import type { Refusal } from "./refusal.ts";

export interface Seen {
  readonly command: string;
  readonly said: string;
  /** The first broken link; empty: none is. */
  readonly doctor: string;
}

const intro = `# Troubleshooting

Each error ends with its code in parentheses: look it up here. On a terminal with links, the code links to its section
of this page. A test produced everything here: it broke one thing on purpose, ran the command, then asked
\`eks-lambda doctor\`; the page is generated from what they said.

\`eks-lambda doctor\` follows the chain from your credentials to the function's own view of the cluster and names the first
link that is broken. \`--json\` gives all links as data; it exits with 1 when one is broken.
`;

const title = ({ when }: Refusal): string => `### When ${when}`;

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

/** The whole page; a refusal without a section is left out. A code that doctor alone gives is found where it first does. */
export function pageOf(refusals: readonly Refusal[], sectionOf: (refusal: Refusal) => string): string {
  const codes = [...new Set(refusals.map(({ code }) => code))];
  const found = new Set([...codes, "sound"]);
  const anchored = (refusal: Refusal): string => {
    const code = doctorsCode(refusal);
    const anchor = found.has(code) ? "" : `<a id="${code.toLowerCase()}"></a>\n\n`;
    found.add(code);
    return anchor + sectionOf(refusal);
  };
  const ofCode = (one: string) => refusals.filter(({ code }) => code === one);
  const parts = codes.map((code) => `## ${code}\n\n${ofCode(code).map(anchored).join("\n")}`);
  found.delete("sound");
  const index = [...found].map((code) => `[${code}](#${code.toLowerCase()})`).join(" ·\n");
  return [intro, `${index}\n`, ...parts].join("\n");
}

/**
 * Records a session in the sandbox as an animated SVG: `npm run record` writes docs/demo.svg. It needs tmux, which is
 * the terminal: the commands are typed into it, and its screen is read until they have ended.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** As many as a plan needs to have one line for each change. */
const columns = 110;
/** The height of the picture. The session scrolls in it. */
const rows = 25;
const [fontSize, lineHeight, charWidth, margin] = [13, 18, 7.83, 12];
/** Between two keys. */
const keyMs = 70;
/** Longer waits are cut to this length. */
const longestPauseMs = 1_200;
/** How long the last screen stays. */
const restMs = 4_000;

/** What is typed, and what the screen shows when it is time to go on. */
const session = [
  ["eks-lambda setup", /apply these changes\? \[y\/N\]$/],
  ["y", /^undo .*\n\(sandbox\) \$$/m],
  ["eks-lambda invoke", /^see it with.*\n\(sandbox\) \$$/m],
  ["eks-lambda list", /2\/2 ready\n\(sandbox\) \$$/],
];

const folder = mkdtempSync(join(tmpdir(), "eks-lambda-record-"));
const tmux = (...args) =>
  execFileSync("tmux", ["-S", join(folder, "socket"), "-f", "/dev/null", ...args], { encoding: "utf8" });
const screen = (...flags) =>
  tmux("capture-pane", "-p", "-N", ...flags)
    .replace(/\s+$/, "")
    .split("\n");
const plain = () => screen().map((line) => line.trimEnd());

/** Returns the lines of the session, each with when it appeared, and when its typed characters did. */
async function recorded() {
  writeFileSync(join(folder, ".bashrc"), "PS1='$ '\n");
  const env = { PATH: process.env.PATH, HOME: folder, SHELL: "/bin/bash", TERM: "xterm-256color", COLORTERM: "" };
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const sandbox = ["env", "-i", ...variables, process.execPath, resolve("bin/eks-lambda.cjs"), "sandbox"];
  tmux("new-session", "-d", "-x", String(columns), "-y", "80", ...sandbox);
  await shown(/^\(sandbox\) \$$/m);
  tmux("send-keys", "unset KUBECONFIG; clear", "Enter");
  await shown(/^\(sandbox\) \$$/);
  const start = performance.now();
  /** Of each line, its text, when it was first seen, and when it last changed. */
  const seen = [];
  const typed = [];
  const watch = () => {
    const at = performance.now() - start;
    for (const [number, text] of plain().entries())
      if (seen[number]?.text !== text) seen[number] = { text, at, first: seen[number]?.first ?? at };
  };
  const until = async (pattern) => {
    do {
      await sleep(40);
      watch();
    } while (!pattern.test(plain().join("\n")));
  };
  watch();
  for (const [text, next] of session) {
    await sleep(700);
    const number = plain().length - 1;
    const column = plain()[number].length + 1;
    typed.push({ number, column, length: text.length, at: performance.now() - start });
    for (const key of text) {
      tmux("send-keys", "-l", key);
      await sleep(keyMs);
      watch();
    }
    tmux("send-keys", "Enter");
    await until(next);
  }
  const coloured = screen("-e");
  coloured.pop(); // The prompt after the last command.
  return coloured.map((text, number) => {
    const own = typed.find((one) => one.number === number);
    const { first = 0, at = 0 } = seen[number] ?? {};
    return { text: withHome(text), at: own ? Math.min(first, own.at) : at, typed: own };
  });
}

/** `~` for the home folder, which is a temporary one. Columns behind it stay where they are. */
const withHome = (text) =>
  text.replace(
    new RegExp(`${folder}(\\S*)( *)`, "g"),
    (_, path, gap) => `~${path}${gap.length < 2 ? gap : gap.padEnd(gap.length + folder.length - 1)}`,
  );

async function shown(pattern) {
  while (!pattern.test(plain().join("\n"))) await sleep(50);
}

/** Shortens long waits, and makes later lines appear no sooner than earlier ones. */
function paced(lines) {
  const times = [...new Set(lines.flatMap(({ at, typed }) => [at, ...(typed ? [typed.at] : [])]))].sort(
    (a, b) => a - b,
  );
  const shift = new Map();
  let [cut, last] = [0, 0];
  for (const time of times) {
    const typing = lines.find(({ typed }) => typed && typed.at <= last && time > typed.at);
    const allowed = longestPauseMs + (typing && last === typing.typed.at ? typing.typed.length * keyMs : 0);
    cut += Math.max(0, time - last - allowed);
    last = time;
    shift.set(time, time - cut);
  }
  let latest = 0;
  return lines.map(({ text, at, typed }) => {
    latest = Math.max(latest, shift.get(at));
    return { text, at: latest, typed: typed && { ...typed, at: shift.get(typed.at) } };
  });
}

const colours = { 31: "#ff7b72", 32: "#7ee787", 33: "#e3b341", 36: "#79c0ff" };
const escaped = (text) => text.replace(/[&<>]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[c]);

/** In tmux's text, a style goes on in the next line. */
const style = { fill: "", weight: "", opacity: "" };

/** The characters of a line, each with its style: tmux tells a style by SGR sequences. */
function cells(text) {
  const all = [];
  // biome-ignore lint/suspicious/noControlCharactersInRegex: SGR sequences begin with it
  for (const part of text.split(/(\u001b\[[\d;]*m)/)) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: as above
    const codes = /^\u001b\[([\d;]*)m$/.exec(part)?.[1];
    if (codes === undefined) for (const char of part) all.push({ char, ...style });
    else
      for (const code of codes.split(";")) {
        if (code === "" || code === "0") Object.assign(style, { fill: "", weight: "", opacity: "" });
        else if (code === "1") style.weight = ' font-weight="bold"';
        else if (code === "2") style.opacity = ' fill="#9198a1"';
        else if (code === "22") Object.assign(style, { weight: "", opacity: "" });
        else if (code === "39") style.fill = "";
        else if (colours[code]) style.fill = ` fill="${colours[code]}"`;
      }
  }
  return all;
}

const styleOf = ({ fill, weight, opacity }) => `${fill || opacity}${weight}`;

function spans(all) {
  const runs = [];
  for (const cell of all) {
    if (runs.length > 0 && styleOf(runs.at(-1)) === styleOf(cell)) runs.at(-1).char += cell.char;
    else runs.push({ ...cell });
  }
  return runs.map((run) => `<tspan${styleOf(run)}>${escaped(run.char)}</tspan>`).join("");
}

function svg(lines) {
  const total = lines.at(-1).at + restMs;
  const percent = (at) => ((at / total) * 100).toFixed(2);
  const appearing = (name, at) => `@keyframes ${name}{0%{opacity:0}${percent(at)}%{opacity:1}}`;
  // In steps: between two frames, a browser would fade and slide.
  const timing = `${total.toFixed(0)}ms step-end infinite`;
  const frames = [];
  const appear = (name, at) => {
    frames.push(appearing(name, at));
    return ` style="animation:${name} ${timing}"`;
  };
  const drawn = lines.map(({ text, at, typed }, number) => {
    const all = cells(text);
    const before = typed ? all.slice(0, typed.column) : all;
    const keys = typed ? all.slice(typed.column).filter((_, index) => index < typed.length) : [];
    const y = (number + 1) * lineHeight;
    const later = keys.map((key, index) => {
      const x = (margin + (typed.column + index) * charWidth).toFixed(1);
      return `<text xml:space="preserve" x="${x}" y="${y}"${appear(`k${number}-${index}`, typed.at + index * keyMs)}>${escaped(key.char)}</text>`;
    });
    // As wide in each font.
    const width = all.length > 0 ? ` textLength="${(before.length * charWidth).toFixed(1)}"` : "";
    return `<text xml:space="preserve" x="${margin}" y="${y}"${width}${appear(`l${number}`, at)}>${spans(before)}</text>${later.join("")}`;
  });
  // The session scrolls when a line appears below the last row.
  const below = lines.flatMap(({ at }, number) =>
    number < rows ? [] : [{ at, by: (number + 1 - rows) * lineHeight }],
  );
  const steps = below.filter(({ at }, index) => at !== below[index + 1]?.at);
  const scroll = steps.map(({ at, by }) => `${percent(at)}%{transform:translateY(-${by}px)}`);
  const end = steps.at(-1)?.by ?? 0;
  const width = Math.round(columns * charWidth) + 2 * margin;
  const height = rows * lineHeight + 2 * margin;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="A terminal: eks-lambda setup shows its plan, asks and applies it; invoke creates a Deployment; list shows its two replicas">
<style>text{font:${fontSize}px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;fill:#e6edf3}#s{animation:s ${timing}}@keyframes s{0%{transform:translateY(0)}${scroll.join("")}}${frames.join("")}@media(prefers-reduced-motion:reduce){text{animation:none!important}#s{animation:none;transform:translateY(-${end}px)}}</style>
<rect x=".5" y=".5" width="${width - 1}" height="${height - 1}" rx="8" fill="#0d1117" stroke="#3d444d"/>
<clipPath id="c"><rect y="${margin}" width="${width}" height="${rows * lineHeight}"/></clipPath>
<g clip-path="url(#c)"><g id="s"><g transform="translate(0 ${margin - 4})">
${drawn.join("\n")}
</g></g></g>
</svg>
`;
}

try {
  writeFileSync("docs/demo.svg", svg(paced(await recorded())));
} finally {
  tmux("kill-server");
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
}

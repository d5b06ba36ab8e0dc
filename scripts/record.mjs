/** Records the demo as an animated SVG: each line appears when it was printed. `npm run record` writes docs/demo.svg. */
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";

const columns = 110;
const lineHeight = 18;
const charWidth = 8.43;
/** Longer pauses are cut to this length. */
const longestPauseMs = 1_200;
/** How long the last frame stays before the animation restarts. */
const restMs = 6_000;

const colours = { 31: "#ff7b72", 32: "#7ee787", 33: "#e3b341", 36: "#79c0ff", 2: "#8b949e" };

/** Runs the demo and returns its lines, each with the milliseconds at which it appeared. */
async function recorded() {
  const child = spawn("npm", ["run", "--silent", "demo"], {
    env: { ...process.env, FORCE_COLOR: "1", CI: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const start = Date.now();
  const lines = [];
  for (const stream of [child.stdout, child.stderr]) {
    let rest = "";
    stream.setEncoding("utf8").on("data", (chunk) => {
      const parts = (rest + chunk).split("\n");
      rest = parts.pop();
      lines.push(...parts.map((text) => ({ text, at: Date.now() - start })));
    });
  }
  const code = await new Promise((resolve) => child.on("close", resolve));
  if (code !== 0) throw new Error(`the demo ended with ${code}`);
  return lines;
}

const escaped = (text) => text.replace(/[&<>]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[c]);

/** Turns the SGR sequences that the CLI uses into `tspan`s. */
function spans(text) {
  let style = "";
  return (
    text
      .slice(0, columns * 2)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: SGR sequences begin with it
      .split(/(\u001b\[[\d;]*m)/)
      .map((part) => {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: as above
        const code = /^\u001b\[([\d;]*)m$/.exec(part)?.[1];
        if (code === undefined) return part && `<tspan${style}>${escaped(part)}</tspan>`;
        const [number] = code.split(";").slice(-1);
        if (number === "1") style += ' font-weight="bold"';
        else
          style = colours[number]
            ? `${number === "36" && style.includes("bold") ? ' font-weight="bold"' : ""} fill="${colours[number]}"`
            : "";
        return "";
      })
      .join("")
  );
}

/** Shortens long pauses. */
function paced(lines) {
  let shift = 0;
  let last = 0;
  return lines.map(({ text, at }) => {
    shift += Math.max(0, at - last - longestPauseMs);
    last = at;
    return { text, at: at - shift };
  });
}

function svg(lines) {
  const height = (lines.length + 3) * lineHeight;
  const total = lines.at(-1).at + restMs;
  const rows = lines.map(({ text, at }, index) => {
    const begin = ((at / total) * 100).toFixed(2);
    const frames = `@keyframes l${index}{0%,${begin}%{opacity:0}${Math.min(Number(begin) + 0.01, 100)}%,100%{opacity:1}}`;
    const row = `<text x="16" y="${(index + 2) * lineHeight}" xml:space="preserve" style="animation:l${index} ${total}ms infinite">${spans(text)}</text>`;
    return { frames, row };
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${Math.round(columns * charWidth) + 32} ${height}" role="img" aria-label="A terminal: eks-lambda doctor, setup, invoke and setup again, in the sandbox">
<style>text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;fill:#e6edf3}${rows.map(({ frames }) => frames).join("")}@media(prefers-reduced-motion:reduce){text{animation:none!important}}</style>
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
${rows.map(({ row }) => row).join("\n")}
</svg>
`;
}

writeFileSync("docs/demo.svg", svg(paced(await recorded())));

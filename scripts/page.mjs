/** Makes the page about errors one that a browser can show: `docs/troubleshooting.md` as HTML, with a section for each code. */

const escaped = (text) => text.replace(/[&<>]/g, (one) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[one]);

/** Code, bold text and links. */
const inline = (text) =>
  escaped(text)
    .split(/(`[^`]+`)/)
    .map((part) =>
      part.startsWith("`") && part.length > 1
        ? `<code>${part.slice(1, -1)}</code>`
        : part
            .replace(/\*\*(.+?)\*\*/gs, "<strong>$1</strong>")
            .replace(/\[([^\]]+)\]\(([^)]+)\)/g, (_, words, url) => `<a href="${url}">${words}</a>`)
            .replace(/&lt;(\/?a\b[^&]*)&gt;/g, "<$1>"),
    )
    .join("");

function block(text) {
  const fence = /^```\w*\n(.*)\n```$/s.exec(text);
  if (fence) return `<pre>${escaped(fence[1])}</pre>`;
  const [, marks, title] = /^(#+) (.*)$/.exec(text) ?? [];
  if (marks === undefined) return `<p>${inline(text)}</p>`;
  return `<h${marks.length} id="${title
    .toLowerCase()
    .replace(/[^\w ]/g, "")
    .replaceAll(" ", "-")}">${inline(title)}</h${marks.length}>`;
}

const style =
  ":root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}pre,code{font:14px ui-monospace,monospace}pre{white-space:pre-wrap;overflow-wrap:anywhere;border-left:3px solid gray;padding-left:1rem}";

/** `docs`: the folder of the pages that this one links to. */
export function htmlOf(markdown, docs) {
  const blocks = markdown
    .trim()
    .split(/(```\w*\n.*?\n```)|\n{2,}/s)
    .filter((text) => text?.trim());
  const body = blocks.map((text) => block(text.trim())).join("\n");
  const [, title] = /^# (.*)$/m.exec(markdown) ?? [];
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>eks-lambda: ${title}</title>
<style>${style}</style>
${body.replace(/href="([\w-]+\.md)/g, `href="${docs}/$1`)}
</html>
`;
}

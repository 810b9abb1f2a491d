// Reads {css, used} as JSON; writes the style sheet without the rules that nothing uses.

import { text } from "node:stream/consumers";

import * as postcss from "postcss";
import { PurgeCSS } from "purgecss";

const { css, used } = JSON.parse(await text(process.stdin));
const [purged] = await new PurgeCSS().purge({
  content: [{ raw: "", extension: "used" }],
  extractors: [{ extensions: ["used"], extractor: () => used }],
  css: [{ raw: css }],
  keyframes: true,
  variables: true,
});
const sheet = postcss.parse(purged.css);
sheet.walkComments((comment) => {
  if (!comment.text.startsWith("!")) comment.remove(); // a license stays
});
sheet.walk((node) => {
  if (node.type === "comment") return;
  if (node.type === "rule") node.selector = node.selectors.join(",");
  node.raws = { before: "", between: node.type === "decl" ? ":" : "", after: "", afterName: " " };
});
process.stdout.write(sheet.toString());

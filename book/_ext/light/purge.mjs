// Reads {css, used} as JSON; writes the style sheet without the rules that nothing uses.

import { text } from "node:stream/consumers";

import * as postcss from "postcss";
import { PurgeCSS } from "purgecss";

// Scripts name what the theme has and this book has not: versions, announcements.
const ABSENT = [/version-(switcher|warning)/, /announcement/, /list-group/, /pst-(squeeze|expand)/];

const { css, used } = JSON.parse(await text(process.stdin));
const [purged] = await new PurgeCSS().purge({
  content: [{ raw: "", extension: "used" }],
  extractors: [{ extensions: ["used"], extractor: () => used }],
  css: [{ raw: css }],
  blocklist: ABSENT,
  fontFace: true,
  keyframes: true,
  variables: true,
});
const sheet = postcss.parse(purged.css);
sheet.walkComments((comment) => {
  if (!comment.text.startsWith("!")) comment.remove(); // a license stays
});
process.stdout.write(sheet.toString());

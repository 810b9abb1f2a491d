// Reads a script; writes the same without comments and spaces, its own names shortened.

import { text } from "node:stream/consumers";

import { minify } from "terser";

const { code } = await minify(await text(process.stdin), { format: { comments: /^!/ } });
process.stdout.write(code);

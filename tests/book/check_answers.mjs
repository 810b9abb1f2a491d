// Reads {scripts, more, cases} as JSON, runs the scripts as a page does, and writes what they say of
// each case: of a label, and what was typed or chosen. `more` is a script, too, for exercises that no page has.

import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { runInThisContext } from "node:vm";

const { scripts, more, cases } = JSON.parse(await text(process.stdin));
const exercises = {};
globalThis.answers = (page) => Object.assign(exercises, page);
for (const filename of scripts) runInThisContext(readFileSync(filename, "utf8"), { filename });
runInThisContext(more);
const said = cases.map(([label, answer]) => globalThis.checkAnswer(exercises[label], answer));
process.stdout.write(JSON.stringify(said));

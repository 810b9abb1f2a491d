// Says what an answer is worth that was typed or chosen on a page. It is `check_answer` of the
// package over again, for numbers and choices: a test holds both to the same verdicts and words.
{
  const WORDS = "no one two three four five six seven eight nine ten".split(" ");
  const inWords = (count) => WORDS[count] ?? String(count);

  class Unreadable extends Error {}

  // --- what was typed -------------------------------------------------------------------------

  const isBlank = (text) => /^[\s._…?()[\],−–-]*$/.test(text);

  const readNumber = (word) => {
    const decimals = word.split("/");
    const areDecimals = decimals.every((each) => /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(each));
    if (areDecimals && decimals.length === 1) return Number(word);
    if (areDecimals && decimals.length === 2) {
      if (!Number(decimals[1])) throw new Unreadable(`holds “${word}”, which divides by zero`);
      return decimals[0] / decimals[1];
    }
    if (/^nan$/i.test(word)) return NaN;
    if (/^[+-]?(inf|infinity|∞)$/i.test(word)) return word.startsWith("-") ? -Infinity : Infinity;
    throw new Unreadable(`holds “${word}”, which is not a number`);
  };

  // A number, or a list of numbers or lists: with brackets and commas, or without.
  const read = (text) => {
    const words = text
      .replace(/[−–]/g, "-")
      .replace(/\s*\/\s*/g, "/")
      .replace(/[[\](),]/g, " $& ")
      .trim().split(/\s+/);
    const open = [[]];
    for (const word of words) {
      if (word === "[" || word === "(") {
        const list = [];
        open.at(-1).push(list);
        open.push(list);
      } else if (word === "]" || word === ")") {
        open.pop();
        if (!open.length) break;
      } else if (word !== ",") {
        open.at(-1).push(readNumber(word));
      }
    }
    if (open.length !== 1) throw new Unreadable("lacks a bracket, or has one too many");
    return open[0].length === 1 ? open[0][0] : open[0];
  };

  // --- numbers against numbers: outcomes.py ---------------------------------------------------

  const flat = (value) => [value].flat(Infinity);

  // Of an array; nothing of what is none.
  const shapeOf = (value) => {
    if (!Array.isArray(value)) return [];
    const [first, ...others] = value.map(shapeOf);
    if (!first || others.some((shape) => String(shape) !== String(first))) return undefined;
    return [value.length, ...first];
  };

  const tuple = (shape) => `(${shape.join(", ")}${shape.length === 1 ? "," : ""})`;

  // NumPy's isclose; what is infinite has to be just that.
  const isClose = (value, wanted, rtol, atol) =>
    value === wanted
    || (Number.isFinite(wanted) && Math.abs(value - wanted) <= atol + rtol * Math.abs(wanted));

  // How a value differs from the numbers wanted; "" if it does not.
  const difference = (value, wanted, rtol) => {
    const numbers = flat(value);
    const right = flat(wanted);
    const expected = shapeOf(wanted);
    let shape = shapeOf(value);
    if (!shape) return "is a list that does not make an array of numbers";
    if (numbers.length === 1 && right.length === 1) shape = expected;
    if (String(shape) !== String(expected)) {
      const turned = String(shape) === String([...expected].reverse());
      const hint = turned ? ": is a transpose missing, or one too many?" : "";
      return `has shape ${tuple(shape)}; expected shape ${tuple(expected)}${hint}`;
    }
    const atol = 1e-9 * Math.max(0, ...right.filter(Number.isFinite).map(Math.abs));
    const count = numbers.filter((number, i) => !isClose(number, right[i], rtol, atol)).length;
    if (!count) return "";
    const nan = numbers.some(Number.isNaN) ? "; it holds nan" : "";
    if (numbers.length === 1) return `is not right${nan}`;
    if (count === numbers.length) {
      return `has the right shape, but none of its elements is right${nan}`;
    }
    const differ = `of ${inWords(numbers.length)} ${count === 1 ? "differs" : "differ"}`;
    const elements = `${inWords(count)} element${count === 1 ? "" : "s"}`;
    return `has the right shape, but ${elements} ${differ}${nan}`;
  };

  const sentence = (part, text) =>
    `${part || "Your answer"} ${text}${text.endsWith("?") ? "" : "."}`;

  // One sentence for each part that differs; parts that are not expected are free.
  const complaints = (exercise, values, expected) =>
    Object.entries(expected).flatMap(([part, wanted]) => {
      const text = difference(values[part], wanted, exercise.rtol[exercise.parts.indexOf(part)]);
      return text ? [sentence(part, text)] : [];
    });

  // The message of the mistake that asks for the most parts, and then of the first.
  const knownMistake = (exercise, values) => {
    let [most, found] = [-1, ""];
    for (const [wrong, message] of exercise.mistakes) {
      const demands = Object.keys(wrong).length;
      if (demands <= most || complaints(exercise, values, wrong).length) continue;
      [most, found] = [demands, message];
    }
    return found;
  };

  // --- answers: check.py ----------------------------------------------------------------------

  const checkChoice = (exercise, chosen) => {
    if (!chosen) return { kind: "empty", message: "Choose one." };
    if (chosen === exercise.right) return { kind: "right", message: exercise.remark };
    const known = exercise.mistakes[chosen];
    if (known) return { kind: "known", message: known };
    return { kind: "other", message: `Your choice is not right. ${exercise.hint}` };
  };

  // What was typed without brackets may be meant as one number.
  const tip = ({ parts, wanted }, values, texts) =>
    (parts.some((part, i) => flat(wanted[part]).length === 1 && flat(values[part]).length > 1
      && !/[[(]/.test(texts[i]))
      ? "A comma or a space parts the numbers of a list: write 0.5 with a point, and thousands together. "
      : "");

  const checkNumbers = (exercise, texts) => {
    const values = {};
    const missing = [];
    const unreadable = [];
    exercise.parts.forEach((part, i) => {
      try {
        values[part] = isBlank(texts[i]) ? [] : read(texts[i]);
        if (flat(values[part]).every(Number.isNaN)) missing.push(part);
      } catch (error) {
        if (!(error instanceof Unreadable)) throw error;
        unreadable.push([part, error.message]);
      }
    });
    const refused = unreadable.map(([part]) => exercise.parts.indexOf(part));
    if (unreadable.length) {
      const message = unreadable.map(([part, text]) => sentence(part, text)).join(" ");
      return { kind: "unreadable", message, refused };
    }
    if (missing.length) {
      const named = missing.filter(Boolean).join(", ");
      const message = named ? `Fill in: ${named}.` : "Type your answer.";
      return { kind: "empty", message };
    }
    const faults = complaints(exercise, values, exercise.wanted);
    if (!faults.length) return { kind: "right", message: exercise.remark };
    const known = knownMistake(exercise, values);
    if (known) return { kind: "known", message: known };
    return { kind: "other", message: `${faults.join(" ")} ${tip(exercise, values, texts)}${exercise.hint}` };
  };

  // `answer` is what was chosen, or the list of what was typed for each part.
  globalThis.checkAnswer = (exercise, answer) =>
    (exercise.choices ? checkChoice : checkNumbers)(exercise, answer);
}

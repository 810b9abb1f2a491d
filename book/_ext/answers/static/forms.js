// Puts a form, or a button for a function, beside each exercise, and remembers what is solved.
// The page's exercises come from a script that calls `answers`.
globalThis.answers = (exercises) => {
  const VERDICTS = {
    right: ["✓", "Right."],
    known: ["✗", "Not yet."],
    other: ["✗", "Not yet."],
    empty: ["○", "Not answered yet."],
    unreadable: ["○", "Not checked."],
  };

  const make = (tag, properties, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };

  const sign = (text) => make("span", { ariaHidden: "true" }, `${text}\uFE0E `);

  const name = (label) =>
    document.getElementById(label).querySelector(".caption-number").textContent.trim();

  // --- what is solved -------------------------------------------------------------------------

  const dayOf = (label) => progress.all().exercises[label];

  const solvedOn = (day) => {
    const date = new Date(day).toLocaleDateString("en-US", { dateStyle: "long", timeZone: "UTC" });
    return [sign("✓"), `Solved on ${date}`];
  };

  // Keeps showing whether an exercise is solved.
  const follow = (label, show) => {
    const update = () => show(dayOf(label));
    document.addEventListener("progress", update);
    update();
  };

  // --- numbers and choices --------------------------------------------------------------------

  const choice = (label, value) =>
    make("label", { className: "answer-choice" },
      make("input", { type: "radio", name: label, value }), make("span", {}, value));

  const field = (label, part) => {
    const input = make("input", { type: "text", autocomplete: "off", spellcheck: false });
    input.setAttribute("autocapitalize", "off");
    input.setAttribute("aria-describedby", `${label}-form`);
    input.addEventListener("input", () => input.removeAttribute("aria-invalid"));
    return make("label", { className: "answer-part" }, part || "Answer", input);
  };

  const formOf = (label, exercise) => {
    const { choices, parts } = exercise;
    const fields = (choices ?? parts).map((each) => (choices ? choice : field)(label, each));
    const inputs = fields.map((each) => each.querySelector("input"));
    const legend = make("legend", {}, `Your answer to ${name(label)}`);
    const notation = make("p", { className: "answer-note", id: `${label}-form` },
      "Numbers like −0.5, 3/4 or 1e-3, lists like [1, 2].");
    const box = make("div", { className: choices ? "answer-choices" : "answer-parts" }, ...fields);
    const solved = make("span", { className: "answer-solved" });
    const row = make("p", { className: "answer-row" },
      make("button", { type: "submit" }, "Check"), solved);
    const status = make("p", { className: "answer-status", role: "status" });
    const form = make("form", { className: "answer" },
      make("fieldset", {}, legend, ...(choices ? [] : [notation]), box, row), status);

    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const typed = choices
        ? inputs.find((input) => input.checked)?.value
        : inputs.map((input) => input.value);
      const { kind, message, refused = [] } = checkAnswer(exercise, typed);
      const [mark, verdict] = VERDICTS[kind];
      form.dataset.kind = kind;
      status.replaceChildren(sign(mark), make("strong", {}, verdict), ` ${message}`);
      for (const place of refused) inputs[place].ariaInvalid = "true";
      inputs[refused[0]]?.focus();
      if (kind === "right") progress.set("exercises", label, progress.today());
    });
    follow(label, (day) => solved.replaceChildren(...(day ? solvedOn(day) : [])));
    return form;
  };

  // --- functions ------------------------------------------------------------------------------

  const switchOf = (label) => {
    const button = make("button", { type: "button" }, `I have solved ${name(label)}`);
    const solved = make("span", { className: "answer-solved" });
    button.addEventListener("click", () => {
      progress.set("exercises", label, dayOf(label) ? undefined : progress.today());
    });
    follow(label, (day) => {
      button.ariaPressed = String(Boolean(day));
      solved.replaceChildren(...(day ? solvedOn(day) : []));
    });
    return make("p", { className: "answer answer-row" }, button, solved);
  };

  // --- their places ---------------------------------------------------------------------------

  // The cell of an exercise in which a notebook is answered.
  const stubOf = (label) => {
    let place = document.getElementById(label);
    while (place && !place.textContent.includes(`check_answer("${label}"`)) {
      place = place.nextElementSibling;
    }
    return place;
  };

  const sheet = document.createElement("link");
  sheet.rel = "stylesheet";
  sheet.href = document.currentScript.src.replace(/pages\/.*/, "answers.css");
  const putForms = () => {
    // What is read stays where it is. Browsers see to that by themselves, but not where they have
    // just come to a place in the page.
    const place = document.querySelector(":target");
    const top = place?.getBoundingClientRect().top;
    const read = top >= 0 && top < innerHeight ? place : null;
    if (read) document.documentElement.style.overflowAnchor = "none";
    for (const [label, exercise] of Object.entries(exercises)) {
      if (!("mistakes" in exercise)) stubOf(label)?.after(switchOf(label));
      else if (globalThis.checkAnswer) stubOf(label)?.before(formOf(label, exercise));
    }
    if (read) {
      scrollBy({ top: read.getBoundingClientRect().top - top, behavior: "instant" });
    }
    document.documentElement.style.overflowAnchor = "";
  };
  for (const event of ["load", "error"]) sheet.addEventListener(event, putForms);
  document.head.append(sheet);
};

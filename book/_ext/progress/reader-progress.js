// Shows what the store holds, page by page, and lets the reader take it along or erase it.
customElements.define("reader-progress", class extends HTMLElement {
  connectedCallback() {
    if (this.news) return;
    this.querySelector(".needs-script").remove();
    this.summary = this.querySelector(".summary");
    this.news = this.querySelector(".news");
    this.confirm = this.querySelector(".confirm");
    const [save, read, erase] = this.querySelectorAll(".controls button");
    const [yes, no] = this.confirm.querySelectorAll("button");
    const file = this.querySelector("input");
    this.erase = erase;

    save.addEventListener("click", () => this.save());
    read.addEventListener("click", () => file.click());
    file.addEventListener("change", async () => {
      const [chosen] = file.files;
      if (chosen) this.read(chosen.name, await chosen.text());
      file.value = ""; // the same file may be chosen again
    });
    erase.addEventListener("click", () => this.ask(this.confirm.hidden));
    no.addEventListener("click", () => this.ask(false));
    this.confirm.addEventListener("keydown", ({ key }) => {
      if (key === "Escape") this.ask(false);
    });
    yes.addEventListener("click", () => {
      this.forget();
      this.ask(false);
      this.say("Everything is erased.");
      this.news.focus();
    });
    document.addEventListener("progress", () => this.show());
    this.show();
  }

  show() {
    const { pages, exercises, quizzes } = progress.all();
    const total = { pages: 0, read: 0, exercises: 0, solved: 0, questions: 0, right: 0 };
    for (const { dataset, cells } of this.querySelectorAll("tbody tr")) {
      const labels = dataset.exercises.split(" ").filter(Boolean);
      const solved = labels.filter((label) => label in exercises).length;
      const letters = [...dataset.right];
      const first = letters.map((_, index) => quizzes[`${dataset.page}#${index + 1}`]);
      const right = letters.filter((letter, index) => letter === first[index]).length;
      const day = pages[dataset.page];
      cells[1].textContent = day ?? "–";
      cells[2].textContent = `${solved} of ${labels.length}`;
      cells[3].textContent = `${right} of ${letters.length}`;
      total.pages++;
      total.read += day !== undefined;
      total.exercises += labels.length;
      total.solved += solved;
      total.questions += letters.length;
      total.right += right;
    }
    const isEmpty = [pages, exercises, quizzes].every((table) => !Object.keys(table).length);
    this.summary.textContent = isEmpty
      ? "Nothing is kept yet. Read a page to its end, solve an exercise or answer a quiz, and it shows here."
      : `Read ${total.read} of ${total.pages} pages, solved ${total.solved} of ${total.exercises} exercises, `
        + `answered ${total.right} of ${total.questions} questions right at the first try.`;
    if (!this.isKept())
      this.summary.append(" This browser keeps nothing for this site: when you leave the page, it is forgotten. Save it as a file, or allow the site to store data.");
    const aside = this.unreadable();
    if (aside !== null)
      this.summary.append(` What the browser held before cannot be read by this version of the book. It is put aside, and Erase erases it, too. It begins with ${aside.slice(0, 40)}`);
  }

  isKept() {
    if (progress.unsaved.length || !(localStorage instanceof Storage)) return false; // a stand-in
    try {
      localStorage.setItem(`${progress.key}-probe`, "");
      localStorage.removeItem(`${progress.key}-probe`);
      return true;
    } catch {
      return false;
    }
  }

  // What lies aside or would be put there, if anything.
  unreadable() {
    const stored = localStorage.getItem(progress.key);
    return stored !== null && !progress.parse(stored) ? stored : localStorage.getItem(progress.aside);
  }

  forget() {
    progress.unsaved = [];
    localStorage.removeItem(progress.key);
    localStorage.removeItem(progress.aside);
    document.dispatchEvent(new Event("progress"));
  }

  say(text) {
    this.news.textContent = text;
  }

  ask(isAsking) {
    this.confirm.hidden = !isAsking;
    this.erase.ariaExpanded = isAsking;
    (isAsking ? this.confirm.querySelectorAll("button")[1] : this.erase).focus();
  }

  save() {
    const content = JSON.stringify({ format: progress.key, ...progress.all(), version: progress.version }, null, 2);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([content], { type: "application/json" }));
    link.download = `${progress.key}-${progress.today()}.json`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    this.say(`Saved as ${link.download}.`);
  }

  read(name, text) {
    let content;
    try {
      content = JSON.parse(text);
    } catch {
      const start = text.trim().slice(0, 20);
      const what = start ? `it begins with “${start}”` : "it is empty";
      this.say(`Nothing was changed. ${name} is no JSON, as a file that was saved here is: ${what}.`);
      return;
    }
    const problem = this.problem(content);
    if (problem) {
      this.say(`Nothing was changed. ${name} was not saved here: ${problem}.`);
      return;
    }
    const all = progress.all();
    const added = progress.kinds.flatMap((kind) =>
      Object.entries(content[kind])
        .filter(([entry]) => !(entry in all[kind])) // what is here stays
        .map(([entry, value]) => [kind, entry, value]));
    progress.change(added);
    this.say(`Read ${name}: ${added.length} ${added.length === 1 ? "entry is" : "entries are"} new.`);
  }

  // What came in place of what was expected; nothing if all is well.
  problem(content) {
    const kindOf = (value) => value === null ? "null"
      : Array.isArray(value) ? "a list" : typeof value === "object" ? "an object"
      : `the ${typeof value} ${JSON.stringify(value)?.slice(0, 40)}`;
    if (kindOf(content) !== "an object") return `an object was expected, this is ${kindOf(content)}`;
    if (content.format !== progress.key)
      return `the format ${progress.key} was expected, this one's is ${JSON.stringify(content.format)?.slice(0, 40) ?? "missing"}`;
    if (content.version !== progress.version)
      return `version ${progress.version} was expected, this is version ${JSON.stringify(content.version)?.slice(0, 40) ?? "none"}`;
    const day = [/^\d{4}-\d\d-\d\d$/, "a day such as 2026-01-31"];
    const expected = { pages: day, exercises: day, quizzes: [/^[A-Z]$/, "a letter"] };
    for (const [kind, [pattern, name]] of Object.entries(expected)) {
      if (kindOf(content[kind]) !== "an object")
        return `an object was expected for ${kind}, there is ${kind in content ? kindOf(content[kind]) : "none"}`;
      for (const [entry, value] of Object.entries(content[kind]))
        if (typeof value !== "string" || !pattern.test(value))
          return `${name} was expected for ${entry.slice(0, 60)} in ${kind}, there is ${kindOf(value)}`;
    }
    return "";
  }
});

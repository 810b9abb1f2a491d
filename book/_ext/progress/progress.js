// What a reader has done, kept in this browser and nowhere else: pages read, exercises solved,
// answers to quizzes. Other scripts ask and tell `progress`, and hear the event "progress".
{
  const KEY = "underhood-progress";
  const KINDS = ["pages", "exercises", "quizzes"];
  const ASIDE = `${KEY}-unreadable`; // where content goes that cannot be read
  const VERSION = 1;

  const empty = () => Object.fromEntries(KINDS.map((kind) => [kind, {}]));
  const isTable = (value) => Object.prototype.toString.call(value) === "[object Object]";
  const parse = (text) => {
    try {
      const content = JSON.parse(text);
      const isSound = isTable(content) && (content.version ?? VERSION) === VERSION
        && KINDS.every((kind) => !(kind in content) || (isTable(content[kind])
          && Object.values(content[kind]).every((value) => typeof value === "string")));
      return isSound ? content : null;
    } catch {
      return null;
    }
  };

  const put = (all, [kind, name, value]) => {
    if (value === undefined) delete all[kind][name];
    else all[kind][name] = value;
  };

  let seen = 0;
  let since = document.hidden ? NaN : performance.now();
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) seen = progress.seen();
    since = document.hidden ? NaN : performance.now();
  });

  const progress = {
    key: KEY,
    aside: ASIDE,
    kinds: KINDS,
    version: VERSION,
    parse,
    unsaved: [], // changes that a browser that keeps nothing knows until the page is left

    // {pages: {name: day}, exercises: {label: day}, quizzes: {question: choice}}
    all() {
      let all = empty();
      try {
        all = { ...all, ...parse(localStorage.getItem(KEY)) };
      } catch { /* storage that is out of reach */ }
      for (const change of this.unsaved) put(all, change);
      return all;
    },

    // Without a value, the entry is forgotten.
    set(kind, name, value) {
      this.change([[kind, name, value]]);
    },

    change(changes) {
      this.unsaved.push(...changes);
      try {
        const stored = localStorage.getItem(KEY);
        if (stored !== null && !parse(stored)) localStorage.setItem(ASIDE, stored);
        localStorage.setItem(KEY, JSON.stringify({ ...this.all(), version: VERSION }));
        this.unsaved = [];
      } catch { /* storage that is out of reach, or full */ }
      document.dispatchEvent(new Event("progress"));
    },

    // The day where the reader is.
    today() {
      const now = new Date();
      return new Date(now - now.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
    },

    // How many milliseconds the page has been in view.
    seen: () => seen + (performance.now() - since || 0),

    // The name of the page at an address, as "likelihood/regression".
    page(address = "") {
      const root = new URL(document.documentElement.dataset.content_root, location).pathname;
      return new URL(address, location).pathname.slice(root.length).replace(/\.html$/, "");
    },
  };
  globalThis.progress = progress;
  addEventListener("storage", () => document.dispatchEvent(new Event("progress")));

  // Pages that were read have a sign where the book lists them.
  const mark = () => {
    const { pages } = progress.all();
    for (const link of document.querySelectorAll(".bd-links li > a, .chapter-map li li a")) {
      const isRead = progress.page(link.getAttribute("href")) in pages;
      if (isRead === link.classList.contains("read")) continue;
      link.classList.toggle("read", isRead);
      if (isRead) {
        const note = document.createElement("span");
        note.className = "visually-hidden";
        note.textContent = " (read)";
        link.append(note);
      } else {
        link.lastElementChild.remove();
      }
    }
  };

  document.addEventListener("progress", mark);
  mark();
}

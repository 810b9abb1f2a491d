// What a reader has done, kept in this browser and nowhere else: pages read, exercises solved,
// answers to quizzes. Other scripts ask and tell `progress`, and hear the event "progress".
{
  const KEY = "underhood-progress";
  const KINDS = ["pages", "exercises", "quizzes"];
  const empty = () => Object.fromEntries(KINDS.map((kind) => [kind, {}]));

  globalThis.progress = {
    // {pages: {name: day}, exercises: {label: day}, quizzes: {question: choice}}
    all() {
      try {
        const stored = JSON.parse(localStorage.getItem(KEY));
        return { ...empty(), ...stored };
      } catch { // nothing that can be read, or a browser that keeps nothing
        return empty();
      }
    },

    // Without a value, the entry is forgotten.
    set(kind, name, value) {
      const all = this.all();
      if (value === undefined) delete all[kind][name];
      else all[kind][name] = value;
      this.replace(all);
    },

    replace(all) {
      try {
        localStorage.setItem(KEY, JSON.stringify(all));
      } catch { // a browser that keeps nothing: the page works, and forgets
      }
      document.dispatchEvent(new Event("progress"));
    },

    today: () => new Date().toISOString().slice(0, 10),
  };
}

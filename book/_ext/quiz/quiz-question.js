// Notes which choice of a question was opened first, and says how many of a page's were right.
customElements.define("quiz-question", class extends HTMLElement {
  connectedCallback() {
    if (this.choices) return;
    this.number = this.id.slice("question-".length);
    this.key = `${progress.page()}#${this.number}`;
    this.choices = [...this.querySelectorAll(":scope > details")];
    this.letters = this.choices.map((_, index) => String.fromCharCode(65 + index));
    for (const [index, box] of this.choices.entries()) {
      box.firstElementChild.addEventListener("click", () => {
        // A choice that is open already was not chosen: the browser's search opened it, say.
        if (this.answer || box.open) return;
        progress.set("quizzes", this.key, this.letters[index]);
        this.sum(`Question ${this.number}: ${this.isRight ? "right" : "not quite"}. `);
      });
    }
    document.addEventListener("progress", () => this.show());
    this.show();

    const questions = [...document.querySelectorAll("quiz-question")];
    if (this !== questions[0]) return;
    const [, again] = document.querySelector(".quiz-result").children;
    again.addEventListener("click", () => {
      for (const { key, choices } of questions) {
        progress.set("quizzes", key);
        for (const box of choices) box.open = false;
      }
      this.querySelector("summary").focus();
    });
    document.addEventListener("progress", () => this.sum());
    queueMicrotask(() => this.sum()); // when the others are there, too
  }

  // The letter of the first answer, if there was one.
  get answer() {
    const answer = progress.all().quizzes[this.key];
    return this.letters?.includes(answer) ? answer : undefined;
  }

  get isRight() {
    return this.answer === this.dataset.right;
  }

  show() {
    const { answer, isRight } = this;
    for (const [index, box] of this.choices.entries()) {
      const title = box.firstElementChild;
      title.querySelector(".visually-hidden")?.remove();
      box.className = "";
      if (this.letters[index] !== answer) continue;
      box.className = isRight ? "chosen-right" : "chosen-wrong";
      const note = document.createElement("span");
      note.className = "visually-hidden";
      note.textContent = " (your first answer)";
      title.append(note);
    }
    this.querySelector(".question-title span").textContent = answer
      ? ` · your first answer, ${answer}, is ${isRight ? "right" : "not quite it"}`
      : "";
  }

  sum(news = "") {
    const questions = [...document.querySelectorAll("quiz-question")];
    const all = questions.length;
    const answered = questions.filter(({ answer }) => answer).length;
    const right = questions.filter(({ isRight }) => isRight).length;
    const [status, again] = document.querySelector(".quiz-result").children;
    status.textContent = news + (answered < all
      ? `${answered} of ${all} answered, ${right} right at the first try.`
      : `${right} of ${all} right at the first try.`);
    again.hidden = !answered;
  }
});

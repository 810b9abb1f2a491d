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
        this.note(index);
        const verdict = this.isRight ? "right" : "not quite";
        const [shown, , status] = document.querySelector(".quiz-result").children;
        status.textContent = `Question ${this.number}: ${verdict}. ${shown.textContent}`;
      });
    }
    const early = this.choices.indexOf(this.early); // the reader was faster than this
    if (early >= 0 && !this.answer) this.note(early);
    document.addEventListener("progress", () => this.show());
    this.show();

    const questions = [...document.querySelectorAll("quiz-question")];
    if (this !== questions[0]) return;
    const [, again, status] = document.querySelector(".quiz-result").children;
    again.addEventListener("click", () => {
      for (const { key, choices } of questions) {
        progress.set("quizzes", key);
        for (const box of choices) box.open = false;
      }
      status.textContent = "";
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

  note(index) {
    progress.set("quizzes", this.key, this.letters[index]);
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

  sum() {
    const questions = [...document.querySelectorAll("quiz-question")];
    const all = questions.length;
    const answered = questions.filter(({ answer }) => answer).length;
    const right = questions.filter(({ isRight }) => isRight).length;
    const [shown, again] = document.querySelector(".quiz-result").children;
    shown.textContent = answered < all
      ? `${answered} of ${all} answered, ${right} right at the first try.`
      : `${right} of ${all} right at the first try.`;
    again.hidden = !answered;
  }
});

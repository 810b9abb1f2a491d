// One step at a time through a graph. All numbers and sentences are in the page: a text with
// data-from appears at that step, what has data-at is at work at those steps, and the list items
// say what happens. Step 0 is before the first one.
customElements.define("backprop-stepper", class extends LiveFigure {
  start() {
    this.step = 0;
    this.sentences = [...this.querySelectorAll("li")];
    this.parts = [...this.querySelectorAll("[data-from], [data-at]")];
    const last = this.sentences.length;

    this.controls.ariaLabel = "Steps through the graph";
    this.controls.classList.add("steps");
    const moves = [
      ["First", "|◀", () => 0],
      ["Previous", "◀", (step) => step - 1],
      ["Next", "▶", (step) => step + 1],
      ["Last", "▶|", () => last],
    ];
    this.buttons = moves.map(([name, sign, move]) => {
      const button = document.createElement("button");
      button.type = "button";
      button.ariaLabel = `${name} step`;
      button.title = `${name} step`;
      button.textContent = `${sign}\uFE0E`; // a sign, not a colored picture
      button.addEventListener("click", () => this.go(move(this.step)));
      return button;
    });
    this.handle = document.createElement("input");
    Object.assign(this.handle, { type: "range", min: 0, max: last, ariaLabel: "Step" });
    this.handle.addEventListener("input", () => this.go(this.handle.valueAsNumber));
    this.controls.append(...this.buttons.slice(0, 2), this.handle, ...this.buttons.slice(2));
    this.controls.addEventListener("keydown", (event) => {
      const move = { ArrowLeft: -1, ArrowRight: 1, Home: -last, End: last }[event.key];
      if (!move || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      this.go(this.step + move);
    });
  }

  go(step) {
    this.step = Math.max(0, Math.min(this.sentences.length, step));
    this.update();
  }

  update() {
    const last = this.sentences.length;
    const item = this.sentences[this.step - 1];
    this.dataset.step = this.step;
    this.dataset.way = item ? item.dataset.way : "";
    for (const part of this.parts) {
      const { from, at } = part.dataset;
      part.classList.toggle("later", from > this.step);
      part.classList.toggle("now", (at ?? from).split(" ").includes(String(this.step)));
    }
    this.handle.value = this.step;
    this.handle.ariaValueText = `Step ${this.step} of ${last}`;
    this.buttons.forEach((button, place) => {
      button.ariaDisabled = String(this.step === (place < 2 ? 0 : last)); // it keeps the focus
    });
    this.status.textContent = item
      ? `Step ${this.step} of ${last}. ${item.textContent}`
      : `Step 0 of ${last}. Nothing is computed yet: go on with ▶.`;
  }
});

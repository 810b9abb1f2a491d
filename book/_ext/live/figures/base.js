// What the live figures share: controls below the drawing, a text that says what it shows, and
// the scales of its axes. The page waits for this script before it loads that of a figure.
class LiveFigure extends HTMLElement {
  connectedCallback() {
    if (this.controls) return;
    this.drawing = this.querySelector("svg");
    this.controls = document.createElement("div");
    this.controls.className = "live-controls";
    this.controls.role = "group";
    this.controls.ariaLabel = "Controls of the figure";
    this.status = document.createElement("p");
    this.status.className = "live-status";
    this.status.role = "status";
    this.drawing.after(this.controls, this.status);
    this.start();
    this.update();
  }

  // A slider with its name, and beside it what `say` makes of its value, which is also what a
  // screen reader says; returns the input.
  slider(name, { min, max, step = 1, value, say = String }) {
    const input = document.createElement("input");
    Object.assign(input, { type: "range", min, max, step, value });
    const shown = document.createElement("span");
    shown.ariaHidden = "true";
    const tell = () => {
      shown.textContent = say(input.valueAsNumber);
      input.ariaValueText = shown.textContent;
    };
    input.addEventListener("input", () => {
      tell();
      this.update();
    });
    tell();
    this.row(name, input, shown);
    return input;
  }

  // A list to choose from; `options` are pairs of value and text. Returns the select.
  choice(name, options) {
    const select = document.createElement("select");
    select.append(...options.map(([value, text]) => new Option(text, value)));
    select.addEventListener("change", () => this.update());
    this.row(name, select);
    return select;
  }

  // Something to switch on; returns the checkbox.
  checkbox(name) {
    const input = document.createElement("input");
    input.type = "checkbox";
    input.addEventListener("change", () => this.update());
    this.row(name, input);
    return input;
  }

  row(name, ...content) {
    const label = document.createElement("label");
    const text = document.createElement("span");
    text.textContent = name;
    label.append(text, ...content);
    this.controls.append(label);
  }

  // The places in the drawing of values along its axes, and the path through points.
  place(axis, value) {
    const [from, to, start, end] = this.drawing.dataset[axis].split(" ").map(Number);
    return start + (value - from) / (to - from) * (end - start);
  }

  path(points) {
    return points.length ? `M${points.map(([x, y]) =>
      `${this.place("x", x).toFixed(1)} ${this.place("y", y).toFixed(1)}`).join("L")}` : "";
  }

  // Sets the path of the drawing's element of this class.
  trace(name, points) {
    this.drawing.querySelector(`.${name}`).setAttribute("d", this.path(points));
  }

  // Numbers as the package writes them.
  fixed(number, digits) {
    return number.toFixed(digits).replace("-", "−").replace(/^−(0\.?0*)$/, "$1");
  }

  scientific(number, digits) {
    return number.toExponential(digits).replace("+", "").replaceAll("-", "−");
  }
}

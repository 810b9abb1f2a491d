// How probable k signs in n throws are for a die with m signs: for one die and every k, and for
// one k and every die. As in the package, a tie is rounded up, whatever the last bit is.
customElements.define("die-likelihood", class extends LiveFigure {
  start() {
    this.controls.ariaLabel = "The die and the throws";
    this.signs = this.slider("Signs on the die", { min: 0, max: 6, value: 2 });
    this.n = this.slider("Throws, n", { min: 1, max: 20, value: 10 });
    this.k = this.slider("Signs thrown, k", { min: 0, max: 10, value: 2 });
  }

  update() {
    const [signs, n] = [this.signs, this.n].map((input) => input.valueAsNumber);
    if (Number(this.k.max) !== n) { // this may lower k
      this.k.max = n;
      this.k.dispatchEvent(new Event("input"));
      return;
    }
    const k = this.k.valueAsNumber;
    const likelihood = Array.from({ length: 7 }, (_, m) => this.probability(m, k, n));
    const sum = this.fixed(likelihood.reduce((a, b) => a + b) + 1e-9, 3);
    const best = likelihood.indexOf(Math.max(...likelihood));
    const distribution = Array.from({ length: 21 }, (_, j) => this.probability(signs, j, n));
    this.draw(".distribution", distribution, k);
    this.draw(".likelihood", likelihood, signs);
    const value = this.drawing.querySelector(".distribution .value");
    value.setAttribute("x", this.place("x", k).toFixed(1));
    // It is wider than its bar: above the neighbors, too.
    const near = distribution.slice(Math.max(0, k - 1), k + 2);
    this.label(value, likelihood[signs], Math.max(...near));
    const values = [...this.drawing.querySelectorAll(".likelihood .value")];
    values.forEach((text, m) => this.label(text, likelihood[m]));
    const max = this.drawing.querySelector(".max");
    max.setAttribute("x", values[best].getAttribute("x"));
    max.setAttribute("y", values[best].getAttribute("y") - 14);
    this.drawing.querySelector(".sum").textContent =
      `One result: a likelihood, which adds up to ${sum}`;

    const count = (number, what) => `${number} ${what}${number === 1 ? "" : "s"}`;
    const spell = (p) => this.spell(p, "less than 0.0001");
    const largest = best === signs
      ? "No other die makes it as large"
      : `The die with ${count(best, "sign")} makes it largest, ${spell(likelihood[best])}`;
    this.status.textContent = `If ${signs} of the 6 sides ${signs === 1 ? "carries" : "carry"} ` +
      `a sign, the probability of ${count(k, "sign")} in ${count(n, "throw")} is ` +
      `${spell(likelihood[signs])}. ${largest}. The seven likelihoods add up to ${sum}.`;
  }

  probability(signs, k, n) {
    let arrangements = 1;
    for (let i = 0; i < k; i++) arrangements = arrangements * (n - i) / (i + 1);
    return k > n ? 0 : arrangements * (signs / 6) ** k * (1 - signs / 6) ** (n - k);
  }

  draw(group, values, chosen) {
    const bars = this.drawing.querySelectorAll(`${group} rect`);
    bars.forEach((bar, place) => {
      const top = this.place("y", values[place]);
      bar.setAttribute("y", top.toFixed(1));
      bar.setAttribute("height", (this.place("y", 0) - top).toFixed(1));
      bar.setAttribute("stroke-width", place === chosen ? 3 : 1);
    });
  }

  label(text, value, above = value) {
    text.textContent = this.spell(value, "≈ 0");
    text.setAttribute("y", (this.place("y", above) - 5).toFixed(1));
  }

  spell(p, tiny) {
    if (p > 0 && p < 0.00005) return tiny;
    return p === 0 || p === 1 ? String(p) : this.fixed(p + 1e-9, 4);
  }
});

// A product of equal factors, as NumPy computes it: float32 is float64 rounded after each step.
customElements.define("product-underflow", class extends LiveFigure {
  start() {
    this.controls.ariaLabel = "Factors";
    this.factor = this.slider("Each factor", {
      min: 0.05, max: 0.95, step: 0.05, value: 0.1, say: (factor) => factor.toFixed(2),
    });
    this.count = this.slider("Number of factors", { min: 1, max: 1000, value: 100 });
  }

  update() {
    const count = this.count.valueAsNumber;
    const factor = this.factor.valueAsNumber;
    const formats = { float32: Math.fround, float64: (number) => number };
    const said = [`${count} ${count === 1 ? "factor" : "factors"} of ${factor.toFixed(2)}.`];
    for (const [name, round] of Object.entries(formats)) {
      const products = [1];
      while (products.length <= 1000) products.push(round(products.at(-1) * round(factor)));
      // Where it no longer changes; below 1, a factor changes the 1 that the list begins with.
      const end = products.findIndex((product, n) => product === products[n + 1]);
      let value = `is ${this.scientific(products[count], 2)}`;
      if (end > 0 && count >= end) {
        value = products[end] ? `is stuck at ${this.scientific(products[end], 2)}` : "is 0";
        value += ` from factor ${end} on`;
      }
      said.push(`In ${name}, the product ${value}.`);
      this.draw(name, products.map((product) => Math.log10(product)));
    }
    this.draw("logs", [0, 1000].map((n) => n * Math.log10(factor)), 1000);
    said.push(`The sum of the logarithms is ${this.fixed(count * Math.log(factor), 2)}.`);
    this.status.textContent = said.join(" ");
    this.trace("at", [[count, -400], [count, 0]]);
  }

  // Draws a line as far as the axes reach; its points are `apart` factors from each other.
  draw(name, logs, apart = 1) {
    const points = logs.map((log, place) => [place * apart, log]);
    const last = points.findIndex(([, log]) => log < -400);
    if (last > 0) {
      const [[n0, log0], [n1, log1]] = points.slice(last - 1, last + 1);
      const share = Number.isFinite(log1) ? (-400 - log0) / (log1 - log0) : 0;
      points.splice(last, Infinity, [n0 + share * (n1 - n0), log0 + (share && -400 - log0)]);
    }
    this.trace(name, points);
  }
});

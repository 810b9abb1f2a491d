// A line and a spread set by hand, and the mean NLL of 33 blood pressures.
customElements.define("line-likelihood", class extends LiveFigure {
  start() {
    const numbers = (text) => text.split(" ").map(Number);
    this.ages = numbers(this.dataset.ages);
    this.pressures = numbers(this.dataset.pressures);
    this.densities = [...this.drawing.querySelectorAll(".density")];
    this.controls.ariaLabel = "Line and spread";
    this.level = this.slider("At 46 years", {
      min: 90, max: 190, value: 139, say: (level) => `${level} mmHg`,
    });
    this.slope = this.slider("Slope", {
      min: -2, max: 3, step: 0.1, value: 0, say: (slope) => `${this.signed(slope)} a year`,
    });
    this.spread = this.slider("Spread σ", {
      min: 4, max: 60, value: 26, say: (spread) => `${spread} mmHg`,
    });
  }

  update() {
    const [level, slope, spread] =
      [this.level, this.slope, this.spread].map((slider) => slider.valueAsNumber);
    const line = (age) => level + slope * (age - 46);
    const density = (z) => Math.exp(-z * z / 2) / (spread * Math.sqrt(2 * Math.PI));
    this.trace("line", [0, 100].map((age) => [age, line(age)]));
    this.densities.forEach((outline, place) => {
      const age = 15 + 20 * place;
      const points = Array.from({ length: 25 }, (_, i) => {
        const z = i / 4 - 3;
        return [age + 200 * density(z), line(age) + spread * z];
      });
      outline.setAttribute("d", this.path(points));
    });

    const z = this.ages.map((age, i) => (this.pressures[i] - line(age)) / spread);
    const squares = z.reduce((sum, one) => sum + one * one, 0);
    const nll = squares / z.length / 2 + Math.log(spread) + Math.log(2 * Math.PI) / 2;
    const distances = z.map(Math.abs);
    const worst = distances.indexOf(Math.max(...distances));
    this.status.textContent =
      `${level} mmHg at 46 years, ${this.signed(slope)} mmHg with each year, `
      + `spread ${spread} mmHg. The mean NLL is ${nll.toFixed(3)}; the least possible is `
      + `${Number(this.dataset.least).toFixed(3)}. The least probable pressure is `
      + `${this.pressures[worst]} mmHg at ${this.ages[worst]} years, with the density `
      + `${this.scientific(density(z[worst]), 1)} per mmHg.`;
  }

  signed(slope) {
    return (slope > 0 ? "+" : "") + this.fixed(slope, 1);
  }
});

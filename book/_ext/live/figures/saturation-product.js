// A power of one slope. Slopes are computed with exp(−|x|), which keeps all digits.
customElements.define("saturation-product", class extends LiveFigure {
  start() {
    this.controls.ariaLabel = "Chain of gates";
    const names = ["sigmoid", "tanh", "ReLU"];
    this.activation = this.choice("Activation", names.map((name) => [name, name]));
    this.x = this.slider("Pre-activation x", {
      min: -10, max: 10, step: 0.5, value: 2, say: (x) => this.fixed(x, 1),
    });
    this.depth = this.slider("Layers", { min: 1, max: 50, value: 10 });
  }

  update() {
    const name = this.activation.value;
    const x = this.x.valueAsNumber;
    const depth = this.depth.valueAsNumber;
    const bump = (e) => e / (1 + e) ** 2;
    const slopes = {
      sigmoid: bump(Math.exp(-Math.abs(x))),
      tanh: 4 * bump(Math.exp(-2 * Math.abs(x))),
      ReLU: Number(x > 0),
    };
    const find = (part) => this.drawing.querySelector(`.${part}`);
    for (const [gate, slope] of Object.entries(slopes)) {
      const log = Math.log10(slope);
      const last = log ? Math.min(50, -60 / log) : 50;
      this.trace(gate, slope ? [[0, 0], [last, last * log]] : []);
      find(gate).setAttribute("stroke-width", gate === name ? 3.6 : 1.6);
    }
    const slope = slopes[name];
    const log = depth * Math.log10(slope);
    find("product").setAttribute("d", log >= -60 ? `${this.path([[depth, log]])}h0` : "");
    this.trace("at", [[depth, -60], [depth, 0]]);
    find("note").textContent = x > 0 ? "" : "ReLU: 0, not on this axis";

    const said = `${name} at x = ${this.fixed(x, 1)}: the slope is ${this.spell(Math.log10(slope))}. `
      + `After ${depth} ${depth === 1 ? "layer" : "layers"}, the product is ${this.spell(log)}`;
    const end = this.end(slope);
    this.status.textContent = !slope ? `${said}, which has no place on a logarithmic axis.`
      : depth < end ? `${said}.` : `${said}. In float32 it is 0 from layer ${end} on.`;
  }

  // The number of layers from which on a product in float32 is 0.
  end(slope) {
    let [product, layers] = [1, 0];
    while (product && layers < 51) {
      product = Math.fround(product * Math.fround(slope));
      layers++;
    }
    return layers;
  }

  // A number that may be too small for any format, from its decimal logarithm.
  spell(log) {
    if (log === -Infinity) return "0";
    if (log >= -3) return String(Number((10 ** log).toPrecision(3)));
    let exponent = Math.floor(log);
    let digits = (10 ** (log - exponent)).toFixed(1);
    if (digits === "10.0") [digits, exponent] = ["1.0", exponent + 1];
    return `${digits}e−${-exponent}`;
  }
});

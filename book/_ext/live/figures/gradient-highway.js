// The gradient in each layer of measured networks: values and ratios are in the page, in the
// order of the controls.
customElements.define("gradient-highway", class extends LiveFigure {
  start() {
    const { activations, depths, norms, ratios } = this.dataset;
    this.names = activations.split("|");
    this.depths = depths.split(" ");
    this.norms = norms.split("|");
    this.ratios = ratios.split(" ");
    this.runs = this.querySelector("li").textContent.match(/\([^)]*\)\.$/)[0];
    this.controls.ariaLabel = "The network";
    this.activation = this.choice("Activation", [...this.names.entries()]);
    const last = this.depths.length - 1;
    this.layers = this.slider("Layers", {
      min: 0, max: last, value: last, say: (place) => this.depths[place],
    });
    this.shortcuts = this.checkbox("Shortcuts");
    this.normalized = this.checkbox("Batch norm");
  }

  update() {
    const name = Number(this.activation.value);
    const place = this.layers.valueAsNumber;
    const switches = [this.shortcuts.checked, this.normalized.checked];
    const key = [...switches, place].reduce(
      (sum, part, n) => sum * [2, 2, this.depths.length][n] + Number(part), name);
    const line = this.drawing.querySelector(".norms");
    const path = this.path(this.norms[key].split(" ").map((log, n) => [n + 2, log / 100]));
    if (this.shown !== undefined && this.shown !== key) {
      const before = this.drawing.querySelector(".before");
      before.firstChild.setAttribute("d", line.getAttribute("d"));
      before.removeAttribute("display");
    }
    this.shown = key;
    line.setAttribute("d", path);
    const [shortcuts, normalized] = switches.map((on) => on ? "with" : "no");
    const layers = this.depths[place];
    this.status.textContent = `${this.names[name]}, ${layers} layers, ${shortcuts} shortcuts, ` +
      `${normalized} batch norm: the gradient of layer 2 is ${this.ratios[key]} times that of ` +
      `layer ${layers - 1} ${this.runs}`;
  }
});

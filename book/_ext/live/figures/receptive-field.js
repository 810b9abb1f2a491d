// What an output of a stack of causal layers depends on: all paths down from it, tap by tap.
customElements.define("receptive-field", class extends LiveFigure {
  start() {
    this.controls.ariaLabel = "Layers and output";
    this.layers = this.slider("Layers", { min: 1, max: 4, value: 3 });
    this.size = this.slider("Kernel size", { min: 2, max: 4, value: 2 });
    this.factor = this.slider("Dilation grows by", {
      min: 1, max: 4, value: 3, say: (factor) => `× ${factor}`,
    });
    this.output = this.slider("Output", { min: 0, max: 15, value: 15 });
    this.drawing.addEventListener("click", ({ clientX, clientY }) => {
      const point = new DOMPoint(clientX, clientY).matrixTransform(
        this.drawing.getScreenCTM().inverse());
      const [from, to] = [0, 15].map((step) => this.place("x", step));
      const step = Math.round((point.x - from) / (to - from) * 15);
      if (step < 0 || step > 15) return;
      this.output.value = step;
      this.output.dispatchEvent(new Event("input"));
    });
  }

  update() {
    const [layers, size, factor, output] = [this.layers, this.size, this.factor, this.output]
      .map((slider) => slider.valueAsNumber);
    const dilations = Array.from({ length: layers }, (_, layer) => factor ** layer);
    const shapes = { links: "", dots: "", zeros: "", reads: "", seen: "" };
    const edge = -4.5;
    const rings = new Map();
    // Row by row from the output down: the number of paths to each step.
    let paths = new Map([[output, 1]]);
    for (let row = layers; row >= 0; row--) {
      const below = new Map();
      for (let step = 0; step < 16; step++) {
        const count = paths.get(step);
        shapes.dots += `${this.path([[step, row]])}h0`;
        if (count) shapes.seen += `${this.path([[step, row]])}h0`;
        for (let tap = 0; row && tap < size; tap++) {
          const back = step - tap * dilations[row - 1];
          const line = this.path([[step, row], [back, row - 1]]);
          if (back >= 0) shapes.links += line;
          if (!count) continue;
          if (back >= 0) {
            shapes.reads += line;
            below.set(back, (below.get(back) ?? 0) + count);
          } else {
            const share = Math.min(1, (step - edge) / (step - back));
            shapes.zeros += this.path([[step, row], [step + share * (back - step), row - share]]);
            if (back > edge) rings.set(`${back} ${row}`, this.ring(back, row - 1, 5));
          }
        }
      }
      if (row) paths = below;
    }
    shapes.zeros += [...rings.values()].join("");
    shapes.at = this.ring(output, layers, 8);

    const sum = dilations.reduce((total, dilation) => total + dilation);
    const first = output - (size - 1) * sum;
    const start = Math.max(first, 0);
    const bracket = [[start - 0.35, -1.13], [output + 0.35, -1.13], [output + 0.35, -1]];
    if (first >= 0) bracket.unshift([start - 0.35, -1]);
    else shapes.zeros += this.path([[Math.max(first - 0.35, edge), -1.13], bracket[0]]);
    shapes.field = this.path(bracket);
    for (const [name, shape] of Object.entries(shapes)) {
      this.drawing.querySelector(`.${name}`).setAttribute("d", shape);
    }
    for (let row = 1; row <= 4; row++) {
      const [name, dilation] = this.drawing.querySelectorAll(`.row-${row}`);
      name.textContent = row > layers ? "" : row === layers ? "output" : `layer ${row}`;
      dilation.textContent = row > layers ? "" : `dilation ${factor ** (row - 1)}`;
    }
    this.drawing.querySelectorAll("[data-step]").forEach((text, step) => {
      text.classList.toggle("now", step === output);
    });
    this.drawing.querySelectorAll("[data-paths]").forEach((text, step) => {
      text.textContent = paths.get(step) ?? "";
    });

    const inside = output - start + 1;
    const share = paths.size === inside ? `all ${inside}` : `${paths.size} of the ${inside}`;
    const alone = inside === 1;
    const which = alone ? `input ${output} alone` : `${share} inputs from ${start} to ${output}`;
    const most = Math.max(...paths.values());
    const along = most > 1 ? `, along 1 to ${most} paths each` : `${alone ? "" : ", each"} along one path`;
    const before = start - first;
    const zeros = before === 1 ? "1 step of the field lies before step 0: a zero."
      : `${before} steps of the field lie before step 0: zeros.`;
    this.status.textContent = `Kernel size ${size}, dilation${layers > 1 ? "s" : ""} `
      + `${dilations.join(", ")}: a receptive field of 1 + ${size - 1} · ${sum} = `
      + `${output - first + 1} steps. Output ${output} depends on ${which}${along}.`
      + (before ? ` ${zeros}` : "");
  }

  ring(step, row, radius) {
    const turn = `a${radius} ${radius} 0 0 0`;
    return `${this.path([[step, row]])}m${-radius} 0${turn} ${2 * radius} 0${turn} ${-2 * radius} 0`;
  }
});

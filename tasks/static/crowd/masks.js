// <crowd-semantic-segmentation>: each pixel one label, answered as {inputImageProperties,
// labelMappings: {label: {color}}, labeledImage: {pngImageData}}.
// <crowd-instance-segmentation>: each pixel one instance of a label, answered with
// instances: [{color, label}] in place of labelMappings. The PNG has the image's own size and
// exactly these colours; what belongs to nothing is transparent.
(() => {
  "use strict";
  const crowd = window.manyhandsCrowd;
  const { h, s } = crowd;
  const TOOLS = [["brush", "Brush (B)", "b"], ["eraser", "Eraser (E)", "e"], ["polygon", "Fill a polygon (G)", "g"]];

  class Mask extends crowd.Task {
    static css = `${crowd.stageLook} ${crowd.labelLook}
      .size { display: flex; gap: .5rem; align-items: center; flex: 1 1 9rem; min-width: 8rem; max-width: 16rem; } .size input { flex: 1; min-width: 0; accent-color: var(--brand); }
      .ring { fill: none; stroke: #fff; stroke-width: 1.5px; vector-effect: non-scaling-stroke; mix-blend-mode: difference; } .draft { fill: none; stroke: #fff; stroke-width: 2px; vector-effect: non-scaling-stroke; mix-blend-mode: difference; }
      .keys { columns: 2 14rem; } .keys p { break-inside: avoid; } details.help summary { min-height: 2rem; cursor: pointer; }
      .list { display: grid; gap: 2px; max-height: 15rem; overflow: auto; padding: 3px; margin: 0; list-style: none; } .list li { display: flex; gap: .25rem; } .list .btn { justify-content: flex-start; flex: 1; font-weight: 400; } .list .x { flex: none; width: 2.25rem; padding: 0; justify-content: center; }`;

    fillIn() {
      this.points = [];
      this.tool = "brush";
      const handler = {
        down: (p) => this.down(p), move: (p, event, isDown) => this.move(p, isDown), up: () => this.up(),
        cancel: () => this.cancel(), press: (p) => this.press(p), leave: () => this.ring.setAttribute("visibility", "hidden"),
      };
      this.stage = new crowd.Stage({ label: this.text("header") || "Image", handler });
      this.palette = new crowd.Labels({ labels: crowd.labelsOf(this), onchoose: () => this.chose() });
      this.ring = s("circle", { class: "ring", visibility: "hidden" });
      this.outline = s("polyline", { class: "draft" });
      this.stage.layer.append(this.outline, this.ring);
      this.toolbar();
      this.said = h("p", { class: "small soft", role: "status" });
      this.main.append(this.stage.toolbar, this.stage.node, this.said, this.keyHelp());
      this.controls.append(h("h3", {}, "Label"), this.palette.node);
      this.none = h("input", { type: "checkbox", onchange: () => this.changed() });
      this.extra.append(...this.more(), h("label", { class: "check small" }, this.none, "Nothing to label in this image"));
      this.stage.whenReady = () => this.begin();
      this.stage.load(this.text("src"));
      this.use("brush");
    }

    more() {
      return [];
    }

    toolbar() {
      this.buttons = TOOLS.map(([tool, label]) => crowd.toolButton(tool, label, () => this.use(tool)));
      this.size = h("input", { type: "range", min: 1, max: 200, value: 20, "aria-label": "Size of the brush, in pixels of the image" });
      this.sizeShown = h("output", { class: "small soft num" });
      this.size.addEventListener("input", () => this.sized());
      this.undoButton = crowd.toolButton("undo", "Undo (Ctrl+Z)", () => this.back("undo"));
      this.redoButton = crowd.toolButton("redo", "Redo (Ctrl+Shift+Z)", () => this.back("redo"));
      const size = h("span", { class: "size" }, this.size, this.sizeShown);
      this.stage.toolbar.prepend(...this.buttons, size, this.undoButton, this.redoButton);
    }

    keyHelp() {
      const keys = [["B, E, G", "brush, eraser, polygon"], ["1–9", "choose a label"], [", .", "a smaller, a larger brush"],
        ["Arrows", "move the cross (with Shift by 1 pixel)"], ["Space", "press at the cross: paints on until pressed again, or sets a point"],
        ["Enter", "close the polygon"], ["Esc", "let go"], ["Ctrl+Z", "undo"], ["+ − F", "zoom in, out, fit"], ["H", "move the image"]];
      return h("details", { class: "help" }, h("summary", {}, "Keys"),
        h("div", { class: "keys" }, ...keys.map(([key, does]) => h("p", {}, h("kbd", {}, key), ` ${does}`))));
    }

    use(tool) {
      this.cancel();
      this.tool = tool;
      this.buttons.forEach((button, at) => button.setAttribute("aria-pressed", String(TOOLS[at][0] === tool)));
      this.said.textContent = {
        brush: "Paint over what has the chosen label.",
        eraser: "Rub out what is painted too much.",
        polygon: "Press at each corner, and the first again or Enter, to fill what is inside.",
      }[tool];
      this.sized();
    }

    sized() {
      this.sizeShown.textContent = `${this.size.value} px`;
      this.ring.setAttribute("r", Number(this.size.value) / 2);
    }

    begin() {
      const { width } = this.stage;
      this.size.max = Math.max(60, Math.round(width / 6));
      this.size.value = Math.max(8, Math.round(width / 40));
      this.sized();
      this.raster = new crowd.Raster(this.stage.addCanvas());
      this.prepare();
      const { src } = this.json("initial-value", {}) ?? {};
      if (src) this.takeEarlier(src);
      this.show();
      this.refresh();
    }

    // Reading the pixels of a picture from elsewhere takes its server's leave (CORS).
    takeEarlier(src) {
      const image = h("img", { crossorigin: "anonymous" });
      image.addEventListener("load", () => {
        this.raster.take(image);
        this.show();
        this.refresh();
      });
      image.addEventListener("error", () => this.complain("The earlier answer can't be read from its address (it must allow cross-origin reading)."));
      image.src = src;
    }

    chose() {
      this.show();
    }

    number() {
      return this.tool === "eraser" ? 0 : this.chosenNumber();
    }

    down(p) {
      if (this.tool === "polygon") return this.corner(p, this.stage.reach(10));
      if (!this.tool || (this.tool === "brush" && !this.number())) return;
      this.raster.begin();
      this.last = p;
      this.raster.stroke(p, p, Number(this.size.value) / 2, this.number());
    }

    move(p, isDown) {
      this.ring.setAttribute("cx", p.x);
      this.ring.setAttribute("cy", p.y);
      this.ring.setAttribute("visibility", this.tool === "polygon" ? "hidden" : "visible");
      if (this.tool === "polygon") this.trace(p);
      else if ((isDown || this.isPenDown) && this.last) {
        this.raster.stroke(this.last, p, Number(this.size.value) / 2, this.number());
        this.last = p;
      }
    }

    up() {
      if (this.tool === "polygon" || !this.last || this.isPenDown) return;
      this.last = null;
      this.ended();
    }

    ended() {
      if (this.raster.end()) {
        if (this.isMarked) this.none.checked = false;
        this.changed();
      }
      this.show();
    }

    press(p) {
      if (this.tool === "polygon") return this.corner(p, this.stage.reach(6));
      this.isPenDown = !this.isPenDown;
      this.said.textContent = this.isPenDown ? "The brush is down: arrows paint, Space lifts it." : "The brush is lifted.";
      if (this.isPenDown) this.down(p);
      else this.up();
    }

    corner(p, reach) {
      const [first] = this.points;
      if (this.points.length > 2 && Math.hypot(first.x - p.x, first.y - p.y) <= reach) return this.close();
      this.points.push({ ...p });
      this.trace(p);
      this.refresh();
    }

    trace(p) {
      const points = this.points.length ? [...this.points, p] : [];
      this.outline.setAttribute("points", points.map(({ x, y }) => `${x},${y}`).join(" "));
    }

    close() {
      if (this.points.length > 2 && this.chosenNumber()) {
        this.raster.begin();
        this.raster.fill(this.points, this.chosenNumber());
        this.ended();
      }
      this.points = [];
      this.trace();
      this.refresh();
    }

    cancel() {
      this.points = [];
      this.outline?.setAttribute("points", "");
      this.isPenDown = false;
      this.refresh();
      if (!this.last) return;
      this.last = null;
      this.ended();
    }

    back(way) {
      if (way === "undo" && this.points.length) {
        this.points.pop();
        this.trace(this.points.at(-1));
        return this.refresh();
      }
      if (this.raster?.[way]()) this.changed();
      this.show();
    }

    show() {
      this.undoButton.disabled = !this.raster?.past.length;
      this.redoButton.disabled = !this.raster?.future.length;
    }

    key(event) {
      const way = crowd.historyKey(event);
      if (way) {
        this.back(way);
        return true;
      }
      if (event.ctrlKey || event.metaKey) return false;
      const tool = TOOLS.find(([, , key]) => key === event.key.toLowerCase());
      if (tool) this.use(tool[0]);
      else if (event.key === "Enter" && this.points.length) this.close();
      else if (event.key === "Escape") this.cancel();
      else if (event.key === "," || event.key === ".") {
        this.size.value = Math.round(Number(this.size.value) * (event.key === "." ? 1.25 : 0.8) + (event.key === "." ? 1 : -1));
        this.sized();
      } else return this.palette.key(event) || this.stage.key(event);
      return true;
    }

    get isMarked() {
      return Boolean(this.raster && !this.raster.isEmpty);
    }

    // Encoding a large mask takes a while: once for each state that is asked for.
    get answer() {
      if (!this.raster) return undefined;
      if (this.told?.version !== this.raster.version || this.told.key !== JSON.stringify(this.mapped())) {
        const { width, height } = this.stage;
        const answer = { inputImageProperties: { height, width }, ...this.mapped() };
        answer.labeledImage = { pngImageData: this.raster.png };
        if (this.hasAttribute("initial-value")) answer.initialValueModified = this.raster.past.length > 0;
        this.told = { version: this.raster.version, key: JSON.stringify(this.mapped()), answer };
      }
      return this.told.answer;
    }

    get anchor() {
      return this.stage?.node;
    }

    problem() {
      if (this.points?.length) return "Close the polygon, or press Esc.";
      if (this.none.checked || this.isMarked) return "";
      return "Paint what is asked for, or tick that there is nothing to label.";
    }

    update(name) {
      super.update(name);
      if (name === "src") this.stage.load(this.text("src"));
      if (name === "labels") {
        this.palette.set(crowd.labelsOf(this));
        if (this.raster) this.prepare();
        this.chose();
      }
    }

    reset() {
      this.begin();
    }
  }

  class Semantic extends Mask {
    // A label keeps its number and colour once it has one, whatever becomes of the list.
    prepare() {
      const given = this.json("initial-value", {})?.labelMappings ?? {};
      this.numbers ??= new Map();
      this.palette.all.forEach((one) => {
        one.color = /^#[0-9a-f]{6}$/i.test(given[one.label]?.color) ? given[one.label].color.toLowerCase() : one.color;
        if (!this.numbers.has(one.label)) this.numbers.set(one.label, { number: this.numbers.size + 1, color: one.color });
        const { number, color } = this.numbers.get(one.label);
        one.color = color;
        this.raster.setColor(number, color);
      });
      this.palette.set(this.palette.all);
    }

    chosenNumber() {
      return this.numbers.get(this.palette.chosen?.label)?.number ?? 0;
    }

    mapped() {
      const labelMappings = {};
      for (const { label } of this.palette.all) labelMappings[label] = { color: this.numbers.get(label).color };
      return { labelMappings };
    }
  }

  class Instance extends Mask {
    more() {
      this.list = h("ul", { class: "list" });
      this.addButton = h("button", { type: "button", class: "btn btn-small", onclick: () => this.addInstance() }, "Add instance (A)");
      return [h("h3", {}, "Instances"), this.list, this.addButton];
    }

    prepare() {
      if (this.instances) return;
      const given = [this.json("initial-value", {})?.instances ?? []].flat().filter(crowd.isObject);
      this.instances = [];
      given.forEach(({ label, color }) => this.addInstance(String(label), /^#[0-9a-f]{6}$/i.test(color) ? color.toLowerCase() : ""));
      if (!given.length && this.palette.chosen) this.addInstance();
      else this.chosen = this.instances[0] ?? null;
    }

    // At most 255: a pixel's number is one byte.
    addInstance(label = this.palette.chosen?.label, color = "") {
      if (!label || this.instances.length >= 255) return;
      const used = new Set(this.instances.map((one) => one.color));
      let free = color;
      for (let at = 0; !free || used.has(free); at += 1) free = crowd.colorAt(at);
      this.chosen = { label, color: free, number: this.instances.length + 1 };
      this.instances.push(this.chosen);
      this.raster.setColor(this.chosen.number, free);
      this.show();
    }

    // Another label means another instance: the last one of it, or a new one.
    chose() {
      const { label } = this.palette.chosen ?? {};
      if (!this.instances || !label || this.chosen?.label === label) return;
      const found = [...this.instances].reverse().find((one) => one.label === label);
      if (found) this.chosen = found;
      else this.addInstance();
      this.show();
    }

    chosenNumber() {
      return this.chosen?.number ?? 0;
    }

    drop(one) {
      this.raster.begin();
      this.raster.clear(one.number);
      this.ended();
    }

    show() {
      super.show();
      if (!this.instances) return;
      const count = new Map();
      this.list.replaceChildren(...this.instances.map((one) => {
        count.set(one.label, (count.get(one.label) ?? 0) + 1);
        const name = `${this.palette.of(one.label)?.name ?? one.label} ${count.get(one.label)}`;
        const swatch = h("span", { class: "swatch" });
        swatch.style.background = one.color;
        const pick = () => {
          this.chosen = one;
          this.palette.mark(one.label);
          this.show();
        };
        return h("li", {},
          h("button", { type: "button", class: "btn btn-small btn-quiet", "aria-pressed": String(one === this.chosen), onclick: pick }, swatch, name),
          h("button", { type: "button", class: "btn btn-small btn-quiet x", "aria-label": `Rub out ${name}`, onclick: () => this.drop(one) }, "×"));
      }));
    }

    key(event) {
      if (event.key.toLowerCase() === "a" && !event.ctrlKey && !event.metaKey) {
        this.addInstance();
        return true;
      }
      return super.key(event);
    }

    reset() {
      this.instances = null;
      super.reset();
    }

    mapped() {
      const painted = (this.instances ?? []).filter((one) => this.raster.has(one.number));
      return { instances: painted.map(({ color, label }) => ({ color, label })) };
    }
  }

  crowd.defineTask("crowd-semantic-segmentation", Semantic);
  crowd.defineTask("crowd-instance-segmentation", Instance);
})();

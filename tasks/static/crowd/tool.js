// What the tools that put shapes on an image share: the stage, labels, the list of shapes, undo
// and redo, selection, keys. A kind of shape says how it is drawn, hit, moved and answered:
//   static key            the answer's name for the list of shapes
//   read(given), tell(shape)   a shape from and to its form in answers
//   paint(shape)          [SVG nodes, in pixels of the image]
//   isAt(shape, p, reach, isInside)   whether a press at p means the shape (with its inside too)
//   moved(shape, dx, dy)  the shape moved, kept inside the image
//   anchorOf(shape)       where its label stands
//   grips(shape)          [{x, y}] that can be dragged; pulled(shape, index, p) the shape after it
(() => {
  "use strict";
  const crowd = window.manyhandsCrowd;
  const { h, s } = crowd;

  crowd.Tool = class extends crowd.Task {
    static css = `${crowd.stageLook} ${crowd.labelLook}
      .shape { fill-opacity: .12; stroke-width: 2px; } .shape * { vector-effect: non-scaling-stroke; } .chosen .body { stroke-width: 3px; fill-opacity: .25; } .chosen .halo { stroke: #fff; stroke-opacity: .9; stroke-width: 6px; fill: none; } .halo { stroke: none; fill: none; }
      .grip { fill: #fff; stroke: #111; stroke-width: 1.5px; fill-opacity: 1; } .grip.active { fill: #111; stroke: #fff; } .chip text { font: 600 12px system-ui, sans-serif; stroke: none; fill-opacity: 1; } .chip rect { stroke: none; fill-opacity: .92; }
      .draft { stroke-dasharray: 6 4; } .draft .grip { stroke-dasharray: none; }
      .list { display: grid; gap: 2px; max-height: 15rem; overflow: auto; padding: 3px; margin: 0; list-style: none; } .list li { display: flex; gap: .25rem; } .list .btn { justify-content: flex-start; flex: 1; text-align: left; font-weight: 400; min-width: 0; } .list .btn[aria-pressed=true] { background: var(--brand-soft); } .list .x { flex: none; width: 2.25rem; padding: 0; justify-content: center; }
      .keys { columns: 2 14rem; } .keys p { break-inside: avoid; } details.help summary { min-height: 2rem; cursor: pointer; }`;

    fillIn() {
      this.shapes = [];
      this.selected = null;
      this.nodes = new Map();
      this.stage = new crowd.Stage({ label: this.text("header") || "Image", handler: this.handler() });
      this.palette = new crowd.Labels({ labels: crowd.labelsOf(this), onchoose: (one) => this.relabel(one.label) });
      this.undoButton = crowd.toolButton("undo", "Undo (Ctrl+Z)", () => this.back(-1));
      this.redoButton = crowd.toolButton("redo", "Redo (Ctrl+Shift+Z)", () => this.back(1));
      this.deleteButton = crowd.toolButton("delete", "Delete (Del)", () => this.drop());
      this.stage.toolbar.prepend(...this.toolButtons(), this.undoButton, this.redoButton, this.deleteButton);
      this.said = h("p", { class: "small soft", role: "status" }, this.hint());
      this.main.append(this.stage.toolbar, this.stage.node, this.said, this.keyHelp());
      this.controls.append(h("h3", {}, "Label"), this.palette.node);
      this.list = h("ul", { class: "list" });
      this.none = h("input", { type: "checkbox", onchange: () => this.changed() });
      this.listTitle = h("h3");
      this.extra.append(this.listTitle, this.list, h("label", { class: "check small" }, this.none, "Nothing to label in this image"));
      this.stage.whenReady = () => this.begin();
      this.stage.load(this.text("src"));
      this.history = new crowd.History("[]");
      this.show();
    }

    toolButtons() {
      return [];
    }

    hint() {
      return "";
    }

    help() {
      return [];
    }

    keyHelp() {
      const all = [
        ["1–9", "choose a label"], ...this.help(), ["Arrows", "move the cross, or what is selected"],
        ["Shift+arrows", "the cross by 1 pixel, the selected by 10"], ["N, P", "select the next, the previous"], ["Del", "delete"], ["Esc", "let go"],
        ["Ctrl+Z", "undo"], ["Ctrl+Shift+Z", "redo"], ["+ − F", "zoom in, out, fit"], ["H", "move the image"],
      ];
      return h("details", { class: "help" }, h("summary", {}, "Keys"),
        h("div", { class: "keys" }, ...all.map(([key, does]) => h("p", {}, h("kbd", {}, key), ` ${does}`))));
    }

    say(words) {
      this.said.textContent = words || this.hint();
    }

    // The image is there: what an earlier answer holds can be drawn.
    begin() {
      const given = this.json("initial-value", []);
      const list = Array.isArray(given) ? given : given?.[this.constructor.key];
      this.shapes = (Array.isArray(list) ? list : [])
        .filter((one) => this.palette.of(String(one.label)))
        .map((one) => ({ ...this.read(one), label: String(one.label), id: crowd.Tool.nextId() }));
      this.initial = this.state();
      this.history = new crowd.History(this.initial);
      this.show();
      this.refresh();
    }

    static nextId() {
      return (crowd.Tool.lastId = (crowd.Tool.lastId ?? 0) + 1);
    }

    state() {
      return JSON.stringify(this.shapes);
    }

    // After every change by the worker.
    commit(words) {
      if (this.history.add(this.state())) {
        if (this.shapes.length) this.none.checked = false;
        this.changed();
      }
      this.say(words);
      this.show();
    }

    back(by) {
      const was = this.state();
      this.shapes = JSON.parse(this.history.step(by));
      if (!this.shapes.some((one) => one.id === this.selected)) this.selected = null;
      if (was !== this.state()) this.changed();
      this.show();
    }

    add(shape) {
      const made = { ...shape, label: this.palette.chosen?.label ?? "", id: crowd.Tool.nextId() };
      this.shapes = [...this.shapes, made];
      return made;
    }

    get shape() {
      return this.shapes.find((one) => one.id === this.selected);
    }

    replace(shape) {
      this.shapes = this.shapes.map((one) => (one.id === shape.id ? shape : one));
      this.paintOne(shape);
    }

    // What was just drawn stays selected, to be adjusted; a label chosen then is for the next.
    take(shape, words) {
      this.selected = this.add(shape).id;
      this.isFresh = true;
      this.commit(words);
    }

    select(id) {
      this.selected = id;
      this.isFresh = false;
      this.grip = null;
      if (this.shape) this.palette.mark(this.shape.label);
      this.show();
    }

    drop(id = this.selected) {
      if (id === null) return;
      this.shapes = this.shapes.filter((one) => one.id !== id);
      if (this.selected === id) this.selected = null;
      this.commit("Deleted.");
    }

    relabel(label) {
      if (this.isFresh) return this.select(null);
      if (!this.shape || this.shape.label === label) return;
      this.replace({ ...this.shape, label });
      this.commit();
    }

    // Drawing ------------------------------------------------------------------------------

    show() {
      const kept = new Set(this.shapes.map((one) => one.id));
      for (const [id, node] of this.nodes) {
        if (!kept.has(id)) {
          node.remove();
          this.nodes.delete(id);
        }
      }
      this.shapes.forEach((shape) => this.paintOne(shape));
      this.undoButton.disabled = !this.history?.canUndo;
      this.redoButton.disabled = !this.history?.canRedo;
      this.deleteButton.disabled = this.selected === null;
      this.palette.count(this.shapes.map((one) => one.label));
      this.showList();
    }

    paintOne(shape) {
      const isChosen = shape.id === this.selected;
      let node = this.nodes.get(shape.id);
      const look = JSON.stringify([shape, isChosen, isChosen && [this.stage.scale, this.grip]]);
      if (node?.look === look) return;
      const color = this.palette.colorOf(shape.label);
      const made = s("g", { class: isChosen ? "shape chosen" : "shape", stroke: color, fill: color });
      made.append(...this.paint(shape), this.chip(shape, color));
      if (isChosen) made.append(...this.grips(shape).map((grip, at) => this.gripNode(grip, at)));
      made.look = look;
      if (node) node.replaceWith(made);
      else this.stage.shapes.append(made);
      this.nodes.set(shape.id, made);
      if (isChosen) this.stage.shapes.append(made);
    }

    gripNode({ x, y, isMiddle }, at) {
      const size = this.stage.reach(isMiddle ? 7 : 10);
      const look = at === this.grip ? "grip active" : "grip";
      return s("rect", { class: look, x: x - size / 2, y: y - size / 2, width: size, height: size, "fill-opacity": isMiddle ? ".5" : null });
    }

    // The label, as large on the screen at any zoom.
    chip(shape, color) {
      const { x, y } = this.anchorOf(shape);
      const name = this.palette.of(shape.label)?.name ?? shape.label ?? "";
      const shown = name.length > 24 ? `${name.slice(0, 23)}…` : name;
      const text = s("text", { x: 4, y: -4, fill: crowd.inkOn(color) }, shown);
      const back = s("rect", { x: 0, y: -16, width: crowd.textWidth(shown) + 8, height: 16, fill: color });
      const chip = s("g", { class: "chip" }, back, text);
      chip.at = { x, y };
      this.placeChip(chip);
      return chip;
    }

    placeChip(chip) {
      const { x, y } = chip.at;
      const drop = y < this.stage.reach(16) ? this.stage.reach(16) : 0;
      chip.setAttribute("transform", `translate(${x} ${y + drop}) scale(${1 / this.stage.scale})`);
    }

    showList() {
      const count = this.shapes.length;
      this.listTitle.textContent = count ? `Marked: ${count}` : "Nothing marked yet";
      this.list.replaceChildren(...this.shapes.map((shape) => {
        const swatch = h("span", { class: "swatch" });
        swatch.style.background = this.palette.colorOf(shape.label);
        const name = this.palette.of(shape.label)?.name ?? shape.label;
        return h("li", {},
          h("button", { type: "button", class: "btn btn-small btn-quiet", "aria-pressed": String(shape.id === this.selected), onclick: () => this.pick(shape.id) },
            swatch, h("span", {}, name), h("span", { class: "soft num" }, this.summary(shape))),
          h("button", { type: "button", class: "btn btn-small btn-quiet x", "aria-label": `Delete ${name}`, onclick: () => this.drop(shape.id) }, "×"));
      }));
    }

    pick(id) {
      this.select(id);
      this.stage.reveal(this.anchorOf(this.shape));
      this.stage.node.focus({ preventScroll: true });
    }

    // Pressing, dragging, keys ---------------------------------------------------------------

    handler() {
      return {
        down: (p, event) => this.down(p, event),
        move: (p, event, isDown) => (isDown ? this.drag(p, event) : this.hover(p)),
        up: (p, event) => this.up(p, event),
        cancel: () => this.cancel(),
        press: (p) => this.press(p),
        drawn: () => {
          this.stage.shapes.querySelectorAll(".chip").forEach((chip) => this.placeChip(chip));
          if (this.shape) this.paintOne(this.shape);
        },
      };
    }

    reachOf(event) {
      return this.stage.reach(event?.pointerType === "touch" ? 18 : 7);
    }

    // What is meant by a press: a grip of the selected shape, else the outline of any.
    down(p, event) {
      const reach = this.reachOf(event);
      const near = (grip) => Math.abs(grip.x - p.x) <= reach && Math.abs(grip.y - p.y) <= reach;
      const grip = this.shape ? this.grips(this.shape).findIndex(near) : -1;
      this.from = p;
      this.isDragged = false;
      if (grip >= 0) {
        this.taken = { kind: "grip", grip, shape: this.shape };
        return;
      }
      const hit = [...this.shapes].reverse().find((one) => this.isAt(one, p, reach, one.id === this.selected));
      if (hit) {
        if (hit.id !== this.selected) this.select(hit.id);
        this.taken = { kind: "shape", shape: hit };
      } else this.taken = { kind: "new" };
    }

    drag(p) {
      const far = this.stage.reach(4);
      if (!this.isDragged && Math.hypot(p.x - this.from.x, p.y - this.from.y) < far) return;
      this.isDragged = true;
      const { kind, shape, grip } = this.taken ?? {};
      if (kind === "grip") this.replace(this.pulled(shape, grip, p));
      else if (kind === "shape") this.replace(this.moved(shape, p.x - this.from.x, p.y - this.from.y));
      else if (kind === "new") this.drawTo(p);
    }

    up(p) {
      const { kind } = this.taken ?? {};
      this.taken = null;
      if (!kind) return;
      if (kind === "new") {
        if (this.isDragged) this.drawn(p);
        else this.clicked(p);
      } else if (this.isDragged) this.commit();
      else this.clickedShape(p, kind);
    }

    cancel() {
      if (this.taken?.shape && this.isDragged) this.replace(this.taken.shape);
      this.taken = null;
      this.dropDraft();
      this.show();
    }

    hover() {}

    drawTo() {}

    drawn(p) {
      this.clicked(p);
    }

    clickedShape() {}

    // A press on a free place: selects what it lies in, the smallest first, or lets go.
    clicked(p) {
      const inside = this.shapes.filter((one) => this.isAt(one, p, 0, true));
      inside.sort((one, other) => this.sizeOf(one) - this.sizeOf(other));
      this.select(inside[0]?.id ?? null);
    }

    sizeOf() {
      return 0;
    }

    press(p) {
      this.clicked(p);
    }

    draft(...nodes) {
      this.dropDraft();
      const color = this.palette.chosen?.color ?? "#7f7f7f";
      this.draftNode = s("g", { class: "shape draft", stroke: color, fill: color }, ...nodes);
      this.stage.shapes.append(this.draftNode);
    }

    dropDraft() {
      this.draftNode?.remove();
      this.draftNode = null;
    }

    key(event) {
      const way = crowd.historyKey(event);
      if (way) {
        this.back(way === "undo" ? -1 : 1);
        return true;
      }
      if (event.ctrlKey || event.metaKey) return false;
      if (this.palette.key(event)) return true;
      if ((event.key === "Delete" || event.key === "Backspace") && this.selected !== null) {
        this.drop();
        return true;
      }
      if (event.key === "Escape") {
        this.cancel();
        this.select(null);
        return true;
      }
      if (/^[np]$/i.test(event.key) && this.shapes.length) {
        const at = this.shapes.findIndex((one) => one.id === this.selected);
        const by = event.key.toLowerCase() === "n" ? 1 : -1;
        const next = at < 0 ? (by > 0 ? 0 : this.shapes.length - 1) : (at + by + this.shapes.length) % this.shapes.length;
        this.pick(this.shapes[next].id);
        return true;
      }
      if (this.shape && event.composedPath().includes(this.stage.node) && this.nudge(event)) return true;
      return this.stage.key(event);
    }

    nudge(event) {
      const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
      if (!way) return false;
      const [dx, dy] = way.map((one) => one * (event.shiftKey ? 10 : 1));
      if (this.grip !== null && this.grip !== undefined) {
        const { x, y } = this.grips(this.shape)[this.grip];
        this.replace(this.pulled(this.shape, this.grip, this.stage.inside({ x: x + dx, y: y + dy })));
      } else if (event.altKey && this.grown) this.replace(this.grown(this.shape, dx, dy));
      else this.replace(this.moved(this.shape, dx, dy));
      this.commit();
      return true;
    }

    // The answer -----------------------------------------------------------------------------

    get answer() {
      if (!this.stage?.isReady) return undefined;
      const { width, height } = this.stage;
      const answer = {};
      if (this.hasAttribute("initial-value")) answer.initialValueModified = this.state() !== this.initial;
      answer.inputImageProperties = { height, width };
      answer[this.constructor.key] = this.shapes.map((shape) => this.tell(shape));
      return answer;
    }

    get anchor() {
      return this.stage?.node;
    }

    problem() {
      if (this.shapes.length || this.none.checked) return "";
      return "Mark what is asked for, or tick that there is nothing to label.";
    }

    update(name) {
      super.update(name);
      if (name === "src") this.stage.load(this.text("src"));
      if (name === "labels") {
        this.palette.set(crowd.labelsOf(this));
        this.show();
      }
    }

    reset() {
      this.shapes = JSON.parse(this.initial ?? "[]");
      this.select(null);
      this.commit();
    }
  };

  const pen = document.createElement("canvas").getContext("2d");
  const widths = new Map();
  crowd.textWidth = (text) => {
    if (!widths.has(text)) {
      pen.font = "600 12px system-ui, sans-serif";
      widths.set(text, pen.measureText(text).width);
    }
    return widths.get(text);
  };
})();

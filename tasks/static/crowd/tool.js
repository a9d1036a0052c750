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

  crowd.Tool = class extends crowd.Drawing {
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
        .filter((one) => crowd.isObject(one) && this.palette.of(String(one.label)) && this.isWhole(one))
        .map((one) => ({ ...this.read(one), label: String(one.label), id: crowd.Tool.nextId() }));
      this.initial = this.state();
      this.history = new crowd.History(this.initial);
      this.show();
      this.refresh();
    }

    // Whether there is enough in it to draw it.
    isWhole() {
      return true;
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
})();

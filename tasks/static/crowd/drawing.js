// How the shapes on an image are drawn, and listed beside it. What a shape is, and what is done with
// it, is said in tool.js.
(() => {
  "use strict";
  const crowd = window.manyhandsCrowd;
  const { h, s } = crowd;

  const pen = document.createElement("canvas").getContext("2d");
  const widths = new Map();
  crowd.textWidth = (text) => {
    if (!widths.has(text)) {
      pen.font = "600 12px system-ui, sans-serif";
      widths.set(text, pen.measureText(text).width);
    }
    return widths.get(text);
  };

  crowd.Drawing = class extends crowd.Task {
    static css = `${crowd.stageLook} ${crowd.labelLook}
      .shape { fill-opacity: .12; stroke-width: 2px; } .shape * { vector-effect: non-scaling-stroke; } .chosen .body { stroke-width: 3px; fill-opacity: .25; } .chosen .halo { stroke: #fff; stroke-opacity: .9; stroke-width: 6px; fill: none; } .halo { stroke: none; fill: none; }
      .grip { fill: #fff; stroke: #111; stroke-width: 1.5px; fill-opacity: 1; } .grip.active { fill: #111; stroke: #fff; } .chip text { font: 600 12px system-ui, sans-serif; stroke: none; fill-opacity: 1; } .chip rect { stroke: none; fill-opacity: .92; }
      .draft { stroke-dasharray: 6 4; } .draft .grip { stroke-dasharray: none; }
      .list { display: grid; gap: 2px; max-height: 15rem; overflow: auto; padding: 3px; margin: 0; list-style: none; } .list li { display: flex; gap: .25rem; } .list .btn { justify-content: flex-start; flex: 1; text-align: left; font-weight: 400; min-width: 0; } .list .btn[aria-pressed=true] { background: var(--brand-soft); } .list .x { flex: none; width: 2.25rem; padding: 0; justify-content: center; }
      .keys { columns: 2 14rem; } .keys p { break-inside: avoid; } details.help summary { min-height: 2rem; cursor: pointer; }`;

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
      const width = crowd.textWidth(shown) + 8;
      const back = s("rect", { x: 0, y: -16, width, height: 16, fill: color });
      const chip = s("g", { class: "chip" }, back, text);
      Object.assign(chip, { at: { x, y }, width, room: shape.id === this.selected ? Infinity : this.roomOf(shape) });
      this.placeChip(chip);
      return chip;
    }

    // How wide a shape is. One too small for its label shows it when it is selected, or closer.
    roomOf() {
      return Infinity;
    }

    placeChip(chip) {
      const isRoom = chip.room >= this.stage.reach(chip.width * 0.8);
      chip.setAttribute("visibility", isRoom ? "visible" : "hidden");
      const { x, y } = chip.at;
      const drop = y < this.stage.reach(16) ? this.stage.reach(16) : 0;
      chip.setAttribute("transform", `translate(${x} ${y + drop}) scale(${1 / this.stage.scale})`);
    }

    showList() {
      const count = this.shapes.length;
      this.listTitle.textContent = count ? `Marked: ${count}` : "Nothing marked yet";
      this.rows ??= new Map();
      const rows = this.shapes.map((shape) => this.row(shape));
      this.rows = new Map(this.shapes.map((shape, at) => [shape.id, rows[at]]));
      const { children } = this.list;
      const isThere = () => rows.length === children.length && rows.every((row, at) => row === children[at]);
      rows.forEach((row, at) => {
        if (rows.length === children.length && children[at] !== row && !row.isConnected) children[at].replaceWith(row);
      });
      if (!isThere()) this.list.replaceChildren(...rows);
    }

    // A shape's line in the list: the one it had, while nothing in it changed.
    row(shape) {
      const name = this.palette.of(shape.label)?.name ?? shape.label;
      const isChosen = String(shape.id === this.selected);
      const look = [name, this.palette.colorOf(shape.label), this.summary(shape), isChosen].join("\n");
      const old = this.rows.get(shape.id);
      if (old?.look === look) return old;
      const swatch = h("span", { class: "swatch" });
      swatch.style.background = this.palette.colorOf(shape.label);
      const made = h("li", {},
        h("button", { type: "button", class: "btn btn-small btn-quiet", "aria-pressed": isChosen, onclick: () => this.pick(shape.id) },
          swatch, h("span", {}, name), h("span", { class: "soft num" }, this.summary(shape))),
        h("button", { type: "button", class: "btn btn-small btn-quiet x", "aria-label": `Delete ${name}`, onclick: () => this.drop(shape.id) }, "×"));
      made.look = look;
      return made;
    }

    pick(id) {
      this.select(id);
      this.stage.reveal(this.anchorOf(this.shape));
      this.stage.node.focus({ preventScroll: true });
    }
  };
})();

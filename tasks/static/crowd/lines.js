// <crowd-polygon>, <crowd-polyline>, <crowd-line>: answered as a list of {label, vertices: [{x, y}]}
// with inputImageProperties, in pixels of the image.
(() => {
  "use strict";
  const crowd = window.manyhandsCrowd;
  const { s, clamp } = crowd;

  const text = (points) => points.map(({ x, y }) => `${x},${y}`).join(" ");

  const distance = (p, a, b) => {
    const [dx, dy] = [b.x - a.x, b.y - a.y];
    const along = dx || dy ? clamp(((p.x - a.x) * dx + (p.y - a.y) * dy) / (dx * dx + dy * dy), 0, 1) : 0;
    return Math.hypot(p.x - a.x - along * dx, p.y - a.y - along * dy);
  };

  const side = (a, b, c) => Math.sign((b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x));
  const crosses = (a, b, c, d) => side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0;

  class Lines extends crowd.Tool {
    static isClosed = false;
    static least = 2;
    static most = Infinity;
    static what = "line";

    fillIn() {
      this.points = [];
      this.undone = [];
      super.fillIn();
    }

    toolButtons() {
      this.doneButton = crowd.toolButton("check", "Finish (Enter)", () => this.finish());
      return [this.doneButton];
    }

    hint() {
      const { most, what, isClosed } = this.constructor;
      if (most === 2) return "Drag from one end of the line to the other, or press at each end.";
      const end = isClosed ? "Press the first point again, or Enter, to close it." : "Press Enter, or twice, to end it.";
      return `Press at each point of the ${what}. ${end}`;
    }

    help() {
      return [["Space", "set a point at the cross"], ["Enter", "finish"], ["Backspace", "take the last point back"], ["[ ]", "choose a point of what is selected"]];
    }

    read({ vertices }) {
      return { vertices: vertices.map(({ x, y }) => ({ x: Number(x) || 0, y: Number(y) || 0 })) };
    }

    isWhole({ vertices }) {
      return Array.isArray(vertices) && vertices.length >= this.constructor.least && vertices.every(crowd.isObject);
    }

    tell({ label, vertices }) {
      return { label, vertices: vertices.map(({ x, y }) => ({ x, y })) };
    }

    paint({ vertices }) {
      const tag = this.constructor.isClosed ? "polygon" : "polyline";
      const points = text(vertices);
      const fill = this.constructor.isClosed ? null : "none";
      return [s(tag, { class: "halo", points, fill: "none" }), s(tag, { class: "body", points, fill })];
    }

    edges(vertices) {
      const edges = vertices.slice(1).map((point, at) => [vertices[at], point]);
      if (this.constructor.isClosed && vertices.length > 2) edges.push([vertices.at(-1), vertices[0]]);
      return edges;
    }

    isAt({ vertices }, p, reach, isInside) {
      if (this.edges(vertices).some(([a, b]) => distance(p, a, b) <= reach)) return true;
      if (!isInside || !this.constructor.isClosed) return false;
      let isWithin = false;
      for (const [a, b] of this.edges(vertices)) {
        if (a.y > p.y !== b.y > p.y && p.x < ((b.x - a.x) * (p.y - a.y)) / (b.y - a.y) + a.x) isWithin = !isWithin;
      }
      return isWithin;
    }

    sizeOf({ vertices }) {
      return Math.abs(this.edges(vertices).reduce((sum, [a, b]) => sum + a.x * b.y - b.x * a.y, 0));
    }

    roomOf({ vertices }) {
      const xs = vertices.map(({ x }) => x);
      return this.constructor.isClosed ? Math.max(...xs) - Math.min(...xs) : Infinity;
    }

    anchorOf({ vertices }) {
      return vertices.reduce((top, point) => (point.y < top.y ? point : top), vertices[0] ?? { x: 0, y: 0 });
    }

    summary({ vertices }) {
      return `${vertices.length} points`;
    }

    // The points, and between them what adds a point when dragged.
    grips({ vertices }) {
      const { most } = this.constructor;
      if (most === 2) return vertices;
      const middles = this.edges(vertices).map(([a, b]) => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, isMiddle: true }));
      return [...vertices, ...middles];
    }

    pulled(shape, index, p) {
      const { length } = shape.vertices;
      const vertices = [...shape.vertices];
      if (index < length) vertices[index] = p;
      else vertices.splice(index - length + 1, 0, p);
      const isCrossed = this.constructor.isClosed && this.isCrossed(vertices, true);
      return isCrossed ? this.shape : { ...shape, vertices };
    }

    moved(shape, dx, dy) {
      const [xs, ys] = [shape.vertices.map((p) => p.x), shape.vertices.map((p) => p.y)];
      const right = clamp(dx, -Math.min(...xs), this.stage.width - Math.max(...xs));
      const down = clamp(dy, -Math.min(...ys), this.stage.height - Math.max(...ys));
      return { ...shape, vertices: shape.vertices.map(({ x, y }) => ({ x: x + right, y: y + down })) };
    }

    isCrossed(vertices, isWhole) {
      const edges = isWhole ? this.edges(vertices) : vertices.slice(1).map((point, at) => [vertices[at], point]);
      return edges.some(([a, b], at) => edges.slice(at + 1).some(([c, d]) => crosses(a, b, c, d)));
    }

    // While something is being drawn, a press is its next point, whatever lies there.
    down(p, event) {
      if (!this.points.length) return super.down(p, event);
      this.from = p;
      this.isDragged = false;
      this.taken = { kind: "new", reach: this.reachOf(event) };
    }

    clickedShape(p, kind) {
      if (kind === "grip" && this.shape) {
        const near = this.grips(this.shape).findIndex((grip) => Math.hypot(grip.x - p.x, grip.y - p.y) <= this.stage.reach(12));
        this.grip = near >= 0 && near < this.shape.vertices.length ? near : null;
        this.show();
      }
    }

    clicked(p) {
      this.place(p, this.stage.reach(10));
    }

    drawTo(p) {
      if (this.constructor.most === 2 && !this.points.length) this.draft(s("polyline", { points: text([this.from, p]), fill: "none" }));
      else this.hover(p);
    }

    drawn(p) {
      if (this.constructor.most === 2 && !this.points.length) this.place(this.from, 0);
      this.place(p, this.stage.reach(10));
    }

    press(p) {
      this.place(p, this.stage.reach(6), 0);
    }

    // A press within `reach` of the first point closes a polygon; within `again` of the last one it
    // is the second of a double press, and ends a line.
    place(p, reach, again = reach) {
      const { isClosed, least, most } = this.constructor;
      const { points } = this;
      const isNear = (other, by) => Math.hypot(other.x - p.x, other.y - p.y) <= by;
      if (!points.length) this.select(null);
      if (isClosed && points.length >= least && isNear(points[0], reach)) return this.finish();
      if (points.length && isNear(points.at(-1), again)) return points.length >= least && !isClosed ? this.finish() : undefined;
      if (isClosed && this.isCrossed([...points, p], false)) return this.say("Lines of one polygon may not cross: press elsewhere.");
      this.points = [...points, { ...p }];
      this.undone = [];
      this.say();
      if (this.points.length >= most) this.finish();
      else this.hover(p);
      this.refresh();
    }

    hover(p) {
      if (!this.points.length) return;
      const tag = this.constructor.isClosed ? "polygon" : "polyline";
      const size = this.stage.reach(10);
      const dots = this.points.map(({ x, y }) => s("rect", { class: "grip", x: x - size / 2, y: y - size / 2, width: size, height: size }));
      this.draft(s(tag, { points: text([...this.points, p]), fill: this.constructor.isClosed ? null : "none" }), ...dots);
    }

    finish() {
      const { isClosed, least, what } = this.constructor;
      if (!this.points.length) return;
      if (this.points.length < least) return this.say(`A ${what} has at least ${least} points.`);
      if (isClosed && this.isCrossed(this.points, true)) return this.say("Lines of one polygon may not cross: take points back, or add some.");
      const vertices = this.points;
      this.points = [];
      this.dropDraft();
      this.take({ vertices }, `Added, with ${vertices.length} points.`);
    }

    // Undo and redo go point by point while drawing.
    back(by) {
      if (by < 0 && this.points.length) this.undone.push(this.points.at(-1));
      else if (by > 0 && this.undone.length) this.points = [...this.points, this.undone.pop()];
      else return super.back(by);
      if (by < 0) this.points = this.points.slice(0, -1);
      this.dropDraft();
      this.hover(this.points.at(-1));
      this.show();
      this.refresh();
    }

    show() {
      super.show();
      const isDrawing = this.points.length > 0;
      this.doneButton.disabled = !isDrawing;
      if (isDrawing) this.undoButton.disabled = false;
      if (this.undone.length) this.redoButton.disabled = false;
    }

    cancel() {
      // A second finger ends a press, not the whole drawing.
      if (this.stage.mode !== "pinch" && this.stage.fingers.size < 2) {
        this.points = [];
        this.undone = [];
      }
      super.cancel();
      if (this.points.length) this.hover(this.points.at(-1));
      this.refresh();
    }

    key(event) {
      if (this.points.length && event.key === "Enter") {
        this.finish();
        return true;
      }
      if (this.points.length && event.key === "Backspace") {
        this.back(-1);
        return true;
      }
      if (this.shape && /^[[\]]$/.test(event.key)) {
        const { length } = this.shape.vertices;
        this.grip = ((this.grip ?? -1) + (event.key === "]" ? 1 : -1) + length) % length;
        this.show();
        return true;
      }
      if (event.key === "Delete" && this.shape && this.grip !== null && this.shape.vertices.length > this.constructor.least) {
        const vertices = this.shape.vertices.filter((_point, at) => at !== this.grip);
        this.grip = null;
        this.replace({ ...this.shape, vertices });
        this.commit("Point deleted.");
        return true;
      }
      return super.key(event);
    }

    problem() {
      return this.points?.length ? "Finish what you are drawing, or press Esc." : super.problem();
    }
  }

  class Polygon extends Lines {
    static key = "polygons";
    static isClosed = true;
    static least = 3;
    static what = "polygon";
  }

  class Polyline extends Lines {
    static key = "polylines";
    static what = "polyline";
  }

  class Line extends Lines {
    static key = "lines";
    static most = 2;
  }

  crowd.defineTask("crowd-polygon", Polygon);
  crowd.defineTask("crowd-polyline", Polyline);
  crowd.defineTask("crowd-line", Line);
})();

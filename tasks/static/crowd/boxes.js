// <crowd-bounding-box>: rectangles, answered as {boundingBoxes: [{height, label, left, top, width}],
// inputImageProperties: {height, width}} in pixels of the image.
(() => {
  "use strict";
  const crowd = window.manyhandsCrowd;
  const { s, clamp } = crowd;
  const LEAST = 1; // pixels: a box has a width and a height

  const boxOf = (one, other) => ({
    left: Math.min(one.x, other.x),
    top: Math.min(one.y, other.y),
    width: Math.abs(one.x - other.x),
    height: Math.abs(one.y - other.y),
  });

  // The grips, clockwise from the top left: which edges each pulls.
  const EDGES = [["left", "top"], ["", "top"], ["right", "top"], ["right", ""], ["right", "bottom"], ["", "bottom"], ["left", "bottom"], ["left", ""]];

  class BoundingBox extends crowd.Tool {
    static key = "boundingBoxes";

    hint() {
      return "Drag to draw a box. Press its edge to select it, then drag it or its grips.";
    }

    help() {
      return [["Space", "start a box at the cross, then end it"], ["Alt+arrows", "change the size of the selected"]];
    }

    read({ left, top, width, height }) {
      const [x, y] = [Number(left) || 0, Number(top) || 0];
      return { left: x, top: y, width: Number(width) || 1, height: Number(height) || 1 };
    }

    tell({ height, label, left, top, width }) {
      return { height, label, left, top, width };
    }

    paint({ left: x, top: y, width, height }) {
      const place = { x, y, width, height };
      return [s("rect", { class: "halo", ...place }), s("rect", { class: "body", ...place })];
    }

    isAt({ left, top, width, height }, { x, y }, reach, isInside) {
      const within = (by) => x >= left - by && x <= left + width + by && y >= top - by && y <= top + height + by;
      if (!within(reach)) return false;
      return isInside || !(x > left + reach && x < left + width - reach && y > top + reach && y < top + height - reach);
    }

    sizeOf({ width, height }) {
      return width * height;
    }

    roomOf({ width }) {
      return width;
    }

    anchorOf({ left, top }) {
      return { x: left, y: top };
    }

    summary({ width, height }) {
      return `${width} × ${height}`;
    }

    grips({ left, top, width, height }) {
      const at = { left, right: left + width, "": left + width / 2 };
      const down = { top, bottom: top + height, "": top + height / 2 };
      return EDGES.map(([across, along]) => ({ x: at[across], y: down[along] }));
    }

    pulled(shape, index, p) {
      const [across, along] = EDGES[index];
      const edges = { left: shape.left, top: shape.top, right: shape.left + shape.width, bottom: shape.top + shape.height };
      if (across) edges[across] = p.x;
      if (along) edges[along] = p.y;
      const made = boxOf({ x: edges.left, y: edges.top }, { x: edges.right, y: edges.bottom });
      return { ...shape, ...made, width: Math.max(LEAST, made.width), height: Math.max(LEAST, made.height) };
    }

    moved(shape, dx, dy) {
      const { width, height } = this.stage;
      return {
        ...shape,
        left: clamp(shape.left + dx, 0, width - shape.width),
        top: clamp(shape.top + dy, 0, height - shape.height),
      };
    }

    grown(shape, dx, dy) {
      return {
        ...shape,
        width: clamp(shape.width + dx, LEAST, this.stage.width - shape.left),
        height: clamp(shape.height + dy, LEAST, this.stage.height - shape.top),
      };
    }

    drawTo(p) {
      const { left: x, top: y, width, height } = boxOf(this.from, p);
      this.draft(s("rect", { x, y, width, height }));
    }

    drawn(p) {
      this.dropDraft();
      const box = boxOf(this.from, p);
      this.corner = null;
      if (box.width < 2 || box.height < 2) return;
      this.take(box, `Box ${box.width} × ${box.height} added.`);
    }

    clicked(p) {
      if (this.corner) this.press(p);
      else super.clicked(p);
    }

    // By keyboard: one corner, then the other.
    press(p) {
      if (!this.corner) {
        this.corner = { ...p };
        this.selected = null;
        this.show();
        this.say("Box started: move the cross to its other corner, then press Space.");
        return;
      }
      this.from = this.corner;
      this.drawn(p);
    }

    hover(p) {
      if (!this.corner) return;
      const { left: x, top: y, width, height } = boxOf(this.corner, p);
      this.draft(s("rect", { x, y, width, height }));
    }

    cancel() {
      this.corner = null;
      super.cancel();
      this.say();
    }
  }

  crowd.defineTask("crowd-bounding-box", BoundingBox);
})();

// <crowd-keypoint>: points, answered as {inputImageProperties, keypoints: [{label, x, y}]} in pixels
// of the image.
(() => {
  "use strict";
  const crowd = window.manyhandsCrowd;
  const { s, clamp } = crowd;

  class Keypoint extends crowd.Tool {
    static key = "keypoints";

    hint() {
      return "Choose a label, then press where it is. Drag a point to move it.";
    }

    help() {
      return [["Space", "set a point at the cross"]];
    }

    read({ x, y }) {
      return { x: Number(x) || 0, y: Number(y) || 0 };
    }

    tell({ label, x, y }) {
      return { label, x, y };
    }

    paint({ x, y, id }) {
      const scale = id === this.selected ? 7 : 5;
      const dot = (className, r) => s("circle", { class: className, r, "fill-opacity": 1, stroke: "#fff", "stroke-width": 2 });
      const place = s("g", {}, dot("body", scale), s("circle", { r: 1.2, fill: "#fff", stroke: "none", "fill-opacity": 1 }));
      place.at = { x, y };
      this.scaleDot(place);
      return [place];
    }

    scaleDot(dot) {
      dot.classList.add("dot");
      dot.setAttribute("transform", `translate(${dot.at.x} ${dot.at.y}) scale(${1 / this.stage.scale})`);
    }

    handler() {
      const handler = super.handler();
      return { ...handler, drawn: () => {
        handler.drawn();
        this.stage.shapes.querySelectorAll(".dot").forEach((dot) => this.scaleDot(dot));
      } };
    }

    isAt(shape, { x, y }, reach) {
      return Math.hypot(shape.x - x, shape.y - y) <= Math.max(reach, this.stage.reach(9));
    }

    anchorOf({ x, y }) {
      return { x: x + this.stage.reach(6), y: y - this.stage.reach(6) };
    }

    summary({ x, y }) {
      return `${x}, ${y}`;
    }

    grips() {
      return [];
    }

    pulled(shape, _index, p) {
      return { ...shape, ...p };
    }

    moved(shape, dx, dy) {
      const { width, height } = this.stage;
      return { ...shape, x: clamp(shape.x + dx, 0, width), y: clamp(shape.y + dy, 0, height) };
    }

    clicked(p) {
      this.take({ x: p.x, y: p.y }, `Point at ${p.x}, ${p.y}.`);
    }

    press(p) {
      this.clicked(p);
    }
  }

  crowd.defineTask("crowd-keypoint", Keypoint);
})();

// A mask: for each pixel of an image the number of what it belongs to (0: nothing), and a canvas
// that shows it in exact colours, without half tones at the edges. Every change can be undone.
(() => {
  "use strict";
  const crowd = window.manyhandsCrowd;
  const { clamp } = crowd;
  const MOST_KEPT = 96_000_000; // bytes of pixels kept for undo

  const rgb = (color) => [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));

  crowd.Raster = class {
    constructor(canvas) {
      this.canvas = canvas;
      this.width = canvas.width;
      this.height = canvas.height;
      this.pen = canvas.getContext("2d");
      const size = this.width * this.height;
      const room = new ArrayBuffer(Math.ceil(size / 4) * 4);
      this.pixels = new Uint8Array(room, 0, size);
      this.fours = new Uint32Array(room); // the same, four at a time
      this.colors = [null];
      this.past = [];
      this.future = [];
      this.change = null;
      this.version = 0;
    }

    setColor(number, color) {
      this.colors[number] = rgb(color);
    }

    // Changes between begin() and end() are one step back. What a step touched is kept by rows.
    begin() {
      this.change = new Map();
    }

    end() {
      const { change } = this;
      this.change = null;
      const isReal = [...(change ?? [])].some(([row, was]) => {
        const start = row * this.width;
        return was.some((number, at) => number !== this.pixels[start + at]);
      });
      if (!isReal) return false;
      this.past.push(change);
      this.future = [];
      let kept = 0;
      for (let at = this.past.length - 1; at >= 0; at -= 1) {
        kept += this.past[at].size * this.width;
        if (kept > MOST_KEPT && at < this.past.length - 1) {
          this.past.splice(0, at + 1);
          break;
        }
      }
      this.version += 1;
      return true;
    }

    swap(from, to) {
      const step = from.pop();
      if (!step) return false;
      const back = new Map();
      for (const [row, was] of step) {
        const start = row * this.width;
        back.set(row, this.pixels.slice(start, start + this.width));
        this.pixels.set(was, start);
      }
      to.push(back);
      const rows = [...step.keys()];
      this.show(0, Math.min(...rows), this.width - 1, Math.max(...rows));
      this.version += 1;
      return true;
    }

    undo() {
      return this.swap(this.past, this.future);
    }

    redo() {
      return this.swap(this.future, this.past);
    }

    span(row, from, to, number) {
      if (row < 0 || row >= this.height) return;
      const [left, right] = [Math.max(0, from), Math.min(this.width - 1, to)];
      if (left > right) return;
      const start = row * this.width;
      if (this.change && !this.change.has(row)) {
        this.change.set(row, this.pixels.slice(start, start + this.width));
      }
      this.pixels.fill(number, start + left, start + right + 1);
    }

    // A stroke of a round brush, from a to b.
    stroke(a, b, radius, number) {
      const [left, right] = [Math.min(a.x, b.x) - radius, Math.max(a.x, b.x) + radius];
      const [top, bottom] = [Math.floor(Math.min(a.y, b.y) - radius), Math.ceil(Math.max(a.y, b.y) + radius)];
      const [dx, dy] = [b.x - a.x, b.y - a.y];
      const length = Math.hypot(dx, dy);
      const disc = (center, row) => {
        const half = radius * radius - (row - center.y) ** 2;
        return half < 0 ? null : [center.x - Math.sqrt(half), center.x + Math.sqrt(half)];
      };
      const corners = length
        ? [[1, 1], [1, -1], [-1, -1], [-1, 1]].map(([end, way]) => {
            const base = end > 0 ? b : a;
            return { x: base.x - (way * radius * dy) / length, y: base.y + (way * radius * dx) / length };
          })
        : [];
      for (let row = top; row <= bottom; row += 1) {
        const found = [disc(a, row), disc(b, row), corners.length ? crossing(corners, row) : null].filter(Boolean);
        if (!found.length) continue;
        const from = Math.min(...found.map((one) => one[0]));
        const to = Math.max(...found.map((one) => one[1]));
        this.span(row, Math.ceil(from), Math.floor(to), number);
      }
      this.show(Math.floor(left), top, Math.ceil(right), bottom);
    }

    // Everything inside a polygon, by the even-odd rule, counted at the pixels' middles.
    fill(points, number) {
      const ys = points.map((p) => p.y);
      const [top, bottom] = [Math.floor(Math.min(...ys)), Math.ceil(Math.max(...ys))];
      for (let row = top; row <= bottom; row += 1) {
        const at = cuts(points, row + 0.5);
        for (let pair = 0; pair + 1 < at.length; pair += 2) {
          this.span(row, Math.ceil(at[pair] - 0.5), Math.ceil(at[pair + 1] - 0.5) - 1, number);
        }
      }
      const xs = points.map((p) => p.x);
      this.show(Math.floor(Math.min(...xs)), top, Math.ceil(Math.max(...xs)), bottom);
    }

    clear(number) {
      for (let at = this.pixels.indexOf(number); at >= 0; at = this.pixels.indexOf(number, at + 1)) {
        const row = Math.floor(at / this.width);
        this.span(row, at - row * this.width, at - row * this.width, 0);
      }
      this.show(0, 0, this.width - 1, this.height - 1);
    }

    get isEmpty() {
      for (let at = 0; at < this.fours.length; at += 1) if (this.fours[at]) return false;
      return true;
    }

    has(number) {
      return this.pixels.includes(number);
    }

    at({ x, y }) {
      return this.pixels[clamp(y, 0, this.height - 1) * this.width + clamp(x, 0, this.width - 1)];
    }

    show(left, top, right, bottom) {
      const [x, y] = [clamp(left, 0, this.width - 1), clamp(top, 0, this.height - 1)];
      const [wide, tall] = [clamp(right, 0, this.width - 1) - x + 1, clamp(bottom, 0, this.height - 1) - y + 1];
      const part = this.pen.createImageData(wide, tall);
      const words = new Uint32Array(part.data.buffer);
      const palette = this.colors.map((color) =>
        color ? new Uint32Array(new Uint8Array([...color, 255]).buffer)[0] : 0);
      for (let row = 0; row < tall; row += 1) {
        const start = (y + row) * this.width + x;
        for (let column = 0; column < wide; column += 1) {
          words[row * wide + column] = palette[this.pixels[start + column]];
        }
      }
      this.pen.putImageData(part, x, y);
    }

    // Takes an image in which each colour stands for one number; near colours count as theirs.
    take(image) {
      const canvas = document.createElement("canvas");
      Object.assign(canvas, { width: this.width, height: this.height });
      const pen = canvas.getContext("2d", { willReadFrequently: true });
      pen.imageSmoothingEnabled = false;
      pen.drawImage(image, 0, 0, this.width, this.height);
      const { data } = pen.getImageData(0, 0, this.width, this.height);
      const known = new Map();
      for (let at = 0; at < this.pixels.length; at += 1) {
        const [red, green, blue, alpha] = [data[4 * at], data[4 * at + 1], data[4 * at + 2], data[4 * at + 3]];
        const key = (red << 16) | (green << 8) | blue;
        if (alpha < 128) continue;
        if (!known.has(key)) {
          const near = (color) => color && Math.hypot(color[0] - red, color[1] - green, color[2] - blue) < 12;
          known.set(key, Math.max(0, this.colors.findIndex(near)));
        }
        this.pixels[at] = known.get(key);
      }
      this.show(0, 0, this.width - 1, this.height - 1);
    }

    get png() {
      return this.canvas.toDataURL("image/png").replace(/^data:[^,]*,/, "");
    }
  };

  const cuts = (points, y) => {
    const found = [];
    points.forEach((a, at) => {
      const b = points[(at + 1) % points.length];
      if (a.y > y !== b.y > y) found.push(a.x + ((y - a.y) * (b.x - a.x)) / (b.y - a.y));
    });
    return found.sort((one, other) => one - other);
  };

  const crossing = (points, y) => {
    const found = cuts(points, y);
    return found.length > 1 ? [found[0], found.at(-1)] : null;
  };
})();

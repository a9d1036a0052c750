// A stage: an image that can be zoomed and panned by mouse, fingers and keys, with room for shapes
// (SVG) and a mask (canvas) over it. Every place is told in pixels of the image itself, whatever
// the zoom and the screen.
(() => {
  "use strict";
  const crowd = window.manyhandsCrowd;
  const { h, s, clamp } = crowd;

  crowd.stageLook = `
.stage { position: relative; overflow: hidden; border: 1px solid var(--line); border-radius: var(--r); background: var(--sunken) repeating-conic-gradient(transparent 0 25%, rgb(128 128 128 / .08) 0 50%) 0 0 / 20px 20px; touch-action: none; height: 18rem; user-select: none; -webkit-user-select: none; cursor: crosshair; }
.stage:focus-visible { outline-offset: -3px; border-radius: var(--r); } .stage.hand { cursor: grab; } .stage.dragging { cursor: grabbing; }
.stage .pan { position: absolute; inset: 0 auto auto 0; transform-origin: 0 0; } .stage .pan > * { position: absolute; inset: 0 auto auto 0; width: 100%; height: 100%; max-width: none; pointer-events: none; } .stage .mask { opacity: .6; }
.stage.close-up .pan > * { image-rendering: pixelated; } .stage .pan > .picture { opacity: .55; }
.stage > svg { position: absolute; inset: 0; width: 100%; height: 100%; pointer-events: none; overflow: hidden; } .stage > p { position: absolute; inset: 0; display: grid; place-content: center; padding: 1rem; text-align: center; color: var(--soft); }
.outline { fill: none; stroke-width: 2px; vector-effect: non-scaling-stroke; } .cross { stroke: #fff; stroke-width: 1.5px; vector-effect: non-scaling-stroke; fill: none; mix-blend-mode: difference; }
.tools { display: flex; flex-wrap: wrap; gap: .25rem; align-items: center; } .tools .gap { flex: 1; } .tools .btn { min-width: 2.75rem; min-height: 2.75rem; padding: 0 .5rem; } .tools output { min-width: 3.5em; text-align: right; }
@container (max-width: 30rem) { .tools { gap: 0; } .tools .btn { min-width: 2.5rem; padding: 0; } .tools output { display: none; } }
`;

  crowd.toolButton = (icon, label, press, more = {}) =>
    h("button", { type: "button", class: "btn btn-quiet", title: label, "aria-label": label.replace(/ \(.*\)$/, ""), onclick: press, ...more }, crowd.icon(icon));

  // handler: down(p, event), move(p, event), up(p, event), cancel(), press(p), key(event), drawn().
  crowd.Stage = class {
    constructor({ label, handler }) {
      this.handler = handler;
      this.scale = 1;
      this.x = this.y = 0;
      this.width = this.height = 0;
      this.isFitted = true;
      this.fingers = new Map();
      this.image = h("img", { alt: "", draggable: "false" });
      this.pan = h("div", { class: "pan" }, this.image);
      this.shapes = s("g");
      this.cross = s("path", { class: "cross", visibility: "hidden" });
      this.layer = s("g", {}, this.shapes, this.cross);
      this.words = h("p", {}, "Loading the image…");
      this.node = h("div", { class: "stage", tabindex: 0, role: "application", "aria-label": label, "aria-roledescription": "image to mark" },
        this.pan, s("svg", { "aria-hidden": "true" }, this.layer), this.words);
      this.status = h("output", { class: "small soft num" }, "100 %");
      this.toolbar = h("div", { class: "tools", role: "toolbar", "aria-label": "Tools" },
        h("span", { class: "gap" }),
        (this.handButton = crowd.toolButton("hand", "Move the image (H)", () => this.setHand(!this.isHand), { "aria-pressed": "false" })),
        crowd.toolButton("zoom-out", "Zoom out (−)", () => this.zoom(1 / 1.4)),
        crowd.toolButton("zoom-in", "Zoom in (+)", () => this.zoom(1.4)),
        crowd.toolButton("fit", "Fit to the frame (F)", () => this.fit()), this.status);
      this.listen();
    }

    listen() {
      const { node, image } = this;
      image.addEventListener("load", () => this.loaded());
      image.addEventListener("error", () => {
        this.words.hidden = false;
        this.words.textContent = crowd.words.noImage;
        // Out of the shadow, to whoever listens for what breaks.
        node.getRootNode().host?.dispatchEvent(new Event("error"));
      });
      node.addEventListener("pointerdown", (event) => this.down(event));
      node.addEventListener("pointermove", (event) => this.move(event));
      node.addEventListener("pointerup", (event) => this.up(event));
      node.addEventListener("pointercancel", (event) => this.up(event, true));
      node.addEventListener("contextmenu", (event) => event.preventDefault());
      node.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
      node.addEventListener("pointerleave", () => this.handler.leave?.());
      // A frame later: what is measured here is also what is set.
      new ResizeObserver(() => requestAnimationFrame(() => {
        if (node.clientWidth !== this.sized) this.resized();
      })).observe(node);
    }

    load(src) {
      this.words.hidden = false;
      if (src) this.image.src = src;
      else this.words.textContent = crowd.words.noImage;
    }

    get isReady() {
      return this.width > 0;
    }

    loaded() {
      // An SVG may come without a size of its own.
      this.width = this.image.naturalWidth || 800;
      this.height = this.image.naturalHeight || 600;
      Object.assign(this.pan.style, { width: `${this.width}px`, height: `${this.height}px` });
      this.words.hidden = true;
      this.at = { x: Math.round(this.width / 2), y: Math.round(this.height / 2) };
      this.isFitted = true;
      this.resized();
      this.whenReady?.();
    }

    resized() {
      const room = this.node.clientWidth;
      if (!room || !this.isReady) return;
      this.sized = room;
      // Never by the frame's own height: the frame is as tall as its page.
      const most = Math.min(680, Math.max(320, screen.availHeight * 0.62));
      const height = clamp((room * this.height) / this.width, 220, most);
      this.node.style.height = `${Math.round(height)}px`;
      if (this.isFitted) this.fit();
      else this.place();
    }

    fit() {
      const [room, high] = [this.node.clientWidth, this.node.clientHeight];
      this.scale = Math.min(room / this.width, high / this.height);
      this.x = (room - this.width * this.scale) / 2;
      this.y = (high - this.height * this.scale) / 2;
      this.isFitted = true;
      this.place();
    }

    zoom(factor, x = this.node.clientWidth / 2, y = this.node.clientHeight / 2) {
      if (!this.isReady) return;
      const least = Math.min(this.node.clientWidth / this.width, this.node.clientHeight / this.height);
      const scale = clamp(this.scale * factor, least * 0.9, 32);
      this.x = x - ((x - this.x) * scale) / this.scale;
      this.y = y - ((y - this.y) * scale) / this.scale;
      this.scale = scale;
      this.isFitted = scale <= least * 1.001;
      if (this.isFitted) this.fit();
      else this.place();
    }

    // At least a part of the image stays in sight.
    place() {
      const [room, high] = [this.node.clientWidth, this.node.clientHeight];
      const [wide, tall] = [this.width * this.scale, this.height * this.scale];
      this.x = wide <= room ? (room - wide) / 2 : clamp(this.x, room * 0.5 - wide, room * 0.5);
      this.y = tall <= high ? (high - tall) / 2 : clamp(this.y, high * 0.5 - tall, high * 0.5);
      if (this.isPlacing) return;
      this.isPlacing = true;
      requestAnimationFrame(() => {
        this.isPlacing = false;
        const { x, y, scale } = this;
        this.pan.style.transform = `translate(${x}px, ${y}px) scale(${scale})`;
        this.layer.setAttribute("transform", `translate(${x} ${y}) scale(${scale})`);
        this.node.classList.toggle("close-up", scale * devicePixelRatio > 4);
        this.status.textContent = `${Math.round(scale * 100)} %`;
        if (this.drawnScale !== scale) {
          this.drawnScale = scale;
          this.showCross();
          this.handler.drawn?.();
        }
      });
    }

    setHand(on) {
      this.isHand = on;
      this.handButton.setAttribute("aria-pressed", String(on));
      this.node.classList.toggle("hand", on);
    }

    // Where on the image an event is: whole pixels, kept inside.
    point(event) {
      const box = this.node.getBoundingClientRect();
      const x = (event.clientX - box.left - this.node.clientLeft - this.x) / this.scale;
      const y = (event.clientY - box.top - this.node.clientTop - this.y) / this.scale;
      return this.inside({ x: Math.round(x), y: Math.round(y) });
    }

    inside({ x, y }) {
      return { x: clamp(x, 0, this.width), y: clamp(y, 0, this.height) };
    }

    // So many pixels of the screen, in pixels of the image.
    reach(pixels) {
      return pixels / this.scale;
    }

    down(event) {
      if (!this.isReady || (event.pointerType === "mouse" && event.button === 2)) return;
      this.node.focus({ preventScroll: true });
      event.preventDefault();
      this.node.setPointerCapture(event.pointerId);
      this.fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
      this.cross.setAttribute("visibility", "hidden");
      if (this.fingers.size === 2) {
        this.handler.cancel?.();
        this.mode = "pinch";
        this.pinch = this.spread();
      } else if (this.fingers.size === 1) {
        this.mode = this.isHand || event.button === 1 || !this.handler.down ? "pan" : "tool";
        if (this.mode === "tool") this.handler.down(this.point(event), event);
        else this.node.classList.add("dragging");
      }
    }

    spread() {
      const [one, two] = [...this.fingers.values()];
      const box = this.node.getBoundingClientRect();
      return {
        apart: Math.hypot(one.x - two.x, one.y - two.y) || 1,
        x: (one.x + two.x) / 2 - box.left,
        y: (one.y + two.y) / 2 - box.top,
      };
    }

    move(event) {
      if (!this.isReady) return;
      const finger = this.fingers.get(event.pointerId);
      if (finger && this.mode === "pan") {
        this.isFitted = false;
        this.x += event.clientX - finger.x;
        this.y += event.clientY - finger.y;
        this.place();
      }
      if (finger) Object.assign(finger, { x: event.clientX, y: event.clientY });
      if (this.mode === "pinch" && this.fingers.size === 2) {
        const { apart, x, y } = this.spread();
        this.x += x - this.pinch.x;
        this.y += y - this.pinch.y;
        this.isFitted = false;
        this.zoom(apart / this.pinch.apart, x, y);
        this.pinch = { apart, x, y };
      } else if (this.mode === "tool" || !this.fingers.size) {
        this.handler.move?.(this.point(event), event, this.mode === "tool");
      }
    }

    up(event, isLost = false) {
      if (!this.fingers.delete(event.pointerId)) return;
      this.node.classList.remove("dragging");
      if (this.mode === "tool") {
        if (isLost) this.handler.cancel?.();
        else this.handler.up?.(this.point(event), event);
      }
      if (!this.fingers.size) this.mode = null;
    }

    // The wheel scrolls the page until the image is being worked on.
    wheel(event) {
      if (!this.isReady || !(event.ctrlKey || event.metaKey || this.node.matches(":focus"))) return;
      event.preventDefault();
      const box = this.node.getBoundingClientRect();
      const factor = Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0015));
      this.zoom(clamp(factor, 0.5, 2), event.clientX - box.left, event.clientY - box.top);
    }

    showCross() {
      if (!this.at) return;
      const { x, y } = this.at;
      const arm = this.reach(14);
      this.cross.setAttribute("d", `M${x - arm} ${y}H${x + arm}M${x} ${y - arm}V${y + arm}`);
    }

    // A cross that the arrow keys move: where Space presses.
    steer(dx, dy) {
      this.at = this.inside({ x: Math.round(this.at.x + dx), y: Math.round(this.at.y + dy) });
      this.cross.setAttribute("visibility", "visible");
      this.showCross();
      this.reveal(this.at);
      this.handler.move?.(this.at, null, false);
    }

    reveal({ x, y }) {
      const [left, top] = [this.x + x * this.scale, this.y + y * this.scale];
      const [room, high] = [this.node.clientWidth, this.node.clientHeight];
      const [dx, dy] = [clamp(left, 24, room - 24) - left, clamp(top, 24, high - 24) - top];
      if (!dx && !dy) return;
      this.x += dx;
      this.y += dy;
      this.place();
    }

    key(event) {
      if (!this.isReady || event.ctrlKey || event.metaKey) return false;
      const simple = {
        "+": () => this.zoom(1.4), "=": () => this.zoom(1.4), "-": () => this.zoom(1 / 1.4),
        f: () => this.fit(), F: () => this.fit(), h: () => this.setHand(!this.isHand), H: () => this.setHand(!this.isHand),
      }[event.key];
      if (simple && !event.altKey) {
        simple();
        return true;
      }
      if (!event.composedPath().includes(this.node)) return false;
      const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
      if (steps && !event.altKey) {
        const far = event.shiftKey ? 1 : Math.max(1, Math.round(this.reach(10)));
        this.steer(steps[0] * far, steps[1] * far);
        return true;
      }
      if (event.key === " " && this.handler.press) {
        this.cross.setAttribute("visibility", "visible");
        this.showCross();
        this.handler.press(this.at);
        return true;
      }
      return false;
    }

    addPicture(src) {
      this.pan.querySelector(".picture")?.remove();
      this.pan.append(h("img", { class: "picture", src, alt: "" }));
    }

    addCanvas() {
      const canvas = h("canvas", { class: "mask", width: this.width, height: this.height });
      this.pan.querySelector("canvas")?.remove();
      this.pan.append(canvas);
      return canvas;
    }
  };

  crowd.onStage();
})();

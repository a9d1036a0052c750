// A text of which parts can be chosen: by mouse or finger to the character, by keys word by word.
// Places are counted in Unicode characters from the start of the text, as answers hold them.
(() => {
  "use strict";
  const crowd = window.manyhandsCrowd;
  const { h, clamp } = crowd;

  crowd.passageLook = `.passage { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; padding: 1rem; font-size: 1.0625rem; line-height: 2.1; white-space: pre-wrap; overflow-wrap: anywhere; user-select: none; -webkit-user-select: none; touch-action: pan-y; cursor: text; max-height: 34rem; overflow: auto; }
    .passage .picked { background: light-dark(#ffe58a, #6b5a14); border-radius: 2px; }
    .mark { border-radius: .25rem; padding: .1em .2em; box-decoration-break: clone; -webkit-box-decoration-break: clone; cursor: pointer; border-bottom: 3px solid var(--mark); background: color-mix(in srgb, var(--mark) 22%, transparent); } .mark.chosen { outline: 2px solid var(--ink); }
    .mark .tag { font: 700 .6875rem/1 system-ui, sans-serif; background: var(--mark); color: var(--on-mark); border-radius: .2rem; padding: .15em .35em; margin-inline: .3em .1em; vertical-align: .25em; text-transform: uppercase; }
    .mark button { font: 700 .875rem/1 system-ui, sans-serif; border: 0; background: none; color: inherit; cursor: pointer; padding: .2em .35em; border-radius: .2rem; } .mark button:hover { background: var(--card); }`;

  const WORD = /[\p{L}\p{N}\p{M}_'’-]+|\s+|[^]/gu;

  // onpick(range): something was chosen and let go of; onmark(mark): a mark was pressed.
  crowd.Passage = class {
    constructor({ text, label, onpick, onmark, ondrop }) {
      Object.assign(this, { onpick, onmark, ondrop });
      this.marks = [];
      this.picked = null;
      this.node = h("div", { class: "passage", tabindex: 0, role: "application", "aria-label": label, "aria-roledescription": "text to mark" });
      this.node.addEventListener("pointerdown", (event) => this.down(event));
      this.node.addEventListener("pointermove", (event) => this.move(event));
      this.node.addEventListener("pointerup", (event) => this.up(event));
      this.node.addEventListener("pointercancel", () => (this.from = null));
      this.set(text);
    }

    set(text) {
      this.letters = [...text];
      this.words = [];
      let at = 0;
      for (const [word] of text.matchAll(WORD)) {
        const length = [...word].length;
        this.words.push({ start: at, end: at + length, isWord: /[\p{L}\p{N}]/u.test(word) });
        at += length;
      }
      this.picked = null;
      this.draw();
    }

    read({ start, end }) {
      return this.letters.slice(start, end).join("");
    }

    // marks: [{start, end, color, tag, id, isChosen}], none over another.
    draw(marks = this.marks) {
      this.marks = [...marks].sort((one, other) => one.start - other.start);
      const parts = [];
      let at = 0;
      for (const mark of this.marks) {
        parts.push(...this.pieces(at, mark.start), this.markNode(mark));
        at = mark.end;
      }
      parts.push(...this.pieces(at, this.letters.length));
      const top = this.node.scrollTop;
      this.node.replaceChildren(...parts);
      this.node.scrollTop = top;
    }

    markNode(mark) {
      const drop = h("button", { type: "button", tabindex: -1, "aria-label": `Remove ${mark.tag}`, onclick: () => this.ondrop(mark) }, "×");
      const node = h("span", { class: mark.isChosen ? "mark chosen" : "mark" }, ...this.pieces(mark.start, mark.end), h("span", { class: "tag" }, mark.tag), drop);
      node.mark = mark;
      node.style.setProperty("--mark", mark.color);
      node.style.setProperty("--on-mark", crowd.inkOn(mark.color));
      return node;
    }

    pieces(from, to) {
      const cuts = new Set([from, to]);
      for (const cut of this.picked ? [this.picked.start, this.picked.end] : []) {
        if (cut > from && cut < to) cuts.add(cut);
      }
      for (let at = from + 400; at < to; at += 400) cuts.add(at); // short texts are quick to measure
      const order = [...cuts].sort((one, other) => one - other);
      return order.slice(1).map((end, at) => {
        const start = order[at];
        const isPicked = this.picked && start >= this.picked.start && end <= this.picked.end;
        const piece = h("span", { class: isPicked ? "picked" : null }, this.letters.slice(start, end).join(""));
        piece.start = start;
        return piece;
      });
    }

    // The place between two characters that is nearest to an event.
    placeOf(event) {
      const root = this.node.getRootNode();
      const spot = root.elementsFromPoint(event.clientX, event.clientY).find((one) => one.start !== undefined);
      const piece = spot ?? this.nearest(event);
      const node = piece?.firstChild;
      if (!node) return null;
      const range = document.createRange();
      let best = [Infinity, 0];
      let unit = 0;
      [...node.data].forEach((letter, at) => {
        range.setStart(node, unit);
        range.setEnd(node, (unit += letter.length));
        for (const box of range.getClientRects()) {
          const down = event.clientY < box.top ? box.top - event.clientY : Math.max(0, event.clientY - box.bottom);
          for (const [x, place] of [[box.left, at], [box.right, at + 1]]) {
            const far = Math.abs(event.clientX - x) + down * 50;
            if (far < best[0]) best = [far, place];
          }
        }
      });
      return piece.start + best[1];
    }

    nearest({ clientX, clientY }) {
      const far = (piece) =>
        Math.min(...[...piece.getClientRects()].map((box) =>
          Math.max(0, box.top - clientY, clientY - box.bottom) * 50 + Math.max(0, box.left - clientX, clientX - box.right)));
      const pieces = [...this.node.querySelectorAll("span")].filter((one) => one.start !== undefined);
      return pieces.reduce((best, piece) => (!best || far(piece) < far(best) ? piece : best), null);
    }

    down(event) {
      if (event.button || event.target.closest("button")) return;
      this.node.focus({ preventScroll: true });
      event.preventDefault();
      this.pressed = event.target.closest(".mark")?.mark ?? null;
      this.from = this.placeOf(event);
      this.isDragged = false;
      this.node.setPointerCapture(event.pointerId);
    }

    move(event) {
      if (this.from === null || this.from === undefined) return;
      const to = this.placeOf(event);
      if (to === null || (to === this.from && !this.isDragged)) return;
      this.isDragged = true;
      this.pick(Math.min(this.from, to), Math.max(this.from, to));
    }

    up() {
      const { from } = this;
      this.from = null;
      if (from === null || from === undefined) return;
      if (this.isDragged) return this.letGo();
      if (this.pressed) return this.onmark(this.pressed);
      const word = this.words.find((one) => one.isWord && one.start <= from && from <= one.end);
      if (!word) return this.clear();
      this.pick(word.start, word.end);
      this.letGo();
    }

    pick(start, end) {
      this.picked = end > start ? { start, end } : null;
      if (this.isDrawing) return;
      this.isDrawing = true;
      requestAnimationFrame(() => {
        this.isDrawing = false;
        this.draw();
      });
    }

    // Spaces at the ends are nobody's meaning.
    letGo() {
      if (!this.picked) return;
      let { start, end } = this.picked;
      while (start < end && /\s/.test(this.letters[start])) start += 1;
      while (end > start && /\s/.test(this.letters[end - 1])) end -= 1;
      if (end > start) this.onpick({ start, end });
      else this.clear();
    }

    clear() {
      this.picked = null;
      this.draw();
    }

    // Arrows go from word to word, with Shift they take one more; with Alt by one character.
    key(event) {
      const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 8, ArrowUp: -8 }[event.key];
      if (!by || event.ctrlKey || event.metaKey) return false;
      const words = this.words.filter((one) => one.isWord);
      if (!words.length) return false;
      const { start, end } = this.picked ?? { start: -1, end: 0 };
      if (event.altKey && this.picked) {
        this.pick(start, clamp(end + Math.sign(by), start + 1, this.letters.length));
      } else if (event.shiftKey && this.picked) {
        const ends = words.map((one) => one.end).filter((place) => place > start);
        const at = ends.findIndex((place) => place >= end);
        this.pick(start, ends[clamp(at + by, 0, ends.length - 1)]);
      } else {
        let at = words.findIndex((one) => one.end > start && one.start >= start);
        if (at < 0) at = words.length - 1;
        const next = words[this.picked ? clamp(at + by, 0, words.length - 1) : 0];
        this.pick(next.start, next.end);
      }
      requestAnimationFrame(() => this.node.querySelector(".picked")?.scrollIntoView({ block: "nearest" }));
      return true;
    }
  };
})();

// <crowd-video-segments>: when something happens in a clip, with a label, a start and an end. Our
// own element. Attributes: name, header, src, labels, label-colors, and the two regions of
// instructions. Answer: {duration, segments: [{end, label, start}]}, in seconds with two decimals,
// ordered by start; segments may overlap.
(() => {
  "use strict";
  const crowd = window.manyhandsCrowd;
  const { h, clamp } = crowd;
  const round = (seconds) => Math.round(seconds * 100) / 100;
  const clock = (seconds) => `${Math.floor(seconds / 60)}:${(seconds % 60).toFixed(2).padStart(5, "0")}`;
  const OWN_KEYS = "button, a, summary, input, select, textarea";

  class Segments extends crowd.Task {
    static workFirst = true;
    static css = `${crowd.labelLook}
      video { display: block; width: 100%; max-height: 62vh; background: #000; border-radius: var(--r); }
      .lanes { position: relative; display: grid; gap: 3px; padding-block: 3px; } .lane { position: relative; height: .8rem; border-radius: .25rem; background: var(--sunken); overflow: hidden; }
      .lane i { position: absolute; inset-block: 0; min-width: 3px; border-radius: .2rem; } .lane i.open { opacity: .5; }
      .at { width: 100%; accent-color: var(--brand); margin: 0; min-height: 1.75rem; } .tools { display: flex; flex-wrap: wrap; gap: .25rem .5rem; align-items: center; } .tools .gap { flex: 1; }
      .list { display: grid; gap: .5rem; margin: 0; padding: 0; list-style: none; } .list li { border: 1px solid var(--line); border-radius: var(--r); padding: .5rem .75rem; display: grid; gap: .4rem; } .list li.chosen { border-color: var(--brand); background: var(--brand-soft); }
      .list .name { flex: 1; min-width: 6rem; font-weight: 600; } .list .box { width: 6.5rem; min-height: 2.5rem; padding: .25rem .5rem; } .list .row { gap: .25rem .5rem; } .list label { display: inline-flex; gap: .35rem; align-items: center; }`;

    fillIn() {
      this.segments = [];
      this.begun = null;
      this.selected = null;
      this.next = 1;
      this.palette = new crowd.Labels({ labels: crowd.labelsOf(this), onchoose: (one) => this.chose(one.label) });
      this.video = h("video", { src: this.text("src"), preload: "auto", playsinline: true, "aria-label": this.text("header") || "Clip" });
      this.video.addEventListener("loadedmetadata", () => this.show());
      this.video.addEventListener("timeupdate", () => this.moved());
      this.video.addEventListener("play", () => this.played());
      this.video.addEventListener("pause", () => this.played());
      this.video.addEventListener("error", () => {
        this.say("The clip can't be loaded. If it stays so, return this HIT: that does you no harm.");
        this.dispatchEvent(new Event("error"));
      });
      this.lanes = h("div", { class: "lanes", "aria-hidden": "true" });
      this.place = h("input", { class: "at", type: "range", min: 0, max: 1, step: 0.01, value: 0, "aria-label": "Place in the clip, in seconds", oninput: () => this.go(Number(this.place.value)) });
      this.time = h("output", { class: "num small" }, clock(0));
      this.playButton = h("button", { type: "button", class: "btn", onclick: () => this.toggle() }, "Play", h("kbd", { "aria-hidden": "true" }, "K"));
      const step = (words, by, key) => h("button", { type: "button", class: "btn btn-small", "aria-label": words, title: `${words} (${key})`, onclick: () => this.go(this.video.currentTime + by) }, by > 0 ? `+${by}` : `−${-by}`);
      this.startButton = h("button", { type: "button", class: "btn", onclick: () => this.start() }, "Begins here", h("kbd", { "aria-hidden": "true" }, "I"));
      this.endButton = h("button", { type: "button", class: "btn", onclick: () => this.end() }, "Ends here", h("kbd", { "aria-hidden": "true" }, "O"));
      this.undoButton = crowd.toolButton("undo", "Undo (Ctrl+Z)", () => this.back(-1));
      this.redoButton = crowd.toolButton("redo", "Redo (Ctrl+Shift+Z)", () => this.back(1));
      this.said = h("p", { class: "small soft", role: "status" });
      this.main.append(this.video, h("div", {}, this.lanes, this.place),
        h("div", { class: "tools" }, this.playButton, step("Back a second", -1, "←"), step("Back a tenth", -0.1, ","), step("On a tenth", 0.1, "."), step("On a second", 1, "→"), h("span", { class: "gap" }), this.time),
        h("div", { class: "tools" }, this.startButton, this.endButton, h("span", { class: "gap" }), this.undoButton, this.redoButton), this.said,
        h("p", { class: "help" }, "Keys: Space or K plays and pauses, ← → go by a second, comma and full stop by a tenth, I begins, O ends, 1 to 9 choose a label, Del removes the chosen segment."));
      this.controls.append(h("h3", {}, "Label"), this.palette.node);
      this.none = h("input", { type: "checkbox", onchange: () => this.changed() });
      this.list = h("ol", { class: "list", "aria-label": "Segments" });
      this.extra.append(h("h3", {}, "Segments"), this.list, h("label", { class: "check small" }, this.none, "Nothing to mark in this clip"));
      this.history = new crowd.History("[]");
      this.show();
    }

    get duration() {
      return Number.isFinite(this.video?.duration) ? this.video.duration : 0;
    }

    go(seconds) {
      this.video.currentTime = clamp(seconds, 0, this.duration);
      this.moved();
    }

    toggle() {
      if (this.video.paused) this.video.play().catch(() => {});
      else this.video.pause();
    }

    played() {
      this.playButton.firstChild.textContent = this.video.paused ? "Play" : "Pause";
      // Smoother than the four or so events a second that the browser gives.
      const follow = () => {
        this.moved();
        if (!this.video.paused) requestAnimationFrame(follow);
      };
      follow();
    }

    moved() {
      const { currentTime } = this.video;
      this.place.value = currentTime;
      this.place.setAttribute("aria-valuetext", `${currentTime.toFixed(1)} seconds`);
      this.time.textContent = `${clock(currentTime)} / ${clock(this.duration)}`;
      if (this.begun) this.drawLanes();
    }

    say(words) {
      this.said.textContent = words;
    }

    start() {
      const label = this.palette.chosen?.label;
      if (!label) return;
      this.begun = { label, start: round(this.video.currentTime) };
      this.say(`“${this.palette.of(label).name}” begins at ${clock(this.begun.start)}. Go to where it ends and press O.`);
      this.drawLanes();
    }

    end() {
      if (!this.begun) return this.say("First go to where it begins and press I.");
      const { label, start } = this.begun;
      const end = round(this.video.currentTime);
      if (end <= start) return this.say(`The end must come after ${clock(start)}, where it begins.`);
      this.begun = null;
      this.selected = null; // a label chosen now is for the next
      this.segments.push({ label, start, end, id: this.next++ });
      this.commit(`“${this.palette.of(label).name}” from ${clock(start)} to ${clock(end)}.`);
    }

    commit(words) {
      this.segments.sort((one, other) => one.start - other.start || one.end - other.end);
      if (this.history.add(JSON.stringify(this.segments))) {
        if (this.segments.length) this.none.checked = false;
        this.changed();
      }
      this.say(words);
      this.show();
    }

    back(by) {
      this.segments = JSON.parse(this.history.step(by));
      this.begun = null;
      this.changed();
      this.show();
    }

    drop(id = this.selected) {
      this.segments = this.segments.filter((one) => one.id !== id);
      this.selected = null;
      this.commit("Segment removed.");
    }

    // A label that is chosen while a segment is, is for that.
    chose(label) {
      const chosen = this.segments.find((one) => one.id === this.selected);
      if (this.begun) this.begun.label = label;
      else if (chosen && chosen.label !== label) {
        this.segments = this.segments.map((one) => (one === chosen ? { ...one, label } : one));
        this.commit(`It is “${this.palette.of(label).name}” now.`);
      }
      this.selected = null;
      this.show();
    }

    select(segment) {
      this.selected = segment.id;
      this.palette.mark(segment.label);
      this.go(segment.start);
      this.show();
    }

    typed(segment, name, input) {
      const value = round(clamp(Number(input.value), 0, this.duration));
      const moved = { ...segment, [name]: value };
      if (!input.value || moved.end <= moved.start) {
        input.value = segment[name];
        return this.say("A segment ends after it begins.");
      }
      this.segments = this.segments.map((one) => (one.id === segment.id ? moved : one));
      this.commit(`${name === "start" ? "Begins" : "Ends"} at ${clock(value)}.`);
    }

    item(segment) {
      const { name, color } = this.palette.of(segment.label) ?? { name: segment.label, color: "#7f7f7f" };
      const swatch = h("span", { class: "swatch" });
      swatch.style.background = color;
      const field = (words, key) => {
        const input = h("input", { class: "box num", type: "number", min: 0, step: 0.01, value: segment[key], "aria-label": `${name}: ${words}, in seconds`, onchange: () => this.typed(segment, key, input) });
        return h("label", { class: "small" }, words, input);
      };
      return h("li", { class: segment.id === this.selected ? "chosen" : null },
        h("div", { class: "row" }, swatch, h("span", { class: "name" }, name),
          crowd.toolButton("play-arrow", `Go to ${name} at ${clock(segment.start)}`, () => this.select(segment)),
          crowd.toolButton("delete", `Remove ${name} at ${clock(segment.start)}`, () => this.drop(segment.id))),
        h("div", { class: "row" }, field("from", "start"), field("to", "end")));
    }

    drawLanes() {
      const share = (seconds) => `${(100 * seconds) / (this.duration || 1)}%`;
      const bar = ({ label, start, end }, look) => {
        const node = h("i", { class: look });
        node.style.left = share(start);
        node.style.width = share(end - start);
        node.style.background = this.palette.colorOf(label);
        return node;
      };
      const open = this.begun && { ...this.begun, end: Math.max(this.begun.start, this.video.currentTime) };
      this.lanes.replaceChildren(...this.palette.all.map(({ label }) =>
        h("div", { class: "lane" }, ...this.segments.filter((one) => one.label === label).map((one) => bar(one, null)),
          open?.label === label ? bar(open, "open") : null)));
    }

    show() {
      this.place.max = this.duration || 1;
      this.undoButton.disabled = !this.history.canUndo;
      this.redoButton.disabled = !this.history.canRedo;
      this.palette.count(this.segments.map((one) => one.label));
      this.list.replaceChildren(...this.segments.map((one) => this.item(one)));
      this.drawLanes();
      this.moved();
    }

    key(event) {
      const way = crowd.historyKey(event);
      if (way) {
        this.back(way === "undo" ? -1 : 1);
        return true;
      }
      if (event.ctrlKey || event.metaKey || event.altKey) return false;
      // A button is pressed by its own Space, a choice moved by its own arrows.
      const isOnControl = event.composedPath()[0].matches?.(OWN_KEYS);
      const keys = {
        k: () => this.toggle(), i: () => this.start(), o: () => this.end(),
        ",": () => this.go(this.video.currentTime - 0.1), ".": () => this.go(this.video.currentTime + 0.1),
        ...(!isOnControl && {
          " ": () => this.toggle(),
          arrowleft: () => this.go(this.video.currentTime - 1), arrowright: () => this.go(this.video.currentTime + 1),
        }),
        ...(this.selected && { delete: () => this.drop(), backspace: () => this.drop() }),
      };
      const act = keys[event.key.toLowerCase()];
      if (act) act();
      return Boolean(act) || this.palette.key(event);
    }

    get answer() {
      if (!this.segments) return undefined;
      return { duration: round(this.duration), segments: this.segments.map(({ label, start, end }) => ({ end, label, start })) };
    }

    get anchor() {
      return this.startButton;
    }

    problem() {
      if (!this.segments) return "";
      if (this.begun) return `“${this.palette.of(this.begun.label).name}” has begun and not ended: press O where it ends.`;
      if (this.segments.length || this.none.checked) return "";
      return "Mark what is asked for, or tick that there is nothing to mark.";
    }

    update(name) {
      super.update(name);
      if (name === "src") this.video.src = this.text("src");
      if (name === "labels") this.palette.set(crowd.labelsOf(this));
      if (name === "labels") this.show();
    }

    reset() {
      this.segments = [];
      this.begun = null;
      this.none.checked = false;
      this.commit("");
    }
  }

  crowd.defineTask("crowd-video-segments", Segments);
})();

// The list of labels beside an image or a text: one is chosen, by mouse or by number key.
(() => {
  "use strict";
  const crowd = window.manyhandsCrowd;
  const { h } = crowd;

  crowd.labelLook = `.labels { display: grid; gap: .25rem; } .labels .choice { padding-block: .25rem; min-height: 2.75rem; } .labels .swatch, .list .swatch { width: 1rem; height: 1rem; border-radius: .25rem; flex: none; border: 1px solid rgb(0 0 0 / .2); }
    .labels input { position: absolute; opacity: 0; width: 1px; height: 1px; } .choice .count { flex: none; color: var(--soft); font-size: .875rem; }
    @container (max-width: 45.9rem) { .labels { display: flex; flex-wrap: wrap; } .labels .choice { gap: .5rem; } }`;

  // One { label, name, color } for each entry of an element's labels and label-colors.
  crowd.labelsOf = (element) => {
    const colors = element.jsonList("label-colors");
    return element.jsonList("labels").map((entry, index) => {
      const label = crowd.isObject(entry) ? String(entry.label) : String(entry);
      const color = /^#[0-9a-f]{6}$/i.test(colors[index]) ? colors[index] : crowd.colorAt(index);
      const name = (crowd.isObject(entry) && entry.fullDisplayName) || label;
      return { label, name, color, short: (crowd.isObject(entry) && entry.shortDisplayName) || label };
    });
  };

  crowd.Labels = class {
    constructor({ labels, onchoose }) {
      this.onchoose = onchoose;
      this.node = h("div", { class: "labels", role: "radiogroup", "aria-label": "Labels" });
      this.set(labels);
    }

    set(labels) {
      this.all = labels;
      this.chosen = labels.find((one) => one.label === this.chosen?.label) ?? labels[0] ?? null;
      this.inputs = labels.map((one) =>
        h("input", { type: "radio", name: "label", checked: one === this.chosen, onchange: () => this.choose(one) }));
      this.counts = labels.map(() => h("span", { class: "count num" }));
      this.node.replaceChildren(...labels.map((one, index) => {
        const swatch = h("span", { class: "swatch" });
        swatch.style.background = one.color;
        return h("label", { class: "choice" }, this.inputs[index], swatch,
          h("span", {}, one.name), this.counts[index], crowd.Task.keyOf(index));
      }));
    }

    of(label) {
      return this.all.find((one) => one.label === label);
    }

    colorOf(label) {
      return this.of(label)?.color ?? "#7f7f7f";
    }

    // Shows a label as the chosen one, without telling anybody.
    mark(label) {
      this.chosen = this.of(label) ?? this.chosen;
      this.inputs.forEach((input, at) => (input.checked = this.all[at] === this.chosen));
    }

    choose(one) {
      this.mark(one.label);
      this.onchoose(one);
    }

    count(labels) {
      this.all.forEach((one, at) => {
        const found = labels.filter((label) => label === one.label).length;
        this.counts[at].textContent = found || "";
      });
    }

    key(event) {
      const index = crowd.Task.digit(event);
      if (index < 0 || !this.all[index]) return false;
      this.choose(this.all[index]);
      return true;
    }
  };

  // States to go back to and forth again; each is one text.
  crowd.History = class {
    constructor(first) {
      this.states = [first];
      this.at = 0;
    }

    add(state) {
      if (state === this.states[this.at]) return false;
      this.states.splice(this.at + 1, Infinity, state);
      if (this.states.length > 200) this.states.shift();
      this.at = this.states.length - 1;
      return true;
    }

    get canUndo() {
      return this.at > 0;
    }

    get canRedo() {
      return this.at < this.states.length - 1;
    }

    step(by) {
      this.at = crowd.clamp(this.at + by, 0, this.states.length - 1);
      return this.states[this.at];
    }
  };

  // Ctrl+Z and Ctrl+Shift+Z or Ctrl+Y, also with the command key: "undo", "redo" or "".
  crowd.historyKey = (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return "";
    const key = event.key.toLowerCase();
    if (key === "z") return event.shiftKey ? "redo" : "undo";
    return key === "y" ? "redo" : "";
  };
})();

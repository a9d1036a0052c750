// <crowd-entity-annotation>: labels on parts of a text, answered as {entities: [{endOffset, label,
// startOffset}]}, counted in Unicode characters. On its own it brings the form and its button.
(() => {
  "use strict";
  const crowd = window.manyhandsCrowd;
  const { h } = crowd;

  class Entities extends crowd.Task {
    static css = `${crowd.passageLook} ${crowd.labelLook} crowd-form { margin-top: 1rem; } crowd-form > form { display: grid; gap: 1rem; } .crowd-submit { order: 1; }`;

    fillIn() {
      this.entities = [];
      this.selected = null;
      this.palette = new crowd.Labels({ labels: crowd.labelsOf(this), onchoose: (one) => this.chose(one.label) });
      this.passage = new crowd.Passage({
        text: this.text("text"), label: this.text("header") || "Text",
        onpick: (range) => this.apply(range), onmark: (mark) => this.select(mark.id), ondrop: (mark) => this.drop(mark.id),
      });
      this.undoButton = crowd.toolButton("undo", "Undo (Ctrl+Z)", () => this.back(-1));
      this.redoButton = crowd.toolButton("redo", "Redo (Ctrl+Shift+Z)", () => this.back(1));
      this.said = h("p", { class: "small soft", role: "status" });
      const keys = "Keys: arrows choose a word, Shift takes more, Alt takes letters, Enter or a number labels it; N and P select a label in the text, Del removes it.";
      const tools = h("div", { class: "row" }, this.undoButton, this.redoButton);
      this.main.append(this.passage.node, h("div", { class: "row apart" }, this.said, tools), h("p", { class: "help" }, keys));
      this.controls.append(h("h3", {}, "Label"), this.palette.node);
      this.none = h("input", { type: "checkbox", onchange: () => this.changed() });
      this.extra.append(h("label", { class: "check small" }, this.none, "Nothing to label in this text"));
      this.begin();
    }

    build(root) {
      super.build(root);
      if (this.closest("crowd-form")) return;
      const form = h("crowd-form");
      form.append([...root.children].find((child) => child.localName === "slot"));
      root.append(form);
      form.fields.push(this);
    }

    begin() {
      const given = this.json("initial-value", []);
      const list = [Array.isArray(given) ? given : given?.entities ?? []].flat().filter(crowd.isObject);
      const { length } = this.passage.letters;
      this.entities = list
        .map((one) => ({ start: Number(one.startOffset), end: Number(one.endOffset), label: String(one.label) }))
        .filter(({ start, end, label }) => start >= 0 && start < end && end <= length && this.palette.of(label))
        .sort((one, other) => one.start - other.start)
        .filter((one, at, all) => !at || one.start >= all[at - 1].end)
        .map((one, at) => ({ ...one, id: at + 1 }));
      this.next = this.entities.length + 1;
      this.history = new crowd.History(JSON.stringify(this.entities));
      this.show();
    }

    apply({ start, end }) {
      const label = this.palette.chosen?.label;
      if (!label) return this.say("Choose a label first.");
      const touched = this.entities.filter((one) => one.start < end && one.end > start);
      if (touched.some((one) => one.start < start || one.end > end)) {
        this.passage.clear();
        return this.say("A part of a labelled text can't be labelled again: remove that label first.");
      }
      const made = { start, end, label, id: this.next };
      this.next += 1;
      this.entities = [...this.entities.filter((one) => !touched.includes(one)), made];
      this.passage.picked = null;
      this.commit(`“${this.passage.read(made)}” is ${this.palette.of(label).name}.`);
    }

    commit(words) {
      this.entities.sort((one, other) => one.start - other.start);
      if (this.history.add(JSON.stringify(this.entities))) {
        if (this.entities.length) this.none.checked = false;
        this.changed();
      }
      this.say(words);
      this.show();
    }

    say(words) {
      this.said.textContent = words;
    }

    select(id) {
      this.selected = id;
      this.passage.picked = null;
      const chosen = this.entities.find((one) => one.id === id);
      if (chosen) this.palette.mark(chosen.label);
      this.show();
    }

    // A label that is chosen while something in the text is, is for that.
    chose(label) {
      const chosen = this.entities.find((one) => one.id === this.selected);
      if (chosen) {
        this.entities = this.entities.map((one) => (one === chosen ? { ...one, label } : one));
        this.selected = null;
        this.commit(`“${this.passage.read(chosen)}” is ${this.palette.of(label).name}.`);
      } else if (this.passage.picked) this.passage.letGo();
    }

    drop(id = this.selected) {
      this.entities = this.entities.filter((one) => one.id !== id);
      this.selected = null;
      this.commit("Label removed.");
    }

    back(by) {
      const was = JSON.stringify(this.entities);
      this.entities = JSON.parse(this.history.step(by));
      this.selected = null;
      if (was !== JSON.stringify(this.entities)) this.changed();
      this.show();
    }

    show() {
      this.undoButton.disabled = !this.history.canUndo;
      this.redoButton.disabled = !this.history.canRedo;
      this.palette.count(this.entities.map((one) => one.label));
      this.passage.draw(this.entities.map((one) => {
        const { color, short } = this.palette.of(one.label) ?? { color: "#7f7f7f", short: one.label };
        return { ...one, color, tag: short, isChosen: one.id === this.selected };
      }));
    }

    key(event) {
      const way = crowd.historyKey(event);
      if (way) this.back(way === "undo" ? -1 : 1);
      else if (event.ctrlKey || event.metaKey) return false;
      else if (this.palette.key(event)) return true;
      else if ((event.key === "Delete" || event.key === "Backspace") && this.selected) this.drop();
      else if (event.key === "Escape") {
        this.passage.picked = null;
        this.select(null);
      } else if (event.key === "Enter" && this.passage.picked && event.composedPath().includes(this.passage.node)) this.passage.letGo();
      else if (/^[np]$/i.test(event.key) && this.entities.length) {
        const at = this.entities.findIndex((one) => one.id === this.selected);
        const by = event.key.toLowerCase() === "n" ? 1 : -1;
        const next = at < 0 ? (by > 0 ? 0 : this.entities.length - 1) : (at + by + this.entities.length) % this.entities.length;
        this.select(this.entities[next].id);
      } else return event.composedPath().includes(this.passage.node) && this.passage.key(event);
      return true;
    }

    get answer() {
      if (!this.entities) return undefined;
      return { entities: this.entities.map(({ start, end, label }) => ({ endOffset: end, label, startOffset: start })) };
    }

    get anchor() {
      return this.passage?.node;
    }

    problem() {
      if (!this.entities || this.entities.length || this.none.checked) return "";
      return "Label what is asked for, or tick that there is nothing to label.";
    }

    update(name) {
      super.update(name);
      if (name === "labels") this.palette.set(crowd.labelsOf(this));
      if (name === "text") this.passage.set(this.text("text"));
      if (name === "labels" || name === "text") this.begin();
    }

    reset() {
      this.begin();
    }
  }

  crowd.defineTask("crowd-entity-annotation", Entities);
})();

// The classifiers: one category, answered as {label}, or several, as {labels: [...]}; of whatever
// stands in <classification-target>, or of an image. An image may carry an overlay to be judged.
(() => {
  "use strict";
  const crowd = window.manyhandsCrowd;
  const { h, s } = crowd;

  class Classifier extends crowd.Task {
    static workFirst = true;
    static isMulti = false;
    static css = `.target { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; padding: 1rem; overflow-wrap: anywhere; } .swatches { display: flex; flex-wrap: wrap; gap: .25rem .75rem; } .swatch { width: .9rem; height: .9rem; border-radius: .25rem; display: inline-block; vertical-align: -.1em; margin-right: .35rem; }
      .divider { border-top: 1px solid var(--line); padding-top: .4rem; }`;

    fillIn() {
      this.chosen = [];
      this.comment = "";
      this.show();
      this.list();
      const asking = this.querySelector(":scope > worker-comment");
      if (asking) this.extra.append(this.commentButton(asking));
    }

    show() {
      this.main.append(h("div", { class: "target" }, h("slot", { name: "classification-target" })));
    }

    get categories() {
      return this.jsonList("categories").map(String);
    }

    set categories(list) {
      this.setAttribute("categories", JSON.stringify(list));
    }

    get exclusion() {
      const given = this.constructor.isMulti ? this.json("exclusion-category", null) : null;
      return given && given.text ? String(given.text) : "";
    }

    list() {
      const { isMulti, keyOf } = this.constructor;
      const type = isMulti ? "checkbox" : "radio";
      this.names = [...this.categories, ...(this.exclusion ? [this.exclusion] : [])];
      this.inputs = this.names.map((name) =>
        h("input", { type, name: "category", checked: this.chosen.includes(name), onchange: () => this.chose(name) }));
      const choices = this.inputs.map((input, index) => {
        const choice = h("label", { class: "choice" }, input, h("span", {}, this.names[index]), keyOf(index));
        return this.exclusion && index === this.names.length - 1 ? h("div", { class: "divider" }, choice) : choice;
      });
      const title = isMulti ? "Select all that apply" : "Select one";
      this.controls.setAttribute("role", isMulti ? "group" : "radiogroup");
      this.controls.setAttribute("aria-label", this.text("header") || title);
      this.controls.replaceChildren(h("h3", {}, title), ...choices);
      this.refresh();
    }

    update(name) {
      super.update(name);
      if (name === "categories") this.list();
    }

    chose(name) {
      if (!this.constructor.isMulti) this.chosen = [name];
      else {
        const isOn = !this.chosen.includes(name);
        // "None of these" and any of these exclude each other.
        const others = name === this.exclusion ? [] : this.chosen.filter((one) => one !== this.exclusion);
        this.chosen = isOn ? [...others, name] : this.chosen.filter((one) => one !== name);
      }
      this.inputs.forEach((input, at) => (input.checked = this.chosen.includes(this.names[at])));
      this.changed();
    }

    key(event) {
      const index = crowd.Task.digit(event);
      if (index < 0 || index >= this.names.length) return false;
      this.inputs[index].focus();
      this.chose(this.names[index]);
      return true;
    }

    commentButton(asking) {
      const words = asking.getAttribute("link-text") || "Add a comment";
      const title = asking.getAttribute("header") || "Add a comment";
      const box = h("textarea", { class: "box", rows: 5, placeholder: asking.getAttribute("placeholder") || "", "aria-label": title });
      const saved = h("p", { class: "small soft" });
      const dialog = crowd.dialog(title, h("slot", { name: "worker-comment" }), box);
      const opener = h("button", { type: "button", class: "btn", onclick: () => crowd.openDialog(dialog, opener) }, words);
      const done = h("button", { type: "button", class: "btn btn-main", onclick: () => dialog.close() }, "Keep comment");
      dialog.querySelector(".inside").append(h("p", {}, done));
      dialog.querySelector(".inside").classList.add("stack");
      dialog.addEventListener("close", () => {
        this.comment = box.value.trim();
        saved.textContent = this.comment;
        this.changed();
      });
      this.shadowRoot.append(dialog);
      return h("div", { class: "stack tight" }, opener, saved);
    }

    get answer() {
      if (!this.chosen.length) return undefined;
      const order = this.names.filter((name) => this.chosen.includes(name));
      const answer = this.constructor.isMulti ? { labels: order } : { label: order[0] };
      if (this.comment) answer.workerComment = this.comment;
      return answer;
    }

    get anchor() {
      return this.inputs?.[0];
    }

    problem() {
      if (this.chosen.length || !this.names?.length) return "";
      return this.constructor.isMulti ? crowd.words.chooseSome : crowd.words.choose;
    }

    reset() {
      this.chosen = [];
      this.list();
    }
  }

  class Multi extends Classifier {
    static isMulti = true;
  }

  const objects = (list) => (Array.isArray(list) ? list.filter(crowd.isObject) : []);

  const withImage = (Base) =>
    class extends Base {
      static css = crowd.stageLook;

      show() {
        this.stage = new crowd.Stage({ label: this.text("header") || "Image", handler: {} });
        this.main.append(this.stage.toolbar, this.stage.node);
        this.stage.whenReady = () => this.lay();
        this.stage.load(this.text("src"));
      }

      update(name) {
        super.update(name);
        if (name === "src") this.stage.load(this.text("src"));
      }

      key(event) {
        return super.key(event) || this.stage.key(event);
      }

      // The answer of an earlier task, drawn over the image.
      lay() {
        const overlay = this.json("overlay", {}) ?? {};
        const { boundingBox, polygon, semanticSegmentation, instanceSegmentation } = overlay;
        this.stage.shapes.replaceChildren();
        const used = new Map();
        const given = [boundingBox?.labels ?? polygon?.labels ?? []].flat();
        const colorOf = (label) => {
          if (!used.has(label)) used.set(label, crowd.colorAt(Math.max(given.indexOf(label), 0)));
          return used.get(label);
        };
        for (const { left: x, top: y, width, height, label } of objects(boundingBox?.value)) {
          const stroke = colorOf(label);
          this.stage.shapes.append(s("rect", { x, y, width, height, stroke, class: "outline" }));
        }
        for (const { vertices, label } of objects(polygon?.value)) {
          const points = objects(vertices).map(({ x, y }) => `${x},${y}`).join(" ");
          this.stage.shapes.append(s("polygon", { points, stroke: colorOf(label), class: "outline" }));
        }
        const mask = semanticSegmentation ?? instanceSegmentation;
        if (mask?.src) this.stage.addPicture(mask.src);
        for (const [label, { color }] of Object.entries(mask?.labelMappings ?? {})) used.set(label, color);
        for (const { label, color } of objects(mask?.instances)) used.set(`${label} ${color}`, color);
        this.legend?.remove();
        this.legend = h("div", { class: "swatches small" });
        for (const [label, color] of used) {
          const swatch = h("span", { class: "swatch" });
          swatch.style.background = color;
          this.legend.append(h("span", {}, swatch, label.replace(/ #[0-9a-f]{6}$/i, "")));
        }
        if (used.size) this.main.append(this.legend);
      }
    };

  crowd.onStage = () => {
    crowd.defineTask("crowd-image-classifier", withImage(Classifier));
    crowd.defineTask("crowd-image-classifier-multi-select", withImage(Multi));
  };
  crowd.defineTask("crowd-classifier", Classifier);
  crowd.defineTask("crowd-classifier-multi-select", Multi);
})();

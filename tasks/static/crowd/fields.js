// <crowd-input> and <crowd-text-area>: text. Answered as a string; left out while empty.
(() => {
  "use strict";
  const crowd = window.manyhandsCrowd;
  const { h } = crowd;

  class Text extends crowd.Field {
    static observedAttributes = [
      "label", "placeholder", "disabled", "required", "type", "value", "max-length", "min-length",
      "rows", "max-rows", "error-message", "title",
    ];
    static css = `:host { font: var(--text); color: var(--ink); } .stack { gap: .25rem; }
      .under { display: flex; justify-content: space-between; gap: .5rem; } .under:not(:has(:not(:empty))) { display: none; }
      input[type=checkbox], input[type=radio] { width: 1.15rem; min-height: 0; } input[type=range] { padding: 0; }`;

    build(root) {
      this.control = this.make();
      this.label = h("label", { class: "label", for: "control" });
      this.error = h("span", { class: "error", id: "error" });
      this.counter = h("span", { class: "help num" });
      const under = h("div", { class: "under" }, this.error, this.counter);
      root.append(h("div", { class: "stack" }, this.label, this.control, under));
      this.control.addEventListener("input", () => this.typed());
      this.control.addEventListener("change", () => this.changed());
      this.addEventListener("invalid", () => this.showError());
      this.update();
      this.control.value = this.text("value");
      this.counted();
      // autofocus in a frame is refused with a word on the console, where focus() is not.
      if (this.has("auto-focus")) setTimeout(() => this.control.focus({ preventScroll: true }));
    }

    update(name) {
      const { control } = this;
      const set = (attribute, value) => {
        if (value === null || value === "") control.removeAttribute(attribute);
        else control.setAttribute(attribute, value);
      };
      if (control.localName === "input") set("type", this.text("type", "text"));
      for (const attribute of ["placeholder", "min", "max", "step", "pattern", "accept", "rows"]) {
        set(attribute, this.getAttribute(attribute));
      }
      set("maxlength", this.number("max-length", null));
      set("minlength", this.number("min-length", null));
      control.required = this.has("required");
      control.disabled = this.disabled;
      this.label.textContent = this.text("label");
      this.label.hidden = !this.text("label");
      const named = this.text("label") || this.text("aria-label") || this.text("title") || this.text("placeholder");
      set("aria-label", this.text("label") ? null : named || this.name);
      if (name === "value" && !this.isDirty) control.value = this.text("value");
      this.counted();
      this.refresh();
    }

    typed() {
      const { control } = this;
      const pattern = this.text("allowed-pattern");
      if (pattern && this.has("auto-validate")) {
        const allowed = new RegExp(pattern, "u");
        const kept = [...control.value].filter((letter) => allowed.test(letter)).join("");
        if (kept !== control.value) {
          control.value = kept;
          this.error.textContent = this.text("error-message");
        }
      }
      this.changed("input");
      this.counted();
      if (this.has("auto-validate") && !control.validity.valid) this.showError();
      else if (this.control.getAttribute("aria-invalid") && control.validity.valid) this.showError();
    }

    showError() {
      const isBad = !this.control.validity.valid;
      this.error.textContent = isBad ? this.text("error-message") : "";
      if (isBad) this.control.setAttribute("aria-invalid", "true");
      else this.control.removeAttribute("aria-invalid");
      this.control.setAttribute("aria-describedby", "error");
    }

    counted() {}

    refresh() {
      if (!this.isBuilt || !this.control) return;
      const { validity, validationMessage } = this.control;
      const words = this.text("error-message") || validationMessage || crowd.words.required;
      if (validity.valid) this.internals.setValidity({});
      else this.internals.setValidity({ customError: true }, words, this.control);
    }

    get value() {
      return this.control ? this.control.value : this.text("value");
    }

    set value(value) {
      const words = value === null || value === undefined ? "" : String(value);
      if (!this.isBuilt) return this.setAttribute("value", words);
      this.isDirty = true;
      this.control.value = words;
      this.counted();
      this.refresh();
    }

    get answer() {
      const { control } = this;
      if (control.type === "file") return control.files[0]?.name;
      if (control.type === "checkbox") return { [this.text("value", "on")]: control.checked };
      return control.value === "" ? undefined : control.value;
    }

    reset() {
      this.control.value = this.text("value");
      this.counted();
    }
  }

  class Input extends Text {
    make() {
      return h("input", { id: "control", class: "box" });
    }
  }

  class TextArea extends Text {
    make() {
      return h("textarea", { id: "control", class: "box" });
    }

    // As tall as its text, up to max-rows.
    counted() {
      const { control } = this;
      if (this.has("char-counter")) {
        const most = this.number("max-length", 0);
        this.counter.textContent = most ? `${control.value.length} / ${most}` : String(control.value.length);
      }
      if (!control.isConnected || !control.offsetHeight) return;
      control.style.height = "auto";
      const line = parseFloat(getComputedStyle(control).lineHeight) || 24;
      const most = this.number("max-rows", 0);
      const height = control.scrollHeight + 2;
      control.style.height = `${most ? Math.min(height, most * line + 18) : height}px`;
    }
  }

  crowd.define("crowd-input", Input);
  crowd.define("crowd-text-area", TextArea);
})();

// <crowd-checkbox>, <crowd-toggle-button>, <crowd-radio-button>: answered as {value: true|false}.
// <crowd-radio-group>: one of its buttons at most. <crowd-slider>: answered as a number.
(() => {
  "use strict";
  const crowd = window.manyhandsCrowd;
  const { h } = crowd;

  class Checkbox extends crowd.Field {
    static observedAttributes = ["checked", "disabled", "required", "invalid", "value", "title"];
    static css = `:host { display: inline-block; font: var(--text); color: var(--ink); margin-right: 1rem; }
      :host([disabled]) { opacity: .6; } :host([disabled]) .check { cursor: not-allowed; }`;
    static kind = "checkbox";

    build(root) {
      this.control = h("input", { type: this.constructor.kind, role: this.constructor.role, id: "control" });
      root.append(h("label", { class: "check" }, this.control, h("span", {}, h("slot"))));
      this.control.addEventListener("change", () => this.switched());
      this.atFirst = this.has("checked");
      this.control.checked = this.atFirst;
      this.update();
    }

    update(name) {
      if (name === "checked") this.control.checked = this.has("checked");
      this.control.disabled = this.disabled;
      const named = this.textContent.trim() ? "" : this.text("aria-label") || this.text("title") || this.text("label") || this.name;
      if (named) this.control.setAttribute("aria-label", named);
      if (this.has("invalid")) this.control.setAttribute("aria-invalid", String(!this.checked));
      this.refresh();
    }

    switched() {
      this.toggleAttribute("checked", this.control.checked);
      this.changed();
    }

    get checked() {
      return this.control ? this.control.checked : this.has("checked");
    }

    set checked(on) {
      this.toggleAttribute("checked", Boolean(on));
      if (this.control) this.control.checked = Boolean(on);
      this.refresh();
    }

    get value() {
      return this.text("value", "on");
    }

    set value(value) {
      this.setAttribute("value", value);
    }

    get answer() {
      return { [this.value]: this.checked };
    }

    get anchor() {
      return this.control;
    }

    problem() {
      return this.has("required") && !this.checked ? crowd.words.required : "";
    }

    reset() {
      this.checked = this.atFirst;
    }
  }

  class Toggle extends Checkbox {
    static role = "switch";
    static css = `input[type=checkbox] { appearance: none; width: 2.75rem; height: 1.5rem; border-radius: 99rem; border: 1px solid var(--edge); background: var(--sunken); position: relative; cursor: pointer; transition: background .15s; }
      input::after { content: ""; position: absolute; inset: 2px auto 2px 2px; aspect-ratio: 1; border-radius: 50%; background: var(--edge); transition: translate .15s; }
      input:checked { background: var(--brand); border-color: var(--brand); } input:checked::after { background: var(--on-brand); translate: 1.25rem; }
      :host([invalid]) input:not(:checked) { background: var(--bad-soft); border-color: var(--bad); } :host([invalid]) input:not(:checked)::after { background: var(--bad); }
      input:focus-visible { border-radius: 99rem; }`;
  }

  class Radio extends Checkbox {
    static kind = "radio";

    switched() {
      super.switched();
      this.closest("crowd-radio-group")?.chose(this);
    }
  }

  class RadioGroup extends crowd.Field {
    static delegatesFocus = false;

    build(root) {
      root.append(h("slot"));
      this.internals.role = "radiogroup";
      this.addEventListener("keydown", (event) => this.move(event));
      const chosen = () => this.buttons.find((button) => button.checked);
      customElements.whenDefined("crowd-radio-button").then(() => this.rove(chosen()));
    }

    get buttons() {
      return [...this.querySelectorAll("crowd-radio-button")];
    }

    get value() {
      return this.buttons.find((button) => button.checked)?.value;
    }

    // The buttons answer for themselves.
    get answer() {
      return undefined;
    }

    get anchor() {
      return this.buttons[0];
    }

    problem() {
      return this.has("required") && !this.buttons.some((one) => one.checked) ? crowd.words.choose : "";
    }

    chose(button) {
      this.buttons.filter((one) => one !== button).forEach((one) => (one.checked = false));
      this.rove(button);
      this.refresh();
    }

    // One stop for the Tab key; the arrows go on from there.
    rove(button) {
      const stop = button ?? this.buttons.find((one) => !one.disabled);
      this.buttons.forEach((one) => {
        if (one.control) one.control.tabIndex = one === stop ? 0 : -1;
      });
    }

    move(event) {
      const by = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
      const open = this.buttons.filter((one) => !one.disabled);
      const at = open.findIndex((one) => one === event.target);
      if (!by || at < 0) return;
      event.preventDefault();
      const next = open[(at + by + open.length) % open.length];
      next.control.focus();
      next.checked = true;
      next.switched();
    }

    reset() {
      this.rove();
    }
  }

  class Slider extends crowd.Field {
    static observedAttributes = [
      "min", "max", "step", "value", "disabled", "pin", "editable", "required", "secondary-progress",
    ];
    static css = `:host { font: var(--text); color: var(--ink); } .row { flex-wrap: nowrap; gap: .75rem; }
      .track { position: relative; flex: 1; display: grid; } input[type=range] { width: 100%; min-height: 2.75rem; accent-color: var(--brand); margin: 0; cursor: pointer; }
      output { min-width: 3ch; text-align: right; font-weight: 600; } :host(:not([pin])) output { display: none; } .untouched output { color: var(--soft); font-weight: 400; }
      .untouched input[type=range] { filter: grayscale(1); opacity: .75; } .exact { width: 6rem; }
      progress { appearance: none; height: 3px; width: 100%; border: 0; background: var(--line); } progress::-webkit-progress-bar { background: var(--line); } progress::-webkit-progress-value { background: var(--crowd-slider-secondary-color, var(--edge)); }
      .ends { display: flex; justify-content: space-between; }`;

    build(root) {
      this.range = h("input", { type: "range", id: "control" });
      this.shown = h("output", { class: "num" });
      this.exact = h("input", { type: "number", class: "box exact" });
      this.second = h("progress");
      this.low = h("span");
      this.high = h("span");
      const ends = h("div", { class: "ends help num", "aria-hidden": "true" }, this.low, this.high);
      const track = h("div", { class: "track" }, this.range, this.second, ends);
      this.line = h("div", { class: "row" }, track, this.shown, this.exact);
      root.append(this.line);
      this.update();
      const take = (from, kind) => {
        if (from.value === "") return;
        this.range.value = from.value;
        if (kind === "change" || from === this.range) this.exact.value = this.range.value;
        this.isDirty = true;
        this.told();
        this.changed(kind);
      };
      for (const from of [this.range, this.exact]) {
        from.addEventListener("input", () => take(from, "input"));
        from.addEventListener("change", () => take(from, "change"));
      }
      // Where it already stands can be meant, too: a press or Enter on the knob says so.
      this.range.addEventListener("pointerup", () => take(this.range, "change"));
      this.range.addEventListener("keydown", (event) => {
        if (event.key === "Enter" || event.key === " ") take(this.range, "change");
      });
    }

    update(name) {
      const [low, high] = [this.number("min", 0), this.number("max", 100)];
      for (const control of [this.range, this.exact]) {
        control.min = low;
        control.max = high;
        control.step = this.number("step", 1);
        control.disabled = this.disabled;
        control.setAttribute("aria-label", this.text("aria-label") || this.text("label") || this.name);
      }
      this.low.textContent = low;
      this.high.textContent = high;
      if (!name || name === "value") this.value = this.number("value", null);
      this.exact.hidden = !this.has("editable");
      this.second.hidden = !this.hasAttribute("secondary-progress");
      this.second.max = high - low;
      this.second.value = crowd.clamp(this.number("secondary-progress", low) - low, 0, high - low);
      this.told();
      this.refresh();
    }

    told() {
      this.line.classList.toggle("untouched", this.answer === undefined);
      this.shown.textContent = this.answer === undefined ? "–" : this.range.value;
    }

    // Without a preset and untouched there is no answer: the knob's place is nobody's opinion.
    get answer() {
      return this.isDirty || this.hasAttribute("value") ? Number(this.range.value) : undefined;
    }

    get value() {
      return Number(this.range?.value ?? this.number("value", 0));
    }

    set value(value) {
      if (!this.isBuilt) return this.setAttribute("value", value);
      const isSet = value !== null && value !== undefined && value !== "";
      this.range.value = isSet ? value : this.number("min", 0);
      this.exact.value = isSet ? this.range.value : "";
      if (isSet) this.isDirty = true;
      this.told();
      this.refresh();
    }

    get anchor() {
      return this.range;
    }

    problem() {
      return this.has("required") && this.answer === undefined ? crowd.words.required : "";
    }

    reset() {
      this.isDirty = false;
      this.update();
    }
  }

  crowd.define("crowd-checkbox", Checkbox);
  crowd.define("crowd-toggle-button", Toggle);
  crowd.define("crowd-radio-button", Radio);
  crowd.define("crowd-radio-group", RadioGroup);
  crowd.define("crowd-slider", Slider);
})();

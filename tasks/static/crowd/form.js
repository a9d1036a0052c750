// <crowd-form> and <crowd-button>.
//
// The form wraps its children in a real <form>, which goes where the task's answer belongs. What
// is sent (as on Mechanical Turk): one field "taskAnswers" with a JSON list that holds one object,
// {element's name: its answer}. With answer-format="flatten-objects" each answer is a field of its
// own, objects as name.path, lists as JSON.
(() => {
  "use strict";
  const crowd = window.manyhandsCrowd;
  const { h, isObject } = crowd;
  const PREVIEW = "ASSIGNMENT_ID_NOT_AVAILABLE";
  const PATH = "/mturk/externalSubmit";
  const RESERVED = ["assignmentId", "hitId", "workerId", "turkSubmitTo"];
  const BUTTONS = ["submit", "button", "reset", "image"];

  // Our pages carry where to submit; on a requester's own server it is in the address.
  const told = document.querySelector('meta[name="manyhands"]')?.dataset ?? {};
  const asked = new URLSearchParams(location.search);
  const assignment = told.assignment || asked.get("assignmentId") || "";
  const host = (asked.get("turkSubmitTo") || "").replace(/\/+$/, "");
  const submitUrl = told.submit || (/^https?:\/\//.test(host) ? host + PATH : "");

  const add = (answer, name, value) => {
    const before = Object.hasOwn(answer, name) ? answer[name] : undefined;
    if (isObject(before) && isObject(value)) Object.assign(before, value);
    else if (typeof before === "string" && typeof value === "string") answer[name] += `|${value}`;
    else Object.defineProperty(answer, name, { value, writable: true, enumerable: true, configurable: true });
  };

  // An HTML field of the page's own, answered as the crowd element of its kind.
  const nativeAnswer = (field) => {
    if (field.type === "checkbox" || field.type === "radio") return { [field.value]: field.checked };
    if (field.type === "select-multiple") return [...field.selectedOptions].map((o) => o.value);
    if (field.type === "file") return field.files[0]?.name;
    return field.value === "" ? undefined : field.value;
  };

  const answerOf = (fields) => {
    const answer = {};
    for (const field of fields) {
      const name = field.getAttribute("name");
      if (!name || RESERVED.includes(name) || field.matches(":disabled")) continue;
      if (BUTTONS.includes(field.type) || field.matches("fieldset, output, object")) continue;
      const value = field instanceof crowd.Field ? field.answer : nativeAnswer(field);
      if (value !== undefined && value !== null) add(answer, name, structuredClone(value));
    }
    return answer;
  };

  const flattened = (value, path, found = []) => {
    if (isObject(value)) {
      for (const [key, inner] of Object.entries(value)) flattened(inner, [...path, key], found);
    } else {
      found.push([path.join("."), typeof value === "string" ? value : JSON.stringify(value)]);
    }
    return found;
  };

  // A form of the page's own, without <crowd-form>: each element is a field, objects as JSON.
  const served = new WeakSet();
  crowd.serve = (form) => {
    if (served.has(form) || form.parentElement?.localName === "crowd-form") return;
    served.add(form);
    form.addEventListener("formdata", ({ formData }) => {
      if (owned.has(form)) return;
      const ours = [...form.elements].filter((field) => field instanceof crowd.Field);
      for (const [name, value] of Object.entries(answerOf(ours))) {
        formData.append(name, typeof value === "string" ? value : JSON.stringify(value));
      }
    });
  };
  const owned = new WeakSet();

  class Form extends crowd.Element {
    build(root) {
      root.append(h("slot"));
      this.fields = []; // besides those inside: an element whose form is in its own shadow tree
      this.form = this.closest("form");
      if (!this.form) {
        this.form = h("form", { method: "post", action: this.text("action", submitUrl) || null });
        this.form.append(...this.childNodes);
        this.append(this.form);
      }
      if (assignment && !this.form.querySelector('[name="assignmentId"]')) {
        this.form.append(h("input", { type: "hidden", name: "assignmentId", value: assignment }));
      }
      const own = 'crowd-button[form-action="submit"], [type="submit"], [type="image"]';
      if (!this.form.querySelector(own)) {
        const label = crowd.words.submit;
        const button = h("crowd-button", { "form-action": "submit", variant: "primary" }, label);
        this.form.append(h("p", { class: "crowd-submit" }, button));
      }
      this.isPreview = Boolean(told.submit || submitUrl) && ["", PREVIEW].includes(assignment);
      if (this.isPreview) this.form.querySelectorAll(own).forEach((button) => {
        button.setAttribute("disabled", "");
        button.title = crowd.words.preview;
      });
      owned.add(this.form);
      this.form.addEventListener("formdata", (event) => this.write(event.formData));
      this.getRootNode().addEventListener("submit", (event) => this.leave(event));
    }

    get answer() {
      return answerOf([...this.form.elements, ...this.fields]);
    }

    // The fields that the answer is sent as, [name, text] each.
    get entries() {
      if (this.text("answer-format") !== "flatten-objects") {
        return [["taskAnswers", JSON.stringify([this.answer])]];
      }
      return Object.entries(this.answer).flatMap(([name, value]) => flattened(value, [name]));
    }

    write(data) {
      for (const name of new Set(data.keys())) if (!RESERVED.includes(name)) data.delete(name);
      for (const [name, text] of this.entries) data.append(name, text);
    }

    // Heard after the page's own handlers, which may refuse. What guards against a lost connection
    // doesn't hear a form in a shadow tree, so that goes through one in the page. With nowhere to
    // go, the answer is shown.
    leave(event) {
      if (event.target !== this.form || event.defaultPrevented) return;
      const isInside = this.form.getRootNode() !== document;
      const goesNowhere = !this.form.getAttribute("action");
      if (!isInside && !goesNowhere) return;
      event.preventDefault();
      if (!this.fields.every((field) => field.reportValidity())) return;
      if (goesNowhere) this.show();
      else this.relay().requestSubmit();
    }

    relay() {
      document.getElementById("crowd-relay")?.remove();
      const action = this.form.getAttribute("action");
      const form = h("form", { id: "crowd-relay", method: "post", action, hidden: true });
      const entries = [["assignmentId", assignment], ...this.entries];
      form.append(...entries.map(([name, value]) => h("input", { type: "hidden", name, value })));
      document.body.append(form);
      return form;
    }

    show() {
      let box = this.shadowRoot.querySelector("#answers-box");
      if (!box) {
        box = h("pre", { id: "answers-box", class: "note", tabindex: "0" });
        this.shadowRoot.append(box);
      }
      box.textContent = JSON.stringify([this.answer], null, 2);
    }

    // As <form>: what is missing is not asked for.
    submit() {
      if (this.isPreview) return;
      if (!this.form.getAttribute("action")) this.show();
      else if (this.form.getRootNode() === document) this.form.submit();
      else this.relay().submit();
    }

    requestSubmit() {
      this.form.requestSubmit();
    }

    reset() {
      this.form.reset();
    }

    reportValidity() {
      return this.form.reportValidity();
    }
  }

  const VARIANTS = { primary: "btn btn-main", link: "btn btn-quiet", icon: "btn btn-round" };

  class Button extends crowd.Element {
    static formAssociated = true;
    static delegatesFocus = true;
    static observedAttributes = [
      "disabled", "loading", "variant", "href", "target", "icon", "icon-url", "icon-align", "title",
    ];
    static css = `:host { display: inline-block; vertical-align: middle; }
      .turn { width: 1em; height: 1em; border: 2px solid currentColor; border-right-color: transparent; border-radius: 50%; animation: turn .8s linear infinite; }
      @keyframes turn { to { transform: rotate(1turn); } } .last { flex-direction: row-reverse; } img { width: 1.25em; height: 1.25em; }`;

    constructor() {
      super();
      this.internals = this.attachInternals();
    }

    build() {
      this.update();
      this.addEventListener("click", (event) => this.press(event));
    }

    get disabled() {
      return this.has("disabled") || this.has("loading");
    }

    set disabled(on) {
      this.toggleAttribute("disabled", Boolean(on));
    }

    update() {
      const off = this.disabled;
      const kind = VARIANTS[this.text("variant")] ?? "btn";
      const look = `${kind}${this.text("icon-align") === "right" ? " last" : ""}`;
      const href = this.text("href");
      const isLink = /^(https?:|mailto:|#|\/|[\w.-]+(\/|$|\?))/i.test(href) && !off;
      const inside = [this.picture(), h("slot")];
      const control = isLink
        ? h("a", { class: look, href, target: this.text("target") || null, rel: "noopener" }, ...inside)
        : h("button", { type: "button", class: look, disabled: off, "aria-busy": this.has("loading") ? "true" : null }, ...inside);
      const old = this.shadowRoot.querySelector("button, a");
      if (old) old.replaceWith(control);
      else this.shadowRoot.append(control);
    }

    picture() {
      if (this.has("loading")) return h("span", { class: "turn", "aria-hidden": "true" });
      if (this.text("icon-url")) return h("img", { src: this.text("icon-url"), alt: "" });
      return this.text("icon") ? crowd.icon(this.text("icon")) : null;
    }

    press(event) {
      if (this.disabled) {
        event.preventDefault();
        event.stopImmediatePropagation();
        return;
      }
      const form = this.internals.form;
      // Once the page's own handlers have had their say.
      queueMicrotask(() => {
        if (event.defaultPrevented || !form) return;
        if (this.text("form-action") === "submit") form.requestSubmit();
        if (this.text("form-action") === "reset") form.reset();
      });
    }
  }

  crowd.define("crowd-form", Form);
  crowd.define("crowd-button", Button);
})();

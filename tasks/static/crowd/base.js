// What every crowd element is made of. The parts share one object, window.manyhandsCrowd.
(() => {
  "use strict";
  const crowd = (window.manyhandsCrowd = {});
  const SVG = "http://www.w3.org/2000/svg";

  // Elements are defined once the page is read to its end, in ready.js: before that they would
  // find themselves without children. The form comes first, since it moves its children.
  const waiting = [];
  crowd.define = (tag, kind) => waiting.push([tag, kind]);
  crowd.defineAll = () => {
    waiting.splice(0).forEach(([tag, kind]) => {
      if (!customElements.get(tag)) customElements.define(tag, kind);
    });
  };

  // h("button", { class: "btn", onclick: f, disabled: true }, "Text", otherNode)
  const fill = (node, properties, children) => {
    for (const [name, value] of Object.entries(properties || {})) {
      if (value === undefined || value === null || value === false) continue;
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else if (name === "value" || name === "checked") node[name] = value;
      else node.setAttribute(name, value === true ? "" : value);
    }
    node.append(...children.filter((child) => child !== null && child !== undefined));
    return node;
  };
  crowd.h = (tag, properties, ...children) =>
    fill(document.createElement(tag), properties, children);
  crowd.s = (tag, properties, ...children) =>
    fill(document.createElementNS(SVG, tag), properties, children);

  crowd.clamp = (number, low, high) => Math.min(Math.max(number, low), high);
  crowd.isObject = (it) => it !== null && typeof it === "object" && !Array.isArray(it);
  crowd.same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

  // Templates hold JSON as people write it: single quotes, bare names, commas too many, comments.
  // Reads it without evaluating anything; throws SyntaxError.
  crowd.lenient = (text) => {
    try {
      return JSON.parse(text);
    } catch {
      return readLoosely(String(text));
    }
  };

  const TOKEN =
    /\s+|\/\/[^\n]*|\/\*[^]*?\*\/|([[\]{},:])|("(?:[^"\\]|\\[^])*"|'(?:[^'\\]|\\[^])*')|([^\s[\]{},:"']+)/gy;
  const ESCAPES = { n: "\n", t: "\t", r: "\r", b: "\b", f: "\f" };
  const WORDS = { true: true, false: false, null: null, undefined: null };

  const unquote = (quoted) =>
    quoted.slice(1, -1).replace(/\\(?:u([0-9a-f]{4})|([^]))/gi, (_all, code, one) =>
      code ? String.fromCharCode(parseInt(code, 16)) : (ESCAPES[one] ?? one));

  const tokensOf = (text) => {
    const tokens = [];
    let at = 0;
    for (const match of text.matchAll(TOKEN)) {
      at = match.index + match[0].length;
      if (match[1]) tokens.push({ mark: match[1] });
      else if (match[2]) tokens.push({ text: unquote(match[2]) });
      else if (match[3]) tokens.push({ bare: match[3] });
    }
    if (at !== text.length) throw new SyntaxError(`Not readable as JSON: ${text.slice(at, at + 40)}`);
    return tokens;
  };

  const readLoosely = (text) => {
    const tokens = tokensOf(text);
    let at = 0;
    const next = (mark) => tokens[at] && tokens[at].mark === mark && Boolean(++at);
    const fail = () => {
      throw new SyntaxError(`Not readable as JSON: ${text.slice(0, 80)}`);
    };
    const many = (closing, one) => {
      while (!next(closing)) {
        if (at >= tokens.length) fail();
        if (next(",")) continue;
        one();
        if (!(tokens[at] && [",", closing].includes(tokens[at].mark))) fail();
      }
    };
    const value = () => {
      if (next("[")) {
        const list = [];
        many("]", () => list.push(value()));
        return list;
      }
      if (next("{")) {
        const members = {};
        many("}", () => {
          const key = tokens[at++];
          if (!key || key.mark || !next(":")) fail();
          members[key.text ?? key.bare] = value();
        });
        return members;
      }
      const token = tokens[at++];
      if (!token || token.mark) fail();
      if (token.text !== undefined) return token.text;
      if (token.bare in WORDS) return WORDS[token.bare];
      const number = Number(token.bare);
      return Number.isNaN(number) ? fail() : number;
    };
    const whole = value();
    return at === tokens.length ? whole : fail();
  };

  // A key pressed while typing belongs to the text; otherwise it may be a shortcut.
  crowd.isTyping = (event) => {
    const at = event.composedPath()[0];
    if (!(at instanceof Element)) return false;
    if (at.isContentEditable || at.matches("textarea, select")) return true;
    return at.matches("input") && !/^(checkbox|radio|range|button|submit|reset|color)$/.test(at.type);
  };

  const sheets = new Map();
  crowd.sheet = (css) => {
    if (!sheets.has(css)) {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(css);
      sheets.set(css, sheet);
    }
    return sheets.get(css);
  };

  // The base of all: a shadow tree in our look, built once by build(), kept true by update(name).
  crowd.Element = class extends HTMLElement {
    static css = "";
    static delegatesFocus = false;

    constructor() {
      super();
      const kind = this.constructor;
      const root = this.attachShadow({ mode: "open", delegatesFocus: kind.delegatesFocus });
      const own = [];
      for (let at = kind; at && at.css !== undefined; at = Object.getPrototypeOf(at)) {
        if (Object.hasOwn(at, "css") && at.css) own.unshift(crowd.sheet(at.css));
      }
      root.adoptedStyleSheets = [crowd.sheet(crowd.look), ...own];
      this.isBuilt = false;
    }

    connectedCallback() {
      if (!this.isBuilt) {
        this.isBuilt = true;
        this.build(this.shadowRoot);
      }
    }

    attributeChangedCallback(name, was, is) {
      if (this.isBuilt && was !== is) this.update(name);
    }

    build(root) {
      root.append(crowd.h("slot"));
    }

    update(_name) {}

    text(name, otherwise = "") {
      return this.getAttribute(name) ?? otherwise;
    }

    // A switch is on when it is there, but templates do write checked="false".
    has(name) {
      return this.hasAttribute(name) && this.getAttribute(name).toLowerCase() !== "false";
    }

    number(name, otherwise) {
      const given = parseFloat(this.getAttribute(name));
      return Number.isFinite(given) ? given : otherwise;
    }

    // An attribute that holds JSON. What can't be read is said on the page, for the requester.
    json(name, otherwise) {
      const given = this.getAttribute(name);
      if (given === null || !given.trim()) return otherwise;
      try {
        return crowd.lenient(given);
      } catch {
        this.complain(crowd.words.unreadable(this.localName, name));
        return otherwise;
      }
    }

    jsonList(name, otherwise = []) {
      const given = this.json(name, otherwise);
      return Array.isArray(given) ? given : [];
    }

    complain(words) {
      this.shadowRoot.prepend(crowd.h("p", { class: "note note-bad", role: "alert" }, words));
    }
  };

  // An element with a name and an answer. It takes part in its form's validation; the form asks
  // it for `answer` when it is sent (undefined: nothing to say).
  crowd.Field = class extends crowd.Element {
    static formAssociated = true;
    static delegatesFocus = true;

    constructor() {
      super();
      this.internals = this.attachInternals();
      this.isDirty = false;
    }

    connectedCallback() {
      super.connectedCallback();
      this.refresh();
    }

    formAssociatedCallback(form) {
      if (form) crowd.serve(form);
    }

    get form() {
      return this.internals.form;
    }

    get name() {
      return this.text("name");
    }

    set name(name) {
      this.setAttribute("name", name);
    }

    get disabled() {
      return this.has("disabled");
    }

    set disabled(on) {
      this.toggleAttribute("disabled", Boolean(on));
    }

    get answer() {
      return undefined;
    }

    get value() {
      return this.answer;
    }

    // Some templates read the answer under this name.
    get _submittableValue() {
      return this.answer;
    }

    get validity() {
      return this.internals.validity;
    }

    get validationMessage() {
      return this.internals.validationMessage;
    }

    checkValidity() {
      return this.internals.checkValidity();
    }

    reportValidity() {
      return this.internals.reportValidity();
    }

    // What is missing, as a sentence; empty when the answer may be sent.
    problem() {
      return "";
    }

    // The control inside that is shown as the one at fault; it must be focusable.
    get anchor() {
      return undefined;
    }

    refresh() {
      if (!this.isBuilt) return;
      const words = this.problem();
      if (words) this.internals.setValidity({ customError: true }, words, this.anchor);
      else this.internals.setValidity({});
    }

    changed(kind = "change") {
      this.isDirty = true;
      this.refresh();
      this.dispatchEvent(new Event("input", { bubbles: true, composed: true }));
      if (kind === "change") {
        this.dispatchEvent(new Event("change", { bubbles: true, composed: true }));
      }
    }

    formDisabledCallback() {
      if (this.isBuilt) this.update("disabled");
    }

    formResetCallback() {
      this.reset();
      this.isDirty = false;
      this.refresh();
    }

    reset() {}
  };
})();

// What pages are arranged with: <crowd-tabs> and <crowd-tab>, <crowd-card>, <crowd-alert>,
// <crowd-badge>, <crowd-toast>, <crowd-icon-button>, <crowd-fab>. None of them has an answer.
(() => {
  "use strict";
  const crowd = window.manyhandsCrowd;
  const { h } = crowd;

  class Tab extends crowd.Element {
    static observedAttributes = ["header"];

    build(root) {
      root.append(h("slot"));
      this.role = "tabpanel";
      this.tabIndex = 0;
      // A field that is missing in a tab that nobody sees could not be pointed at.
      this.addEventListener("invalid", () => this.closest("crowd-tabs")?.open?.(this), true);
    }

    update() {
      this.setAttribute("aria-label", this.text("header"));
      this.closest("crowd-tabs")?.list?.();
    }
  }

  class Tabs extends crowd.Element {
    static css = `:host { font: var(--text); color: var(--ink); }
      [role=tablist] { display: flex; gap: .25rem; overflow-x: auto; border-bottom: 1px solid var(--line); padding: 3px 3px 0; }
      [role=tab] { border: 0; border-bottom: 3px solid transparent; background: none; color: var(--soft); min-height: 2.75rem; padding: 0 1rem; cursor: pointer; white-space: nowrap; }
      [role=tab]:hover { color: var(--ink); } [role=tab][aria-selected=true] { color: var(--brand); border-color: var(--brand); font-weight: 600; } [role=tab]:focus-visible { outline-offset: -3px; }
      .panels { padding-block: 1rem; }`;

    build(root) {
      this.bar = h("div", { role: "tablist" });
      this.bar.addEventListener("keydown", (event) => this.move(event));
      const slot = h("slot");
      root.append(this.bar, h("div", { class: "panels" }, slot));
      slot.addEventListener("slotchange", () => this.list());
      this.list();
    }

    get tabs() {
      return [...this.children].filter((child) => child.localName === "crowd-tab");
    }

    list() {
      const { tabs } = this;
      const shown = tabs.includes(this.shown) ? this.shown : tabs.find((tab) => tab.hasAttribute("selected")) ?? tabs[0];
      this.bar.replaceChildren(
        ...tabs.map((tab, index) =>
          h("button", { type: "button", role: "tab", onclick: () => this.open(tab) },
            tab.getAttribute("header") || `Tab ${index + 1}`)),
      );
      this.open(shown);
    }

    open(shown) {
      this.shown = shown;
      this.tabs.forEach((tab, index) => {
        const isShown = tab === shown;
        tab.hidden = !isShown;
        tab.setAttribute("aria-label", tab.getAttribute("header") || `Tab ${index + 1}`);
        this.bar.children[index].setAttribute("aria-selected", String(isShown));
        this.bar.children[index].tabIndex = isShown ? 0 : -1;
      });
    }

    move(event) {
      const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!by) return;
      event.preventDefault();
      const { tabs } = this;
      const next = (tabs.indexOf(this.shown) + by + tabs.length) % tabs.length;
      this.open(tabs[next]);
      this.bar.children[next].focus();
    }
  }

  class Card extends crowd.Element {
    static observedAttributes = ["heading", "image"];
    static css = `:host { display: inline-block; font: var(--text); color: var(--ink); background: var(--card); border: 1px solid var(--line); border-radius: .75rem; box-shadow: 0 1px 2px rgb(0 0 0 / .06), 0 4px 16px rgb(0 0 0 / .04); overflow: hidden; vertical-align: top; }
      img { display: block; width: 100%; } h2 { padding: 1rem 1rem 0; } .inside { padding: 1rem; } ::slotted(.card-content), ::slotted(.card-actions) { padding: 0; }`;

    build(root) {
      this.image = h("img", { alt: "" });
      this.heading = h("h2");
      root.append(this.image, this.heading, h("div", { class: "inside" }, h("slot")));
      this.update();
    }

    update() {
      this.image.hidden = !this.text("image");
      if (this.text("image")) this.image.src = this.text("image");
      this.heading.hidden = !this.text("heading");
      this.heading.textContent = this.text("heading");
    }
  }

  const KINDS = { success: "note-good", error: "note-bad", warning: "note-warn", info: "" };

  class Alert extends crowd.Element {
    static observedAttributes = ["type", "dismissible"];
    static css = `:host { font: var(--text); } .note { display: flex; gap: .75rem; align-items: flex-start; } .words { flex: 1; min-width: 0; padding-block: .4rem; } .icon { margin-top: .55rem; } .btn { margin: -.25rem -.5rem -.25rem 0; }`;

    build(root) {
      this.box = h("div", { class: "note" });
      root.append(this.box);
      this.update();
    }

    update() {
      const type = this.text("type", "info").toLowerCase();
      const icon = { success: "check-circle", error: "error", warning: "warning" }[type] ?? "info";
      this.box.className = `note ${KINDS[type] ?? ""}`;
      this.box.setAttribute("role", type === "error" || type === "warning" ? "alert" : "status");
      const close = h("button", {
        type: "button", class: "btn btn-quiet btn-round", "aria-label": crowd.words.close,
        onclick: () => this.remove(),
      }, crowd.icon("close"));
      const words = h("div", { class: "words" }, h("slot"));
      this.box.replaceChildren(crowd.icon(icon), words, ...(this.has("dismissible") ? [close] : []));
    }
  }

  // Sits on the top right corner of the element that it is for.
  class Badge extends crowd.Element {
    static observedAttributes = ["for", "icon", "label"];
    static css = `:host { position: absolute; z-index: 2; min-width: 1.5rem; height: 1.5rem; padding: 0 .35rem; border-radius: 99rem; background: var(--brand); color: var(--on-brand); font: 600 .75rem/1.5rem system-ui, sans-serif; text-align: center; pointer-events: none; display: inline-flex; align-items: center; justify-content: center; } svg.icon { width: .9rem; height: .9rem; }`;

    build() {
      this.update();
      requestAnimationFrame(() => this.place());
      this.watching = new ResizeObserver(() => this.place());
      this.watching.observe(document.body);
    }

    disconnectedCallback() {
      this.watching?.disconnect();
    }

    update() {
      const inside = this.text("icon") ? crowd.icon(this.text("icon")) : this.text("label");
      this.shadowRoot.replaceChildren(inside);
      this.place();
    }

    place() {
      const of = this.text("for");
      const target = (of && this.getRootNode().getElementById?.(of)) || this.parentElement;
      if (!target || !this.isConnected) return;
      Object.assign(this.style, { left: "0", top: "0" });
      const [at, own] = [target.getBoundingClientRect(), this.getBoundingClientRect()];
      const right = Math.min(at.right, document.documentElement.clientWidth - own.width / 2 - 2);
      this.style.left = `${right - own.left - own.width / 2}px`;
      this.style.top = `${at.top - own.top - own.height / 2}px`;
    }
  }

  // At the top of the frame: a frame as tall as its page has no bottom that anybody sees.
  class Toast extends crowd.Element {
    static observedAttributes = ["opened", "text", "duration"];
    static css = `:host { position: fixed; z-index: 9; inset: 1rem 0 auto; margin-inline: auto; width: fit-content; max-width: min(36rem, calc(100% - 2rem)); background: var(--ink); color: var(--paper); font: var(--text); padding: .75rem 1rem; border-radius: var(--r); box-shadow: 0 8px 30px rgb(0 0 0 / .25); }
      :host(:not([opened])) { display: none; }`;

    build(root) {
      root.append(h("span"), h("slot"));
      this.role = "status";
      this.update("opened");
    }

    update(name) {
      this.shadowRoot.querySelector("span").textContent = this.text("text");
      if (name !== "opened" || !this.opened) return;
      document.querySelectorAll("crowd-toast[opened]").forEach((one) => {
        if (one !== this) one.opened = false;
      });
      clearTimeout(this.timer);
      const lasts = this.number("duration", 3000);
      if (lasts > 0) this.timer = setTimeout(() => (this.opened = false), lasts);
    }

    get opened() {
      return this.has("opened");
    }

    set opened(on) {
      this.toggleAttribute("opened", Boolean(on));
    }

    open() {
      this.opened = true;
    }

    close() {
      this.opened = false;
    }

    show(words) {
      if (typeof words === "string") this.setAttribute("text", words);
      this.opened = true;
    }

    hide() {
      this.close();
    }
  }

  class IconButton extends crowd.Element {
    static delegatesFocus = true;
    static observedAttributes = ["icon", "disabled", "title", "label"];
    static look = "btn btn-quiet btn-round";
    static css = ":host { display: inline-block; vertical-align: middle; }";

    build(root) {
      this.control = h("button", { type: "button", class: this.constructor.look });
      root.append(this.control, h("slot"));
      this.addEventListener("click", (event) => {
        if (this.has("disabled")) event.stopImmediatePropagation();
      }, true);
      this.update();
    }

    update() {
      const inside = this.text("icon") ? crowd.icon(this.text("icon")) : [...this.text("label", "•")][0];
      this.control.replaceChildren(inside);
      this.control.disabled = this.has("disabled");
      this.control.setAttribute("aria-label", this.text("aria-label") || this.text("title") || this.text("icon") || this.text("label"));
    }

    get disabled() {
      return this.has("disabled");
    }

    set disabled(on) {
      this.toggleAttribute("disabled", Boolean(on));
    }
  }

  class Fab extends IconButton {
    static look = "btn btn-main btn-round";
    static css = ".btn { width: 3.5rem; height: 3.5rem; box-shadow: 0 3px 10px rgb(0 0 0 / .3); } svg.icon { width: 1.5rem; height: 1.5rem; }";
  }

  const kinds = {
    "crowd-tabs": Tabs, "crowd-tab": Tab, "crowd-card": Card, "crowd-alert": Alert,
    "crowd-badge": Badge, "crowd-toast": Toast, "crowd-icon-button": IconButton, "crowd-fab": Fab,
  };
  Object.entries(kinds).forEach(([tag, kind]) => crowd.define(tag, kind));
})();

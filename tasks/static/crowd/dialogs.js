// What opens over the page: <crowd-modal>, <crowd-instructions>, and <full-instructions> where no
// task element shows it. <short-instructions> is a note wherever it stands.
(() => {
  "use strict";
  const crowd = window.manyhandsCrowd;
  const { h } = crowd;

  crowd.dialogLook = `dialog { width: min(44rem, calc(100vw - 2rem)); max-height: min(85vh, 40rem); overflow: auto; border: 1px solid var(--line); border-radius: .75rem; padding: 0; background: var(--card); color: var(--ink); font: var(--text); box-shadow: 0 20px 60px rgb(0 0 0 / .35); }
    dialog::backdrop { background: rgb(0 0 0 / .45); }
    dialog > header { display: flex; gap: 1rem; align-items: center; justify-content: space-between; padding: .5rem .5rem .5rem 1.25rem; border-bottom: 1px solid var(--line); position: sticky; top: 0; background: var(--card); z-index: 1; }
    dialog > .inside { padding: 1rem 1.25rem 1.25rem; }`;

  // A dialog with a title and a way out; the root's styles need crowd.dialogLook.
  crowd.dialog = (title, ...inside) => {
    const heading = h("h2", { id: "title" }, title);
    const close = h("button", {
      type: "button", class: "btn btn-quiet btn-round", "aria-label": crowd.words.close,
      onclick: () => dialog.close(),
    }, crowd.icon("close"));
    const dialog = h("dialog", { "aria-labelledby": "title" },
      h("header", {}, heading, close), h("div", { class: "inside" }, ...inside));
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close();
    });
    return dialog;
  };

  // The frame of a task is as tall as its page, so its middle may be far from who looks at it:
  // there, a dialog opens beside what opened it.
  crowd.openDialog = (dialog, opener) => {
    dialog.showModal();
    const room = window.innerHeight - dialog.offsetHeight - 16;
    if (window.innerHeight <= screen.availHeight || !opener) return;
    const at = opener.getBoundingClientRect().top - 48;
    Object.assign(dialog.style, { marginTop: "0", top: `${crowd.clamp(at, 16, Math.max(16, room))}px` });
  };

  class Modal extends crowd.Element {
    static observedAttributes = ["link-text", "link-type"];
    static css = `:host { display: inline-block; font: var(--text); } ${crowd.dialogLook}
      .link { font: inherit; border: 0; background: none; padding: 0; min-height: 1.75rem; color: var(--brand); text-decoration: underline; cursor: pointer; text-align: left; }`;
    static linkText = "Click to open modal";

    build(root) {
      this.opener = h("button", { type: "button", "aria-haspopup": "dialog", onclick: () => this.open() });
      this.dialog = crowd.dialog("", ...this.inside());
      root.append(this.opener, this.dialog);
      this.dialog.addEventListener("close", () => this.dispatchEvent(new CustomEvent("close")));
      this.update();
    }

    inside() {
      return [h("slot")];
    }

    update() {
      const words = this.text("link-text", this.constructor.linkText);
      this.opener.textContent = words;
      this.opener.className = this.text("link-type") === "button" ? "btn" : "link";
      this.dialog.querySelector("h2").textContent = this.text("header") || words;
    }

    open() {
      if (!this.dialog.open) crowd.openDialog(this.dialog, this.opener);
    }

    close() {
      this.dialog.close();
    }
  }

  const PAGES = {
    "short-summary": "Summary",
    "detailed-instructions": "Detailed Instructions",
    examples: "Examples",
  };

  class Instructions extends Modal {
    static linkText = "Click for instructions";
    static css = `.good, .bad { border-left: 4px solid var(--good); padding-left: 1rem; margin-top: 1rem; } .bad { border-color: var(--bad); } .good h3 { color: var(--good); } .bad h3 { color: var(--bad); } ::slotted(*) { display: block; }`;

    inside() {
      const found = new Set([...this.children].map((child) => child.localName));
      for (const child of this.children) child.slot = child.localName;
      const examples = [["positive-example", "Good example", "good"], ["negative-example", "Bad example", "bad"]]
        .filter(([tag]) => found.has(tag))
        .map(([tag, title, look]) => h("section", { class: look }, h("h3", {}, title), h("slot", { name: tag })));
      const tabs = h("crowd-tabs");
      for (const [tag, header] of Object.entries(PAGES)) {
        const content = tag === "examples" ? examples : found.has(tag) ? [h("slot", { name: tag })] : [];
        if (content.length) tabs.append(h("crowd-tab", { header }, ...content));
      }
      return [tabs, h("slot")];
    }
  }

  class FullInstructions extends Modal {
    static linkText = crowd.words.full;
    static observedAttributes = ["header"];

    build(root) {
      // Inside a task element that element shows them.
      this.isShownElsewhere = crowd.isTask?.(this.parentElement);
      if (this.isShownElsewhere) root.append(h("slot"));
      else super.build(root);
    }

    update() {
      if (this.isShownElsewhere) return;
      this.opener.className = "btn";
      this.opener.textContent = crowd.words.full;
      this.dialog.querySelector("h2").textContent = this.text("header", crowd.words.full);
    }
  }

  class ShortInstructions extends crowd.Element {
    static css = ".note { margin-block: .75rem; }";

    build(root) {
      const isInTask = crowd.isTask?.(this.parentElement);
      root.append(isInTask ? h("slot") : h("div", { class: "note" }, h("slot")));
    }
  }

  crowd.define("crowd-modal", Modal);
  crowd.define("crowd-instructions", Instructions);
  crowd.define("full-instructions", FullInstructions);
  crowd.define("short-instructions", ShortInstructions);
})();

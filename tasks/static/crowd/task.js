// The frame of the elements that are a whole task: a header, what to work on, what to choose
// from, the short instructions beside it and the full ones behind a button.
(() => {
  "use strict";
  const crowd = window.manyhandsCrowd;
  const { h } = crowd;
  const REGIONS = ["short-instructions", "full-instructions", "classification-target", "worker-comment"];

  const tags = new Set();
  crowd.isTask = (element) => Boolean(element) && tags.has(element.localName);
  crowd.defineTask = (tag, kind) => {
    tags.add(tag);
    crowd.define(tag, kind);
  };

  // Keys work wherever nobody is typing: for the task that has the focus, else the one used last.
  const tasks = new Set();
  let current = null;
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || crowd.isTyping(event)) return;
    const path = event.composedPath();
    if (path.some((node) => node.localName === "dialog")) return;
    const inside = [...tasks].find((task) => path.includes(task));
    const isNowhere = path[0] === document.body || path[0] === document.documentElement;
    const task = inside ?? (isNowhere ? current ?? (tasks.size === 1 ? [...tasks][0] : null) : null);
    if (task && task.key(event)) event.preventDefault();
  });

  crowd.Task = class extends crowd.Field {
    static observedAttributes = ["header", "labels", "categories", "src", "disabled", "text"];
    static delegatesFocus = false;
    static css = `:host { font: var(--text); color: var(--ink); container-type: inline-size; min-width: 0; margin-block: 0 1.5rem; }
      .task { display: grid; gap: .75rem 1rem; grid-template-columns: minmax(0, 1fr); }
      .main, .controls, .extra, .brief { min-width: 0; } .main { display: grid; gap: .5rem; align-content: start; grid-template-columns: minmax(0, 1fr); }
      .brief { border-left: 4px solid var(--brand); background: var(--brand-soft); border-radius: 0 var(--r) var(--r) 0; padding: .25rem 1rem .5rem; }
      .brief summary { font-weight: 600; min-height: 2.25rem; display: flex; align-items: center; gap: .5rem; cursor: pointer; } .brief summary::after { content: ""; width: .45em; height: .45em; border: solid currentColor; border-width: 0 2px 2px 0; transform: translateY(-.15em) rotate(45deg); } .brief[open] summary::after { transform: rotate(225deg); }
      .brief .btn { margin-top: .25rem; } ::slotted(short-instructions) { overflow-wrap: break-word; max-height: 24rem; overflow: auto; }
      .work-first .controls { order: 1; } .work-first .extra { order: 2; } .extra:empty { display: none; }
      @container (min-width: 46rem) {
        .task { grid-template-columns: minmax(0, 1fr) 17rem; grid-template-rows: auto auto auto 1fr; }
        .task > h2 { grid-column: 1 / -1; } .main { grid-column: 1; grid-row: 2 / 5; }
        .brief, .controls, .extra { grid-column: 2; } .brief { grid-row: 2; } .controls { grid-row: 3; } .extra { grid-row: 4; align-self: start; }
      } ${crowd.dialogLook}`;
    static workFirst = false;

    build(root) {
      for (const child of this.children) {
        if (REGIONS.includes(child.localName)) child.slot = child.localName;
      }
      const has = (tag) => this.querySelector(`:scope > ${tag}`);
      this.head = h("h2", { id: "head" }, this.text("header"));
      this.head.hidden = !this.text("header");
      this.main = h("div", { class: "main" });
      this.controls = h("div", { class: "controls stack tight" });
      this.extra = h("div", { class: "extra stack tight" });
      const brief = has("short-instructions") || has("full-instructions") ? this.brief(has) : null;
      const work = this.constructor.workFirst ? [this.main, this.controls] : [this.controls, this.main];
      const look = `task${this.constructor.workFirst ? " work-first" : ""}`;
      root.append(
        h("div", { class: look, part: "task" }, this.head, brief, ...work, this.extra),
        h("slot"),
      );
      this.addEventListener("pointerdown", () => (current = this));
      this.fillIn();
    }

    connectedCallback() {
      tasks.add(this);
      super.connectedCallback();
    }

    disconnectedCallback() {
      tasks.delete(this);
      if (current === this) current = null;
    }

    brief(has) {
      const full = has("full-instructions");
      const box = h("details", { class: "brief", open: true },
        h("summary", {}, crowd.words.instructions), h("slot", { name: "short-instructions" }));
      if (full) {
        const title = full.getAttribute("header") || crowd.words.full;
        const dialog = crowd.dialog(title, h("slot", { name: "full-instructions" }));
        const opener = h("button", { type: "button", class: "btn btn-small", "aria-haspopup": "dialog" }, crowd.words.full);
        opener.addEventListener("click", () => crowd.openDialog(dialog, opener));
        box.append(opener);
        this.shadowRoot.append(dialog);
      }
      return box;
    }

    // What the kind of task puts into main, controls and extra.
    fillIn() {}

    update(name) {
      if (name === "header") {
        this.head.textContent = this.text("header");
        this.head.hidden = !this.text("header");
      }
    }

    // Templates read and set the labels as a list.
    get labels() {
      return this.jsonList("labels");
    }

    set labels(list) {
      this.setAttribute("labels", JSON.stringify(list));
    }

    // A key that nobody else wanted; true when it was used.
    key(_event) {
      return false;
    }

    // 1 to 9 and 0: the first ten of a list, as an index; -1 for any other key.
    static digit(event) {
      if (event.ctrlKey || event.metaKey || event.altKey || !/^[0-9]$/.test(event.key)) return -1;
      return (Number(event.key) + 9) % 10;
    }

    static keyOf(index) {
      return index < 10 ? h("kbd", { "aria-hidden": "true" }, String((index + 1) % 10)) : null;
    }
  };
})();

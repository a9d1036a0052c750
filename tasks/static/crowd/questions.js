// <crowd-question-answer-generation>: questions about a text with their answers, each with tags
// and the part of the text that it is about. Amazon doesn't document the answer; ours is
// {questionsAndAnswers: [{question, answer, tags: [...], passage: {startOffset, endOffset, text}}]},
// without passage where none was chosen.
(() => {
  "use strict";
  const crowd = window.manyhandsCrowd;
  const { h } = crowd;
  const wordsIn = (text) => text.split(/\s+/u).filter(Boolean).length;

  class Questions extends crowd.Task {
    static workFirst = true;
    static css = `${crowd.passageLook} .pair { border: 1px solid var(--line); border-radius: .75rem; padding: .75rem; background: var(--card); } .pair.current { border-color: var(--brand); } .tags { display: flex; flex-wrap: wrap; gap: 0 1rem; } blockquote { margin: 0; padding-left: .75rem; border-left: 3px solid #bcbd22; font-size: .875rem; } .btn-bad { color: var(--bad); }
      @container (min-width: 46rem) { .task { grid-template-columns: minmax(0, 1fr) 24rem; } }`;

    fillIn() {
      this.pairs = [];
      this.tags = this.jsonList("question-tags").map(String);
      this.passage = new crowd.Passage({
        text: this.text("text"), label: this.text("header") || "Text",
        onpick: (range) => this.about(range), onmark: (mark) => this.select(mark.id), ondrop: (mark) => this.about(null, mark.id),
      });
      const hint = "Choose the part of the text that a question is about, by dragging or with the arrows (Shift takes more) and Enter.";
      this.main.append(this.passage.node, h("p", { class: "help" }, hint));
      this.list = h("div", { class: "stack" });
      this.addButton = h("button", { type: "button", class: "btn", onclick: () => this.add() }, "Add a question");
      this.controls.append(this.list, this.addButton);
      this.most = Math.max(1, this.number("max-questions", Infinity));
      this.least = crowd.clamp(this.number("min-questions", 1), 1, Math.min(this.most, 100));
      while (this.pairs.length < this.least) this.add(false);
    }

    add(hasFocus = true) {
      if (this.pairs.length >= this.most) return;
      const id = (this.last = (this.last ?? 0) + 1);
      const field = (kind, label) => {
        const box = h("textarea", { class: "box", rows: kind === "answer" ? 3 : 2, id: `${kind}-${id}`, oninput: () => this.typed() });
        const rule = h("span", { class: "help" }, this.rule(kind));
        return { box, node: h("div", { class: "stack tight" }, h("label", { class: "label", for: `${kind}-${id}` }, label), box, rule) };
      };
      const pair = { id, question: field("question", "Question"), answer: field("answer", "Answer"), chosen: new Set(), passage: null };
      pair.tags = h("div", { class: "tags" });
      pair.quote = h("blockquote", { hidden: true });
      const drop = h("button", { type: "button", class: "btn btn-small btn-quiet btn-bad", onclick: () => this.drop(pair) }, "Remove");
      pair.head = h("h3", {});
      pair.node = h("section", { class: "pair stack", onfocusin: () => this.select(id) },
        h("div", { class: "row apart" }, pair.head, drop), pair.quote, pair.question.node, pair.answer.node, pair.tags);
      this.pairs.push(pair);
      this.list.append(pair.node);
      this.tagsOf(pair);
      this.select(id);
      this.changed();
      if (hasFocus) pair.question.box.focus();
    }

    // "1 to 100 words", or nothing when there is no bound that needs saying.
    rule(kind) {
      const [least, most] = this.bounds(kind);
      if (most === Infinity) return least > 1 ? `At least ${least} words` : "";
      return `${least} to ${most} words`;
    }

    bounds(kind) {
      return [Math.max(1, this.number(`${kind}-min-words`, 1)), this.number(`${kind}-max-words`, Infinity)];
    }

    tagsOf(pair) {
      const allowsOwn = this.has("allow-custom-question-tags");
      const own = h("input", { class: "box", placeholder: "Another tag", "aria-label": "Another tag" });
      const take = () => {
        const tag = own.value.trim();
        if (tag && !this.tags.includes(tag)) this.tags = [...this.tags, tag];
        if (tag) pair.chosen.add(tag);
        this.pairs.forEach((one) => this.tagsOf(one));
        this.changed();
      };
      own.addEventListener("change", take);
      own.addEventListener("keydown", (event) => {
        if (event.key === "Enter") event.preventDefault();
        if (event.key === "Enter") own.blur();
      });
      pair.tags.replaceChildren(...this.tags.map((tag) => {
        const toggle = () => {
          if (!pair.chosen.delete(tag)) pair.chosen.add(tag);
          this.changed();
        };
        return h("label", { class: "check small" }, h("input", { type: "checkbox", checked: pair.chosen.has(tag), onchange: toggle }), tag);
      }), ...(allowsOwn ? [own] : []));
      pair.tags.hidden = !this.tags.length && !allowsOwn;
    }

    typed() {
      this.changed("input");
    }

    select(id) {
      this.current = id;
      this.show();
    }

    about(range, id = this.current) {
      const pair = this.pairs.find((one) => one.id === id);
      if (!pair) return;
      const others = this.pairs.filter((one) => one !== pair && one.passage);
      this.passage.picked = null;
      pair.passage = range;
      // One part can be shown for one question; another question may be about it all the same.
      this.overlaps = others.filter((one) => range && one.passage.start < range.end && one.passage.end > range.start);
      this.show();
      this.changed();
    }

    drop(pair) {
      this.pairs = this.pairs.filter((one) => one !== pair);
      pair.node.remove();
      this.current = this.pairs.at(-1)?.id;
      if (this.pairs.length < this.least) this.add();
      this.show();
      this.changed();
    }

    show() {
      const marks = [];
      const inOrder = [...this.pairs].sort((one, other) => (one.id === this.current ? -1 : 0) - (other.id === this.current ? -1 : 0));
      for (const { passage, id } of inOrder) {
        if (!passage || marks.some((one) => one.start < passage.end && one.end > passage.start)) continue;
        const number = this.pairs.findIndex((one) => one.id === id);
        marks.push({ ...passage, id, color: crowd.colorAt(number), tag: `Q${number + 1}`, isChosen: id === this.current });
      }
      this.pairs.forEach((pair, at) => {
        pair.head.textContent = `Question ${at + 1}`;
        pair.node.classList.toggle("current", pair.id === this.current);
        pair.quote.hidden = !pair.passage;
        pair.quote.textContent = pair.passage ? this.passage.read(pair.passage) : "";
        pair.quote.style.borderColor = crowd.colorAt(at);
      });
      this.addButton.hidden = this.pairs.length >= this.most;
      this.passage.draw(marks);
    }

    key(event) {
      if (!event.composedPath().includes(this.passage.node)) return false;
      if (event.key === "Enter" && this.passage.picked) {
        this.passage.letGo();
        return true;
      }
      return this.passage.key(event);
    }

    get answer() {
      if (!this.pairs?.length || this.problem()) return undefined;
      return {
        questionsAndAnswers: this.pairs.map(({ question, answer, chosen, passage }) => ({
          question: question.box.value.trim(),
          answer: answer.box.value.trim(),
          tags: [...chosen],
          ...(passage && { passage: { startOffset: passage.start, endOffset: passage.end, text: this.passage.read(passage) } }),
        })),
      };
    }

    get fault() {
      for (const pair of this.pairs ?? []) {
        for (const kind of ["question", "answer"]) {
          const count = wordsIn(pair[kind].box.value);
          const [least, most] = this.bounds(kind);
          if (count < least || count > most) return { box: pair[kind].box, kind };
        }
      }
      return null;
    }

    get anchor() {
      return this.fault?.box;
    }

    problem() {
      const fault = this.fault;
      if (!fault) return "";
      return `This ${fault.kind} needs words${this.rule(fault.kind) ? `: ${this.rule(fault.kind).toLowerCase()}` : ""}.`;
    }

    reset() {
      this.pairs.forEach((pair) => pair.node.remove());
      this.pairs = [];
      while (this.pairs.length < this.least) this.add(false);
    }
  }

  crowd.defineTask("crowd-question-answer-generation", Questions);
})();

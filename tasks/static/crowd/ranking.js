// <crowd-text-ranking>: a rank for each of several responses, along each dimension. Amazon doesn't
// document the answer; ours is {rankings: {dimension: [rank of each response, in their order]}},
// 1 being the best. With reason="required" or "optional" (both ours) it has a `reason` too.
(() => {
  "use strict";
  const crowd = window.manyhandsCrowd;
  const { h } = crowd;

  // A list in JSON, or one attribute each: response-1, response-2, … (ours), which may hold
  // anything without being JSON.
  crowd.responsesOf = (element, most = 10) => {
    const given = element.jsonList("responses").map(String);
    if (given.length) return given.slice(0, most);
    const single = Array.from({ length: most }, (_one, at) => element.text(`response-${at + 1}`));
    return single.filter(Boolean);
  };

  crowd.promptLook = `.prompt, .response { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; padding: 1rem; white-space: pre-wrap; overflow-wrap: anywhere; } .prompt { background: var(--sunken); }
    .pair { display: grid; gap: .75rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); align-items: stretch; } .response { display: grid; gap: .75rem; align-content: start; }
    .ranks { display: flex; flex-wrap: wrap; gap: .25rem .75rem; align-items: center; border-top: 1px solid var(--line); padding-top: .5rem; } .ranks > span { flex: 1 1 6rem; font-weight: 600; font-size: .875rem; }
    .steps { display: inline-flex; border: 1px solid var(--edge); border-radius: var(--r); overflow: clip; } .steps label { min-width: 2.75rem; min-height: 2.75rem; display: grid; place-content: center; cursor: pointer; border-right: 1px solid var(--line); padding: 0 .5rem; text-align: center; } .steps label:last-child { border: 0; } .steps label:hover { background: var(--sunken); }
    .steps label:has(:checked) { background: var(--brand); color: var(--on-brand); font-weight: 600; } .steps label:has(:focus-visible) { outline: 3px solid var(--brand); outline-offset: 2px; z-index: 1; } .steps input { position: absolute; opacity: 0; width: 1px; height: 1px; }`;

  // The field for a reason, as element.reason, under what is chosen.
  crowd.askWhy = (element, rule) => {
    if (rule === "none") return;
    element.reason = h("textarea", { class: "box", id: "reason", rows: 4, oninput: () => element.changed("input") });
    const label = rule === "optional" ? "Why? (if you like)" : "Why?";
    element.extra.append(h("label", { class: "label", for: "reason" }, label), element.reason);
  };

  class Ranking extends crowd.Task {
    static workFirst = true;
    static css = crowd.promptLook;

    fillIn() {
      this.dimensions = this.jsonList("ordinal-ranking-dimensions").map((one) => ({
        name: String(one?.name ?? one), allowsTie: String(one?.allowTie) === "true",
      }));
      this.responses = crowd.responsesOf(this);
      this.ranks = this.dimensions.map(() => this.responses.map(() => null));
      this.inputs = [];
      const cards = this.responses.map((text, at) =>
        h("section", { class: "response", "aria-label": `Response ${at + 1}` },
          h("h3", {}, `Response ${at + 1}`), h("div", {}, text),
          ...this.dimensions.map((_one, index) => this.steps(index, at))));
      if (this.text("text")) this.main.append(h("h3", {}, "Prompt"), h("div", { class: "prompt" }, this.text("text")));
      this.said = h("p", { class: "small soft", role: "status" }, "1 is the best.");
      this.main.append(this.said, h("div", { class: "pair" }, ...cards));
      crowd.askWhy(this, this.text("reason", "none"));
    }

    steps(index, at) {
      const { name } = this.dimensions[index];
      const label = `${name}: rank of response ${at + 1}`;
      const steps = this.responses.map((_text, rank) => {
        const input = h("input", { type: "radio", name: `${index}-${at}`, "aria-label": `${label}: ${rank + 1}`, onchange: () => this.rank(index, at, rank + 1) });
        this.inputs.push({ input, index, at, rank: rank + 1 });
        return h("label", {}, input, String(rank + 1));
      });
      return h("div", { class: "ranks" }, h("span", {}, name), h("div", { class: "steps", role: "radiogroup", "aria-label": label }, ...steps));
    }

    // Where there are no ties, who had the rank before has none until given one.
    rank(index, at, rank) {
      const ranks = this.ranks[index];
      const other = ranks.findIndex((one, place) => one === rank && place !== at);
      if (!this.dimensions[index].allowsTie && other >= 0) {
        ranks[other] = null;
        this.said.textContent = `${this.dimensions[index].name}: response ${other + 1} needs another rank now, since there are no ties.`;
      } else this.said.textContent = "1 is the best.";
      ranks[at] = rank;
      this.show();
      this.changed();
    }

    show() {
      for (const { input, index, at, rank } of this.inputs) input.checked = this.ranks[index][at] === rank;
    }

    get answer() {
      if (!this.ranks || this.problem()) return undefined;
      const reason = this.reason?.value.trim();
      const rankings = this.dimensions.map(({ name }, index) => [name, [...this.ranks[index]]]);
      return { rankings: Object.fromEntries(rankings), ...(reason && { reason }) };
    }

    get anchor() {
      const open = this.inputs.find(({ index, at }) => this.ranks[index][at] === null);
      if (!open && this.isReasonMissing) return this.reason;
      return (open ?? this.inputs[0])?.input;
    }

    problem() {
      if (!this.ranks) return "";
      if (this.ranks.some((ranks) => ranks.includes(null))) return "Give each response a rank in each dimension.";
      return this.isReasonMissing ? crowd.words.why : "";
    }

    get isReasonMissing() {
      return this.text("reason", "none") === "required" && !this.reason?.value.trim();
    }

    reset() {
      this.ranks = this.ranks.map((ranks) => ranks.map(() => null));
      if (this.reason) this.reason.value = "";
      this.show();
    }
  }

  crowd.defineTask("crowd-text-ranking", Ranking);
})();

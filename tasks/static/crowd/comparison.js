// <crowd-pairwise-comparison>: which of two responses is better, and why. Our own element, for
// human feedback on models. Attributes: name, header, text (the prompt), responses (a list of
// two; or response-1 and response-2), strengths (default: ["much better", "slightly better"]), allow-tie, reason ("required",
// the default, "optional" or "none"), shuffle (the sides are drawn by lot for each worker).
// Answer: {preferred: 0 | 1 | null for a tie, strength: "slightly better", reason, order: [0, 1]},
// preferred as an index into responses; order says which stood left.
(() => {
  "use strict";
  const crowd = window.manyhandsCrowd;
  const { h } = crowd;

  class Comparison extends crowd.Task {
    static workFirst = true;
    static css = crowd.promptLook;

    fillIn() {
      const responses = crowd.responsesOf(this, 2);
      this.order = this.has("shuffle") && Math.random() < 0.5 ? [1, 0] : [0, 1];
      if (this.text("text")) this.main.append(h("h3", {}, "Prompt"), h("div", { class: "prompt" }, this.text("text")));
      const cards = this.order.map((index, at) =>
        h("section", { class: "response", "aria-label": `Response ${"AB"[at]}` },
          h("h3", {}, `Response ${"AB"[at]}`), h("div", {}, responses[index] ?? "")));
      this.main.append(h("div", { class: "pair" }, ...cards));
      this.chosen = null;
      this.options = this.choices();
      this.inputs = this.options.map((option) =>
        h("input", { type: "radio", name: "preferred", onchange: () => this.choose(option) }));
      const labels = this.options.map(({ words }, at) =>
        h("label", { class: "choice" }, this.inputs[at], h("span", {}, words), crowd.Task.keyOf(at)));
      const asked = this.text("header") || "Which response is better?";
      this.controls.append(h("div", { class: "stack tight", role: "radiogroup", "aria-label": asked }, h("h3", {}, "Which is better?"), ...labels));
      crowd.askWhy(this, this.text("reason", "required"));
    }

    choices() {
      const given = this.jsonList("strengths", ["much better", "slightly better"]);
      const strengths = given.length ? given.map(String) : ["better"];
      const side = (at, list) => list.map((strength) => ({ preferred: this.order[at], strength, words: `${"AB"[at]} is ${strength}` }));
      const tie = this.has("allow-tie") ? [{ preferred: null, strength: "tie", words: "About the same" }] : [];
      return [...side(0, strengths), ...tie, ...side(1, [...strengths].reverse())];
    }

    choose(option) {
      this.chosen = option;
      this.inputs.forEach((input, at) => (input.checked = this.options[at] === option));
      this.changed();
    }

    key(event) {
      const index = crowd.Task.digit(event);
      if (index < 0 || !this.options[index]) return false;
      this.inputs[index].focus();
      this.choose(this.options[index]);
      return true;
    }

    get answer() {
      if (!this.chosen) return undefined;
      const { preferred, strength } = this.chosen;
      const reason = this.reason?.value.trim();
      return { preferred, strength, ...(reason && { reason }), order: this.order };
    }

    get anchor() {
      return this.chosen ? this.reason : this.inputs?.[0];
    }

    problem() {
      if (!this.options) return "";
      if (!this.chosen) return crowd.words.choose;
      const isAsked = this.reason && this.text("reason", "required") === "required";
      return isAsked && !this.reason.value.trim() ? crowd.words.why : "";
    }

    reset() {
      this.chosen = null;
      this.inputs.forEach((input) => (input.checked = false));
      if (this.reason) this.reason.value = "";
    }
  }

  crowd.defineTask("crowd-pairwise-comparison", Comparison);
})();

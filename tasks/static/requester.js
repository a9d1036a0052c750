// What the requester's pages do better with a script: the layout's editor, its live preview, and
// the review table's keys. All of it works without.

// The layout's editor -----------------------------------------------------------------------

const editor = document.querySelector("[data-editor]");
const samples = document.getElementById("samples");
const previewButton = document.getElementById("preview-button");
const PAUSE = 800;

const isLiquid = () => document.querySelector("[name=language]:checked")?.value === "liquid";

// About what the server finds, so that the samples follow the typing: it has the last word.
const liquidVariables = (layout) => {
  const own = new Set(["task", "now", "today", "forloop", "tablerowloop"]);
  for (const match of layout.matchAll(/\{%-?\s*(?:assign|capture|for|tablerow)\s+([\w-]+)/g)) {
    own.add(match[1]);
  }
  const path = /task\.input(?:\.([\w-]+)|\[\s*(["'])(.*?)\2\s*\])|\{\{-?\s*(?!task\b)([A-Za-z_][\w-]*)/g;
  return [...layout.matchAll(path)]
    .map((match) => match[1] ?? match[3] ?? match[4])
    .filter((name) => !own.has(name));
};

const variables = (layout) => {
  const found = isLiquid()
    ? liquidVariables(layout)
    : [...layout.matchAll(/\$\{\s*([^{}\s][^{}]*?)\s*\}/g)].map((match) => match[1]);
  return [...new Set(found)];
};

// Rows to show the layout with: a template's, or the project's last batch's.
const sampleRows = JSON.parse(document.getElementById("sample-rows")?.textContent ?? "[]");
const sampleFields = () => [...samples.querySelectorAll("textarea")];
let shownRow = 0;

const showSamples = () => {
  const names = variables(editor.value);
  const inputs = sampleFields();
  if (names.join("\n") === inputs.map((input) => input.name.slice(7)).join("\n")) return;
  const typed = new Map(inputs.map((input) => [input.name.slice(7), input.value]));
  samples.replaceChildren();
  for (const name of names) {
    const label = document.createElement("label");
    label.className = "field";
    const code = document.createElement("code");
    code.textContent = name;
    const input = document.createElement("textarea");
    input.rows = 1;
    input.name = `sample:${name}`;
    input.placeholder = `[${name}]`;
    input.value = typed.get(name) ?? sampleRows[shownRow]?.[name] ?? "";
    label.append(code, input);
    samples.append(label);
  }
  if (!names.length) {
    const empty = document.createElement("p");
    empty.className = "help";
    empty.textContent = samples.dataset.empty;
    samples.append(empty);
  }
};

// The layout is checked first, and shown if it can be: a mistake is said in words, and the preview
// stays as it was.
const says = document.getElementById("layout-says");
const showPreview = () => says.dispatchEvent(new Event("layout-changed"));

const showFrame = () => {
  // A frame of its own each time: showing a preview must not add to the browser's history.
  const old = document.querySelector("iframe[name=layout-preview]");
  const frame = old.cloneNode();
  frame.removeAttribute("src");
  old.replaceWith(frame);
  // What was broken before the change may be mended.
  document
    .querySelectorAll("#layout-section [data-broken], #layout-section [data-kind]")
    .forEach((node) => (node.hidden = true));
  previewButton.form.requestSubmit(previewButton);
};

if (editor && samples && previewButton) {
  let waiting;
  let mayLeave = false;
  const later = () => {
    clearTimeout(waiting);
    waiting = setTimeout(showPreview, PAUSE);
  };
  const rowSwitch = document.getElementById("row-switch");
  const showRow = (place) => {
    shownRow = (place + sampleRows.length) % sampleRows.length;
    for (const field of sampleFields()) field.value = sampleRows[shownRow][field.name.slice(7)] ?? "";
    const said = rowSwitch.querySelector("output");
    said.textContent = said.dataset.words.replace("{row}", shownRow + 1).replace("{all}", sampleRows.length);
  };
  if (sampleRows.length > 1) {
    rowSwitch.hidden = false;
    showRow(0);
    rowSwitch.addEventListener("click", ({ target }) => {
      if (!target.dataset.by) return;
      showRow(shownRow + Number(target.dataset.by));
      showPreview();
    });
  }
  editor.addEventListener("input", () => {
    showSamples();
    later();
  });
  samples.addEventListener("input", later);
  document.getElementById("id_language")?.addEventListener("change", () => {
    showSamples();
    showPreview();
  });
  editor.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      mayLeave = true;
      return;
    }
    if (event.key === "Tab" && !event.shiftKey && !mayLeave) {
      event.preventDefault();
      editor.setRangeText("  ", editor.selectionStart, editor.selectionEnd, "end");
      editor.dispatchEvent(new Event("input", { bubbles: true }));
    }
    if (event.key !== "Shift") mayLeave = false;
  });
  says.addEventListener("htmx:afterRequest", () => {
    if (!says.querySelector(".note-bad")) showFrame();
  });
}

// Pay per hour, from a guess ------------------------------------------------------------------

const estimate = document.querySelector("[data-pay-estimate]");
if (estimate) {
  const reward = document.getElementById(estimate.dataset.payEstimate);
  const output = document.getElementById("pay-estimate");
  const show = () => {
    const dollars = Number.parseFloat(reward.value.replace(/[$,]/g, ""));
    const minutes = Number.parseFloat(estimate.value);
    const known = dollars >= 0 && minutes > 0;
    const amount = known ? `${output.dataset.symbol}${((dollars * 60) / minutes).toFixed(2)}` : "";
    output.textContent = known ? output.dataset.words.replace("{amount}", amount) : "";
  };
  estimate.addEventListener("input", show);
  reward.addEventListener("input", show);
}

// A frame with an answer has the keyboard once something in it was pressed: it hands on the keys
// that lead to other answers, and no others.
addEventListener("message", (event) => {
  const { manyhands, key } = event.data ?? {};
  if (manyhands !== "key" || !["j", "k", "n", "p"].includes(key)) return;
  const frames = [...document.querySelectorAll("iframe.picture")];
  if (!frames.some((frame) => frame.contentWindow === event.source)) return;
  document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
});

// Reviewing by keyboard: J and K move, A and X decide on the row when nothing is checked ---------

const review = document.getElementById("review");
if (review) {
  const rows = [...review.querySelectorAll("[data-row]")];
  const mark = (row) => (row.matches("tr") ? "aria-selected" : "aria-current");
  let current = 0;
  const choose = (place) => {
    if (!rows[place]) return;
    rows[current].removeAttribute(mark(rows[current]));
    current = place;
    rows[current].setAttribute(mark(rows[current]), "true");
    rows[current].scrollIntoView({ block: "nearest" });
  };
  rows.forEach((row, place) => {
    row.querySelector("[data-open]")?.addEventListener("click", () => choose(place));
  });
  const isBusy = (event) =>
    event.ctrlKey ||
    event.metaKey ||
    event.altKey ||
    document.querySelector("dialog[open]") ||
    event.target.matches("textarea, select, input:not([type=checkbox])");
  document.addEventListener(
    "keydown",
    (event) => {
      if (isBusy(event)) return;
      const key = event.key.toLowerCase();
      if (key === "j" || key === "k") {
        const place = current + (key === "j" ? 1 : -1);
        if (!rows[place]) return;
        event.preventDefault();
        choose(place);
        const opener = rows[place].querySelector("[data-open]");
        opener?.click();
        (opener ?? rows[place]).focus();
      }
      if (key === "a" || key === "x") {
        const checked = review.querySelectorAll("input[name=assignment]:checked");
        const box = rows[current]?.querySelector("input[name=assignment]");
        if (box && !checked.length) {
          box.checked = true;
          box.dispatchEvent(new Event("change", { bubbles: true }));
        }
      }
    },
    true,
  );
  const rejectBox = document.getElementById("reject-box");
  rejectBox?.addEventListener("toggle", () => {
    if (rejectBox.open) rejectBox.querySelector("textarea").focus();
  });
}

// How the elements look, and what they say. The colours are those of the marketplace; light or
// dark is the page's choice (its color-scheme), so that they never differ from what is around them.
(() => {
  "use strict";
  const crowd = window.manyhandsCrowd;

  crowd.look = `
:host { display: block; box-sizing: border-box; max-width: 100%;
  --paper: light-dark(#faf9f6, #151719);  --card: light-dark(#fff, #1d2023);  --sunken: light-dark(#f1efe9, #111315);
  --ink: light-dark(#1d2126, #e9e7e2);    --soft: light-dark(#5b626b, #a2a8af);  --line: light-dark(#e2dfd6, #2f3439);
  --edge: light-dark(#8d8f8c, #6b7278);
  --brand: light-dark(#0f5f63, #58bdb9);  --brand-soft: light-dark(#e0f0ee, #17383a); --on-brand: light-dark(#fff, #08211f);
  --good: light-dark(#1f6635, #6cc886);   --good-soft: light-dark(#e3f3e6, #18341f);
  --warn: light-dark(#7a4a00, #e8b25c);   --warn-soft: light-dark(#fdf0d8, #3a2c12);
  --bad: light-dark(#a52a2a, #f29b96);    --bad-soft: light-dark(#fae5e3, #3f1f1e);
  --r: .5rem; --mono: ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", monospace;
  --text: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
:host([hidden]), [hidden] { display: none !important; }
*, ::before, ::after { box-sizing: border-box; }
:focus-visible { outline: 3px solid var(--brand); outline-offset: 2px; border-radius: .25rem; }
h2, h3, p, ul, ol { margin: 0; } h2 { font: 600 1.1rem/1.3 system-ui, sans-serif; text-wrap: balance; }
h3 { font: 600 .875rem/1.4 system-ui, sans-serif; }
button, input, select, textarea { font: inherit; color: inherit; }
.btn { font: 600 1rem/1.25 system-ui, sans-serif; min-height: 2.75rem; padding: .25rem 1rem; border: 1px solid var(--edge); border-radius: var(--r); background: var(--card); color: var(--ink); cursor: pointer; display: inline-flex; align-items: center; justify-content: center; gap: .5rem; text-decoration: none; text-align: center; }
.btn:hover { border-color: var(--ink); }
.btn-main { background: var(--brand); border-color: var(--brand); color: var(--on-brand); } .btn-main:hover { filter: brightness(1.08); border-color: var(--brand); }
.btn-quiet { border-color: transparent; background: none; color: var(--brand); padding-inline: .5rem; } .btn-quiet:hover { border-color: transparent; background: var(--sunken); }
.btn-small { min-height: 2.25rem; padding-inline: .6rem; font-size: .875rem; }
.btn-round { border-radius: 99rem; width: 2.75rem; padding: 0; flex: none; }
.btn[disabled], .btn[aria-disabled=true] { opacity: .5; cursor: not-allowed; }
.btn[aria-pressed=true] { background: var(--brand-soft); border-color: var(--brand); color: var(--brand); }
.box { width: 100%; background: var(--card); color: var(--ink); border: 1px solid var(--edge); border-radius: var(--r); min-height: 2.75rem; padding: .5rem .75rem; }
.box::placeholder { color: var(--soft); opacity: 1; }
textarea.box { resize: vertical; line-height: 1.5; display: block; }
.box[aria-invalid=true] { border-color: var(--bad); border-width: 2px; }
.label { font-weight: 600; font-size: .875rem; }
.help { font-size: .875rem; color: var(--soft); } .error { font-size: .875rem; font-weight: 600; color: var(--bad); }
input[type=checkbox], input[type=radio] { width: 1.15rem; height: 1.15rem; accent-color: var(--brand); flex: none; margin: 0; }
.check { display: inline-flex; gap: .5rem; align-items: center; min-height: 2.75rem; cursor: pointer; }
.choice { display: flex; gap: .75rem; align-items: center; min-height: 2.75rem; padding: .4rem .75rem; border: 1px solid var(--line); border-radius: var(--r); background: var(--card); color: var(--ink); cursor: pointer; overflow-wrap: anywhere; }
.choice:hover { border-color: var(--edge); } .choice:has(:checked) { border-color: var(--brand); background: var(--brand-soft); }
.choice:has(:focus-visible) { outline: 3px solid var(--brand); outline-offset: 2px; } .choice :focus-visible { outline: none; } .choice > span { flex: 1; min-width: 0; }
kbd { font: 600 .75rem var(--mono); border: 1px solid var(--line); border-bottom-width: 2px; border-radius: .25rem; padding: 0 .35em; background: var(--sunken); color: var(--soft); }
.note { border-left: 4px solid var(--brand); background: var(--brand-soft); color: var(--ink); border-radius: 0 var(--r) var(--r) 0; padding: .75rem 1rem; }
.note-good { border-color: var(--good); background: var(--good-soft); } .note-warn { border-color: var(--warn); background: var(--warn-soft); } .note-bad { border-color: var(--bad); background: var(--bad-soft); }
.row { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; } .apart { justify-content: space-between; }
.stack { display: grid; gap: .75rem; align-content: start; grid-template-columns: minmax(0, 1fr); } .tight { gap: .4rem; }
.soft { color: var(--soft); } .small { font-size: .875rem; } .num { font-variant-numeric: tabular-nums; }
.away { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
svg.icon { width: 1.25em; height: 1.25em; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; flex: none; }
@media (pointer: coarse) { .btn kbd, .choice kbd { display: none; } }
@media (prefers-reduced-motion: reduce) { * { transition: none !important; animation: none !important; } }
`;

  // For what stays in the page around the elements. Weightless: any rule of the page's own wins.
  crowd.pageLook = `
:where(html:has(crowd-form, crowd-entity-annotation)) { font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; color: light-dark(#1d2126, #e9e7e2); background: light-dark(#fff, #151719); }
:where(html:has(crowd-form, crowd-entity-annotation)) :where(body) { margin: 1rem; overflow-wrap: break-word; }
:where(crowd-form) { display: block; }
:where(crowd-form) :where(img, video, audio) { max-width: 100%; }
:where(crowd-form) :where(input[type=checkbox], input[type=radio]) { width: 1.15rem; height: 1.15rem; accent-color: light-dark(#0f5f63, #58bdb9); }
:where(crowd-form) :where(a) { color: light-dark(#0f5f63, #58bdb9); }
:where(crowd-form) :where(:focus-visible) { outline: 3px solid light-dark(#0f5f63, #58bdb9); outline-offset: 2px; }
:where(crowd-form > form) > :where(crowd-input, crowd-text-area, crowd-slider, crowd-card, crowd-alert, crowd-radio-group, crowd-tabs) { margin-block: .75rem; }
:where(short-instructions, full-instructions, classification-target, worker-comment) { display: block; }
:where(short-instructions, full-instructions, classification-target, worker-comment, short-summary, detailed-instructions, positive-example, negative-example, crowd-tab, crowd-card) > :where(:first-child) { margin-top: 0; }
:where(short-instructions, full-instructions, classification-target, worker-comment, short-summary, detailed-instructions, positive-example, negative-example, crowd-tab, crowd-card) > :where(:last-child) { margin-bottom: 0; }
:where(short-instructions) :where(h1, h2, h3) { font-size: 1rem; }
`;

  crowd.colors = [
    "#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd",
    "#8c564b", "#e377c2", "#7f7f7f", "#bcbd22", "#17becf",
  ];
  // More of them, far from one another, for instances beyond the tenth.
  crowd.colorAt = (index) => {
    if (index < crowd.colors.length) return crowd.colors[index];
    const hue = (index * 137.508) % 360;
    const light = 0.42 + 0.12 * ((index >> 3) % 3);
    const part = (offset) => {
      const k = (offset + hue / 30) % 12;
      const a = 0.7 * Math.min(light, 1 - light);
      const level = light - a * Math.max(-1, Math.min(k - 3, 9 - k, 1));
      return Math.round(255 * level).toString(16).padStart(2, "0");
    };
    return `#${part(0)}${part(8)}${part(4)}`;
  };
  crowd.inkOn = (color) => {
    const [red, green, blue] = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));
    return 0.299 * red + 0.587 * green + 0.114 * blue > 140 ? "#000" : "#fff";
  };

  const told = document.querySelector('meta[name="manyhands"]')?.dataset ?? {};
  crowd.words = {
    submit: told.wordSubmit || "Submit",
    preview: told.wordPreview || "Accept this HIT to submit",
    required: "Please answer this before you submit.",
    choose: "Choose one before you submit.",
    chooseSome: "Choose at least one before you submit.",
    why: "Say in a few words why.",
    unreadable: (tag, name) => `<${tag}>: its ${name} can't be read as JSON, so it is left out.`,
    instructions: "Instructions",
    full: "Full instructions",
    close: "Close",
    noImage: "The image can't be loaded. If it stays so, return this HIT: that does you no harm.",
  };
})();

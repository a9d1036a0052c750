// Loaded by pages written for Amazon's https://assets.crowd.aws/crowd-html-elements.js, in its
// place. Ours throughout: it adds the parts beside it, in order. Classic scripts, since the frame
// of a task has no origin that a module could be fetched for. Elements that the page uses before
// the parts are there are upgraded when they are: see base.js.
(() => {
  "use strict";
  if (window.manyhandsCrowdParts) return;
  const PARTS = [
    "base", "look", "form", "fields", "choices", "icons", "panels", "dialogs", "task",
    "classifier", "canvas", "labels", "drawing", "tool", "boxes", "lines", "keypoints", "raster", "masks",
    "passage", "entities", "ranking", "questions", "comparison", "video", "ready",
  ];
  window.manyhandsCrowdParts = PARTS;
  const here = document.currentScript.src.replace(/[^/]*$/, "");

  // Until they are elements, they are in nobody's way. A part that can't be loaded says so.
  const veil = document.createElement("style");
  veil.textContent = ":is(crowd-form, crowd-entity-annotation):not(:defined) { opacity: .05; }";
  const failed = () => {
    veil.remove();
    if (document.getElementById("crowd-failed")) return;
    const words = document.createElement("p");
    words.id = "crowd-failed";
    words.setAttribute("role", "alert");
    words.textContent =
      "A part of this task can't be loaded. Check your connection and reload the page; if it stays " +
      "so, return this HIT: that does you no harm.";
    document.documentElement.append(words);
  };
  document.head.append(veil);
  PARTS.forEach((part) => {
    const script = document.createElement("script");
    script.src = `${here}crowd/${part}.js`;
    script.async = false; // in order, without holding the page up
    script.onerror = failed;
    document.head.append(script);
  });
})();

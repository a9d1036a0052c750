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
    "passage", "entities", "ranking", "questions", "comparison", "ready",
  ];
  window.manyhandsCrowdParts = PARTS;
  const here = document.currentScript.src.replace(/[^/]*$/, "");
  PARTS.forEach((part) => {
    const script = document.createElement("script");
    script.src = `${here}crowd/${part}.js`;
    script.async = false; // in order, without holding the page up
    document.head.append(script);
  });
})();

// The last part: defines the elements as soon as the page is read, and tells the page.
(() => {
  "use strict";
  const crowd = window.manyhandsCrowd;
  const ready = () => {
    crowd.defineAll();
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, crowd.sheet(crowd.pageLook)];
    setTimeout(() => {
      crowd.isReady = true;
      document.dispatchEvent(new CustomEvent("all-crowd-elements-ready", { bubbles: true }));
    });
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", ready);
  else ready();
})();

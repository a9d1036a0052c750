// What a worker marked, over its image: a frame's own page, which reaches nothing around it.
(() => {
  "use strict";
  const picture = document.querySelector("svg.over");
  const note = (id) => {
    document.getElementById(id).hidden = false;
  };

  // Names are as large on the screen as other words, however large the image is.
  const measure = () => {
    if (!picture) return;
    const box = picture.viewBox.baseVal;
    const shown = picture.getBoundingClientRect();
    const share = Math.min(shown.width / box.width, shown.height / box.height);
    if (share > 0) picture.style.setProperty("--px", `${1 / share}px`);
  };
  const tell = () => {
    measure();
    const height = document.documentElement.getBoundingClientRect().height;
    if (parent !== window) parent.postMessage({ manyhands: "height", height }, "*");
  };
  new ResizeObserver(tell).observe(document.body);
  if (parent === window) document.documentElement.classList.add("alone");

  // What a task laid over its image has no size of its own.
  const fit = (width, height) => {
    picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
    [picture, ...picture.querySelectorAll("image")].forEach((node) => {
      node.setAttribute("width", width);
      node.setAttribute("height", height);
    });
    tell();
  };

  const image = picture?.querySelector("image:not(.mask)");
  if (image) {
    const probe = new Image();
    probe.addEventListener("error", () => note("no-image"));
    probe.addEventListener("load", () => {
      const box = picture.viewBox.baseVal;
      if (!box.width) fit(probe.naturalWidth, probe.naturalHeight);
      const isOther = probe.naturalWidth !== box.width || probe.naturalHeight !== box.height;
      if (probe.naturalWidth && isOther) note("other-size");
    });
    probe.src = image.getAttribute("href");
  }
  const shown = document.querySelector("img, video, audio");
  shown?.addEventListener("error", () => note("no-image"));
  if (shown?.complete && shown.naturalWidth === 0) note("no-image");

  document.getElementById("opacity")?.addEventListener("input", (event) => {
    picture.querySelector(".mask").setAttribute("opacity", event.target.value / 100);
  });
  document.getElementById("names")?.addEventListener("change", (event) => {
    picture.classList.toggle("no-names", !event.target.checked);
  });
  document.querySelectorAll("[data-shows]").forEach((box) => {
    box.addEventListener("change", () => {
      picture.querySelectorAll(`[data-entry="${box.dataset.shows}"]`).forEach((figure) => {
        figure.classList.toggle("away", !box.checked);
      });
    });
  });
  // The page around this one may have begun to listen after this one had told its height.
  addEventListener("message", ({ source, data }) => {
    if (source === parent && data?.manyhands === "how high") tell();
  });

  // Whoever has pressed something here still goes on to the next answer by keyboard.
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || parent === window) return;
    parent.postMessage({ manyhands: "key", key: event.key.toLowerCase() }, "*");
  });
  tell();
})();

// Frames of tasks are as tall as their page says it is, within bounds, so that nobody scrolls in
// two places. That is all that is believed from them.
const SHORTEST = 320;
const TALLEST = 12000;

addEventListener("message", (event) => {
  const { manyhands, height } = event.data ?? {};
  if (manyhands !== "height" || !Number.isFinite(height)) return;
  document.querySelectorAll("iframe.task").forEach((frame) => {
    if (event.source !== frame.contentWindow) return;
    frame.style.height = `${Math.min(TALLEST, Math.max(SHORTEST, Math.ceil(height)))}px`;
  });
});

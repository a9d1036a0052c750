// Frames of tasks are as tall as their page says it is, within bounds, so that nobody scrolls in
// two places. That is all that is believed from them. A task that came with a height has that one.
const SHORTEST = 320;
const TALLEST = 12000;
const within = (height) => `${Math.min(TALLEST, Math.max(SHORTEST, Math.ceil(height)))}px`;

addEventListener("message", (event) => {
  const { manyhands, height } = event.data ?? {};
  if (manyhands !== "height" || !Number.isFinite(height)) return;
  document.querySelectorAll("iframe.task").forEach((frame) => {
    if (event.source !== frame.contentWindow || frame.dataset.height) return;
    frame.style.height = within(height);
  });
});

document.querySelectorAll("iframe.task[data-height]").forEach((frame) => {
  frame.style.minHeight = 0;
  frame.style.height = within(Number(frame.dataset.height));
});

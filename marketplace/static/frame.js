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

// Another page in the frame, such as the form again with what is wrong, is read from its top.
document.querySelectorAll("iframe.task").forEach((frame) => {
  frame.addEventListener("load", () => {
    if (frame.getBoundingClientRect().top < 0) frame.scrollIntoView({ block: "start" });
  });
});

document.querySelectorAll("iframe.task[data-height]").forEach((frame) => {
  frame.style.minHeight = 0;
  frame.style.height = within(Number(frame.dataset.height));
});

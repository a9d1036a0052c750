// Frames of tasks are as tall as their page says it is, within bounds, so that nobody scrolls in
// two places. That is all that is believed from them. A task that came with a height has that one.
const SHORTEST = 320;
const TALLEST = 12000;
const within = (height, shortest = SHORTEST) =>
  `${Math.min(TALLEST, Math.max(shortest, Math.ceil(height)))}px`;

addEventListener("message", (event) => {
  const { manyhands, height } = event.data ?? {};
  if (manyhands !== "height" || !Number.isFinite(height)) return;
  document.querySelectorAll("iframe.task").forEach((frame) => {
    if (event.source !== frame.contentWindow || frame.dataset.height) return;
    frame.style.height = within(height, Number(frame.dataset.shortest ?? SHORTEST));
  });
});

document.querySelectorAll("iframe.task").forEach((frame) => {
  frame.contentWindow?.postMessage({ manyhands: "how high" }, "*");
});

// What a task says of itself that is broken is shown beside it, once, as its own words.
const brokenNote = document.querySelector("[data-broken]");
addEventListener("message", (event) => {
  const { manyhands, kind, detail } = event.data ?? {};
  const words = brokenNote?.querySelector(`[data-kind="${CSS.escape(kind)}"]`);
  if (manyhands !== "broken" || !words || !brokenNote.hidden) return;
  const frames = [...document.querySelectorAll("iframe.task")];
  if (!frames.some((frame) => event.source === frame.contentWindow)) return;
  words.hidden = false;
  // Only to whoever made the page, or it could speak to workers with our voice.
  const place = brokenNote.querySelector("[data-detail]");
  if (place) place.textContent = String(detail ?? "").slice(0, 300);
  brokenNote.hidden = false;
  if (!brokenNote.dataset.broken) return;
  const headers = JSON.parse(document.body.getAttribute("hx-headers"));
  const body = new URLSearchParams({ kind, detail: String(detail ?? "").slice(0, 300) });
  fetch(brokenNote.dataset.broken, { method: "POST", headers, body }).catch(() => {});
});

// A page elsewhere that a task would like opened in a tab of its own. From within the task's frame
// it would be as confined as the frame is, without cookies or storage: a survey would not work. So
// the person opens it from here, having read whose it is. Never one of ours.
const opensNote = document.querySelector("[data-opens]");
const READING = 1000; // milliseconds: no click or key that was meant for something else opens it
let readable;

const elsewhere = (url) => {
  if (typeof url !== "string" || url.length > 2000 || !URL.canParse(url)) return null;
  const address = new URL(url);
  const host = address.hostname.replace(/\.+$/, "");
  if (!/^https?:$/.test(address.protocol) || address.username || address.password) return null;
  const ours = [location.hostname, ...opensNote.dataset.ours.split(" ").filter(Boolean)];
  return ours.some((own) => host === own || host.endsWith(`.${own}`)) ? null : address;
};

addEventListener("message", (event) => {
  const { manyhands, url } = event.data ?? {};
  if (manyhands !== "open" || !opensNote) return;
  const frames = [...document.querySelectorAll("iframe.task")];
  const frame = frames.find((one) => event.source === one.contentWindow);
  const address = frame ? elsewhere(url) : null;
  if (!address) return;
  const link = opensNote.querySelector("a");
  if (link.href !== address.href) {
    const isPlain = address.protocol === "http:";
    opensNote.querySelector("[data-host]").textContent = isPlain ? address.origin : address.host;
    link.href = address.href;
    link.inert = true;
    clearTimeout(readable);
    readable = setTimeout(() => {
      link.inert = false;
    }, READING);
  }
  opensNote.hidden = false;
  // Whoever pressed something in the task goes on from here; the keyboard is taken from nothing else.
  if (document.activeElement === frame) opensNote.focus();
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

// The work page: goes on when the server says that the task was submitted, and keeps the worker
// told about the network. What the task's frame says, or that it loaded another page, is a hint to
// ask the server now; nothing is believed from it. (Its height is frame.js's business.)
const page = document.querySelector("[data-task]");
const frame = page.querySelector("iframe");
const says = page.querySelector("[data-says]");
const next = document.querySelector("#go-next");
const POLL = 8000;
const NEAREST = 700;

let isLeaving = false;
let isAsking = false;
let lastAsked = 0;
let frameLoads = 0;
let hintsLeft = 0;

const say = (words) => {
  says.textContent = words || "";
  says.hidden = !words;
};

const leave = (go) => {
  if (isLeaving) return;
  isLeaving = true;
  go();
};

const goOn = (state, isOurs) => {
  // Another tab that submitted goes on by itself: accepting here too would take two.
  if (state.is_submitted && state.wants_next && isOurs && next) leave(() => next.submit());
  else leave(() => location.replace(page.dataset.here));
};

const ask = async ({ isOurs = false, isAsked = false } = {}) => {
  if (isLeaving || isAsking) return;
  isAsking = true;
  lastAsked = Date.now();
  try {
    const response = await fetch(page.dataset.state, {
      headers: { Accept: "application/json" },
      cache: "no-store",
    });
    const isAnswer = response.headers.get("Content-Type")?.startsWith("application/json");
    if (response.ok && isAnswer) {
      const state = await response.json();
      if (!state.is_in_work) goOn(state, isOurs || hintsLeft > 0);
      else say(isAsked ? page.dataset.wordNotYet : "");
    } else if (response.redirected || response.status === 403) {
      say(page.dataset.wordSignedOut);
    } else {
      say(page.dataset.wordTrouble);
    }
  } catch {
    say(page.dataset.wordOffline);
  } finally {
    isAsking = false;
  }
};

// A hint: ask now, and again soon, since the hint may come before the answer is stored.
const hint = () => {
  hintsLeft = 4;
  const step = () => {
    if (isLeaving || hintsLeft === 0) return;
    ask({ isOurs: true }).then(() => {
      hintsLeft -= 1;
      setTimeout(step, NEAREST);
    });
  };
  setTimeout(step, Math.max(0, lastAsked + NEAREST - Date.now()));
};

addEventListener("message", (event) => {
  if (event.source !== frame.contentWindow || typeof event.data !== "object" || !event.data) return;
  if (event.data.manyhands === "answered" && hintsLeft === 0) hint();
});
frame.addEventListener("load", () => {
  frameLoads += 1;
  if (frameLoads > 1 && hintsLeft === 0) hint();
});
document.addEventListener("manyhands:due", () => ask());
addEventListener("online", () => ask());
addEventListener("offline", () => say(page.dataset.wordOffline));
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") ask();
});
page.querySelector("[data-check]").addEventListener("click", (event) => {
  event.preventDefault();
  ask({ isOurs: true, isAsked: true });
});
setInterval(() => {
  if (document.visibilityState === "visible" && Date.now() - lastAsked >= POLL) ask();
}, POLL);

// Files of a project: dropped or chosen, sent one after the other with progress, each with its own
// outcome. Without this the form sends them all at once.
const form = document.querySelector("[data-drop]");
const input = form?.querySelector("input[type=file]");
const list = form?.querySelector("[data-progress]");
const words = form?.dataset ?? {};
const queue = [];
let isSending = false;

const line = (file) => {
  const item = document.createElement("li");
  item.className = "small";
  const text = document.createElement("span");
  const bar = document.createElement("progress");
  bar.max = 100;
  bar.value = 0;
  bar.setAttribute("aria-label", file.name);
  item.append(text, bar);
  list.append(item);
  const say = (what) => (text.textContent = `${file.name}: ${what}`);
  say(words.wordWaiting);
  return {
    at: (percent) => {
      bar.value = percent;
      say(`${percent} %`);
    },
    end: (what, isGood) => {
      bar.remove();
      // A refusal is a sentence of its own, which names the file.
      if (isGood || !what.includes(file.name)) say(what);
      else text.textContent = what;
      item.className = isGood ? "small soft" : "note note-bad";
      if (!isGood) item.setAttribute("role", "alert");
    },
  };
};

const sendOne = (file, shown) =>
  new Promise((done) => {
    const body = new FormData();
    body.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    body.append("file", file);
    const request = new XMLHttpRequest();
    const end = (what, isGood = false) => {
      shown.end(what, isGood);
      done();
    };
    request.upload.onprogress = ({ loaded, total }) =>
      shown.at(total ? Math.floor((100 * loaded) / total) : 0);
    request.onload = () => {
      let answer = {};
      try {
        answer = JSON.parse(request.responseText);
      } catch {
        // a page and no answer: signed out meanwhile, or a proxy that says no
      }
      if (request.status === 201) end(words.wordStored, true);
      else end(answer.message || words.wordLost);
    };
    request.onerror = request.onabort = () => end(words.wordLost);
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "application/json");
    request.send(body);
  });

// The list below, as it is now.
const refresh = async () => {
  const answer = await fetch(location.href, { cache: "no-store" }).catch(() => null);
  if (!answer?.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById("files");
  if (!fresh) return;
  const old = document.getElementById("files");
  old.replaceWith(fresh);
  document.dispatchEvent(new CustomEvent("htmx:load", { detail: { elt: fresh } }));
};

const work = async () => {
  if (isSending) return;
  isSending = true;
  while (queue.length) {
    const [file, shown] = queue.shift();
    if (file.size > Number(words.most)) shown.end(words.wordLarge, false);
    else await sendOne(file, shown);
  }
  await refresh();
  isSending = false;
};

const take = (files) => {
  if (!isSending) list.replaceChildren();
  [...files].forEach((file) => queue.push([file, line(file)]));
  work();
};

if (form) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    take(input.files);
    form.reset();
  });
  input.addEventListener("change", () => {
    if (input.files.length) form.requestSubmit();
  });
  const isFiles = (event) => event.dataTransfer?.types.includes("Files");
  // Beside the target a dropped file would replace the page.
  addEventListener("dragover", (event) => {
    if (!isFiles(event)) return;
    event.preventDefault();
    form.classList.add("drop-here");
  });
  addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) form.classList.remove("drop-here");
  });
  addEventListener("drop", (event) => {
    if (!isFiles(event)) return;
    event.preventDefault();
    form.classList.remove("drop-here");
    take(event.dataTransfer.files);
  });
  addEventListener("beforeunload", (event) => {
    if (isSending) event.preventDefault();
  });
}

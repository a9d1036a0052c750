// Loaded by every task's page, in its frame, and in place of the script that pages written for
// Mechanical Turk load under this name. Ours throughout; the four functions' names and what they
// do are what those pages rely on:
//   turkGetParam(name, default)    a parameter of this page's address
//   turkGetSubmitToHost()          where to submit to, without /mturk/externalSubmit
//   turkSetAssignmentID(form, button, field)   prepares the form for submitting
// A page that calls none of them works too: its form is prepared by itself.
(() => {
  "use strict";
  if (window.turkSetAssignmentID) return;

  const PREVIEW = "ASSIGNMENT_ID_NOT_AVAILABLE";
  const PATH = "/mturk/externalSubmit";
  // Pages that we serve carry what they need; on a requester's own server it is in the address.
  const meta = document.querySelector('meta[name="manyhands"]');
  const told = meta ? meta.dataset : {};

  const turkGetParam = (name, otherwise) => {
    const found = new URLSearchParams(window.location.search).get(name);
    return found === null ? otherwise : found;
  };

  const turkGetSubmitToHost = () => {
    if (told.submit) return told.submit.slice(0, -PATH.length);
    return turkGetParam("turkSubmitTo", "").replace(/\/+$/, "");
  };

  const assignment = () => told.assignment || turkGetParam("assignmentId", "");
  const isPreview = () => ["", PREVIEW].includes(assignment());
  const submitUrl = () => turkGetSubmitToHost() + PATH;

  const prepare = (form) => {
    form.setAttribute("action", submitUrl());
    form.setAttribute("method", "post");
    let field = form.querySelector('[name="assignmentId"]');
    if (!field) {
      field = document.createElement("input");
      field.type = "hidden";
      field.name = "assignmentId";
      form.append(field);
    }
    field.value = assignment();
  };

  const disable = (button) => {
    button.disabled = true;
    button.title = told.wordPreview || "Accept this HIT to submit";
  };

  const turkSetAssignmentID = (form, button, field) => {
    const place = document.getElementById(field || "assignmentId");
    if (place) place.value = assignment();
    const named = typeof form === "string" ? document.forms[form] : form;
    const chosen = named || document.getElementById("mturk_form");
    if (chosen) prepare(chosen);
    const submit = document.getElementById(button || "submitButton");
    if (submit && isPreview()) disable(submit);
  };

  Object.assign(window, { turkGetParam, turkGetSubmitToHost, turkSetAssignmentID });

  // From here on: pages that we serve ------------------------------------------------------

  if (!meta) return;

  // What breaks is told to the page around this one, once: it says so to the worker, and the
  // marketplace to the requester. Told of itself, by the browser: of nothing that answers hold.
  let hasTold = !!told.broken;
  const tellBroken = (kind, detail) => {
    if (parent === window) return;
    hasTold = true;
    parent.postMessage({ manyhands: "broken", kind, detail: String(detail).slice(0, 300) }, "*");
  };
  if (told.broken) tellBroken("page", told.broken);
  window.addEventListener(
    "error",
    ({ target, message }) => {
      if (hasTold || message?.startsWith("ResizeObserver loop")) return;
      if (!(target instanceof Element)) return tellBroken("script", message);
      const address = target.currentSrc || target.src || target.href || target.getAttribute("src");
      if (address) tellBroken("load", address);
    },
    true,
  );
  window.addEventListener("unhandledrejection", ({ reason }) => {
    if (!hasTold) tellBroken("script", reason);
  });

  // The task's own form: one that names no other place to go. A page with a single form means it.
  const isTask = (form) => {
    const action = form.getAttribute("action") || "";
    return !action || action.includes(PATH) || form.id === "mturk_form" || document.forms.length < 2;
  };
  const tasks = () => [...document.forms].filter(isTask);
  const buttons = (form) =>
    [...form.elements].filter((e) => e.type === "submit" || e.type === "image");

  const ready = () => {
    tasks().forEach((form) => {
      prepare(form);
      if (buttons(form).length === 0 && !document.getElementById("submitButton")) {
        const button = document.createElement("button");
        button.id = "submitButton";
        button.textContent = told.wordSubmit || "Submit";
        form.append(button);
      }
      if (isPreview()) buttons(form).forEach(disable);
    });
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", ready);
  else ready();

  // <fieldset data-keys>: the digits choose its first nine options, shown beside them. Of several,
  // the one in use is meant, else the first without an answer.
  const optionsOf = (set) =>
    [...set.querySelectorAll("input[type=radio], input[type=checkbox]")].slice(0, 9);
  const showKeys = () => {
    document.querySelectorAll("fieldset[data-keys]").forEach((set) => {
      optionsOf(set).forEach((option, index) => {
        const key = document.createElement("kbd");
        key.setAttribute("aria-hidden", "true");
        key.textContent = index + 1;
        option.closest("label")?.append(key);
      });
    });
  };
  const typed = "textarea, select, input:not([type=radio], [type=checkbox], [type=range])";
  document.addEventListener("keydown", (event) => {
    const { target, key } = event;
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!/^[1-9]$/.test(key) || target.closest?.(typed) || target.isContentEditable) return;
    const sets = [...document.querySelectorAll("fieldset[data-keys]")];
    const isOpen = (set) => !optionsOf(set).some((option) => option.checked);
    const set = sets.find((one) => one.contains(target)) ?? sets.find(isOpen) ?? sets[0];
    const option = set && optionsOf(set)[key - 1];
    if (!option || option.disabled) return;
    event.preventDefault();
    option.focus();
    option.click();
  });
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", showKeys);
  else showKeys();

  // <a target="_blank" data-own-tab>: the page around this one offers to open it, unconfined.
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-own-tab]");
    if (!link || parent === window || event.defaultPrevented) return;
    event.preventDefault();
    parent.postMessage({ manyhands: "open", url: link.href }, "*");
  });

  // How tall this page is, so that the page around it need not scroll in two places.
  let toldHeight = 0;
  let tellings = 0;
  const tellHeight = () => {
    if (!document.body || parent === window || tellings > 60) return;
    const below = parseFloat(getComputedStyle(document.body).marginBottom) || 0;
    const height = Math.ceil(document.body.getBoundingClientRect().bottom + scrollY + below);
    if (Math.abs(height - toldHeight) < 8) return;
    toldHeight = height;
    tellings += 1;
    parent.postMessage({ manyhands: "height", height }, "*");
  };
  window.addEventListener("load", () => {
    tellHeight();
    new ResizeObserver(tellHeight).observe(document.body);
  });

  const say = (words) => {
    let place = document.getElementById("manyhands-says");
    if (!place) {
      place = document.createElement("p");
      place.id = "manyhands-says";
      place.setAttribute("role", "alert");
      place.style.cssText =
        "position:sticky;bottom:0;margin:1rem 0 0;padding:.75rem 1rem;font:16px/1.5 system-ui," +
        "sans-serif;color:#7a4a00;background:#fdf0d8;border-left:4px solid #7a4a00;z-index:9999";
      document.body.append(place);
    }
    place.textContent = words;
    place.hidden = !words;
  };

  // A form that is sent while the network is away takes the answer with it. So ask first whether
  // anybody is there, and keep the page if not. Whoever presses again while the browser believes
  // to be online is believed.
  const reachable = async () => {
    try {
      await fetch(submitUrl(), { method: "HEAD", mode: "no-cors", cache: "no-store" });
      return true;
    } catch {
      return false;
    }
  };

  // Files go ahead of the form, one by one, with progress. The form then holds what each was
  // stored under. One that is refused says why beside its field, and nothing else is lost.
  const stored = new WeakMap();
  const standing = [];

  const complain = (input, words) => {
    let place = input.manyhandsSays;
    if (!place) {
      place = input.manyhandsSays = document.createElement("p");
      place.setAttribute("role", "alert");
      place.style.cssText =
        "margin:.5rem 0;padding:.75rem 1rem;color:#a52a2a;background:#fae5e3;" +
        "border-left:4px solid #a52a2a";
      (input.closest("label") || input).after(place);
      input.addEventListener("change", () => (place.hidden = true));
    }
    place.textContent = words;
    place.hidden = false;
    input.focus();
  };

  const inWords = (words, file, percent) =>
    words.replace("{name}", file.name).replace("{percent}", percent);

  // { key }, or { message } that says why not.
  const sendFile = (input, file) =>
    new Promise((done) => {
      const body = new FormData();
      body.append("field", input.name);
      body.append("file", file);
      const request = new XMLHttpRequest();
      const lost = () => done({ message: inWords(told.wordUnsent, file) });
      request.upload.onprogress = ({ loaded, total }) =>
        say(inWords(told.wordSending, file, total ? Math.floor((100 * loaded) / total) : 0));
      request.onload = () => {
        try {
          const answer = JSON.parse(request.responseText);
          done(answer.key || answer.message ? answer : { message: inWords(told.wordUnsent, file) });
        } catch {
          lost();
        }
      };
      request.onerror = request.onabort = lost;
      request.open("POST", told.upload);
      request.send(body);
    });

  const sendFiles = async (form) => {
    // What an earlier try left in the form, if the page is still here.
    standing.splice(0).forEach(({ input, fields }) => {
      fields.forEach((field) => field.remove());
      input.disabled = false;
    });
    const inputs = [...form.elements].filter(
      (e) => e.type === "file" && e.name && !e.disabled && e.files.length,
    );
    if (!told.upload) return true;
    for (const input of inputs) {
      const fields = [];
      for (const file of input.files) {
        const answer = stored.get(file) || (await sendFile(input, file));
        if (!answer.key) {
          say("");
          complain(input, answer.message);
          return false;
        }
        stored.set(file, answer);
        const field = document.createElement("input");
        field.type = "hidden";
        field.name = input.name;
        field.value = answer.key;
        fields.push(field);
      }
      standing.push({ input, fields });
    }
    say("");
    standing.forEach(({ input, fields }) => {
      input.disabled = true;
      input.after(...fields);
    });
    return true;
  };

  const send = HTMLFormElement.prototype.submit;
  let isAsking = false;
  let hasFailed = false;

  const go = async (form, submitter) => {
    if (isAsking) return;
    isAsking = true;
    const isThere = (await reachable()) || (hasFailed && navigator.onLine);
    isAsking = false;
    if (!isThere) {
      hasFailed = true;
      say(told.wordOffline);
      return;
    }
    say("");
    isAsking = true;
    const areSent = await sendFiles(form);
    isAsking = false;
    if (!areSent) return;
    if (submitter && submitter.name) {
      const pressed = document.createElement("input");
      pressed.type = "hidden";
      pressed.name = submitter.name;
      pressed.value = submitter.value;
      form.append(pressed);
    }
    isAsking = true; // once is enough
    setTimeout(() => (isAsking = false), 8000);
    send.call(form);
  };

  // On the window, so that the page's own handlers have had their say.
  window.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || !isTask(form)) return;
    event.preventDefault();
    prepare(form);
    if (isPreview()) say(told.wordPreview);
    else go(form, event.submitter);
  });

  HTMLFormElement.prototype.submit = function () {
    if (!isTask(this)) return send.call(this);
    prepare(this);
    return isPreview() ? say(told.wordPreview) : void go(this, null);
  };
})();

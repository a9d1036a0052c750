// What the pages do better with a script. All of it works without, but for the work timer.
// Behaviour is asked for by data attributes, so that no page holds a script of its own:
//   data-confirm="question"   a submit button asks first; data-confirm-do is the word to act;
//                             {amount|all} is what the form's field "amount" holds, or "all"
//   data-check-all="name"     a box that checks every box of that name in its form
//   data-checked-count="name" shows how many are checked; data-needs-checked="name" waits for one
//   <time data-deadline=ISO>  counts down; data-now=ISO is the server's clock when it was drawn
//   data-key="a"              pressing A clicks, or focuses, the element
//   data-copy="#id"           copies that element's text
//   data-print                prints the page
//   data-depends-on="id"      a select shows only the optgroup whose data-for is that one's value

const ready = (start) => {
  start(document);
  document.addEventListener("htmx:load", (event) => start(event.detail.elt));
};

const each = (root, selector, work) => {
  if (root.matches?.(selector)) work(root);
  root.querySelectorAll?.(selector).forEach(work);
};

// Asking first ------------------------------------------------------------------------------

const questionOf = (button) =>
  button.dataset.confirm.replace(
    /\{(\w+)(?:\|([^}]*))?\}/g,
    (_all, name, empty = "") => button.form.elements[name].value.trim() || empty,
  );

const ask = (button) => {
  const dialog = document.createElement("dialog");
  const box = document.createElement("div");
  box.className = "stack";
  const question = document.createElement("p");
  question.id = "confirm-question";
  question.textContent = questionOf(button);
  dialog.setAttribute("aria-labelledby", question.id);
  const row = document.createElement("div");
  row.className = "row";
  const yes = document.createElement("button");
  yes.type = "button";
  yes.className = button.classList.contains("btn-bad") ? "btn btn-bad" : "btn btn-main";
  yes.textContent = button.dataset.confirmDo || button.textContent.trim();
  const no = document.createElement("button");
  no.type = "button";
  no.className = "btn";
  no.textContent = button.dataset.confirmNot || document.body.dataset.wordCancel || "Cancel";
  row.append(yes, no);
  box.append(question, row);
  dialog.append(box);
  document.body.append(dialog);
  no.addEventListener("click", () => dialog.close());
  yes.addEventListener("click", () => {
    button.dataset.confirmed = "yes";
    dialog.close();
    button.click();
  });
  dialog.addEventListener("close", () => dialog.remove());
  dialog.showModal();
  no.focus();
};

document.addEventListener(
  "click",
  (event) => {
    const button = event.target.closest?.("[data-confirm]");
    if (!button) return;
    if (button.dataset.confirmed) {
      delete button.dataset.confirmed;
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    // What the form would not send is said at its field, and not asked about.
    if (button.form && !button.form.reportValidity()) return;
    ask(button);
  },
  true,
);

// Boxes -------------------------------------------------------------------------------------

const boxes = (element, name) => {
  const form = element.form || element.closest("form") || document;
  const inForm = form.elements ? [...form.elements] : [...form.querySelectorAll("input")];
  return inForm.filter((box) => box.type === "checkbox" && box.name === name);
};

const recount = () => {
  document.querySelectorAll("[data-check-all]").forEach((all) => {
    const others = boxes(all, all.dataset.checkAll);
    const checked = others.filter((box) => box.checked).length;
    all.checked = others.length > 0 && checked === others.length;
    all.indeterminate = checked > 0 && checked < others.length;
  });
  document.querySelectorAll("[data-checked-count]").forEach((place) => {
    place.textContent = boxes(place, place.dataset.checkedCount).filter((b) => b.checked).length;
  });
  document.querySelectorAll("[data-needs-checked]").forEach((button) => {
    button.disabled = !boxes(button, button.dataset.needsChecked).some((box) => box.checked);
  });
};

document.addEventListener("change", (event) => {
  const all = event.target;
  if (all.dataset?.checkAll) {
    boxes(all, all.dataset.checkAll).forEach((box) => {
      box.checked = all.checked;
    });
  }
  if (all.type === "checkbox") recount();
});
document.addEventListener("htmx:afterSettle", recount);

// Time left ---------------------------------------------------------------------------------

const clockText = (seconds) => {
  const part = (n) => String(n).padStart(2, "0");
  const h = Math.floor(seconds / 3600);
  const m = Math.floor((seconds % 3600) / 60);
  const s = seconds % 60;
  if (h >= 48) return `${Math.floor(h / 24)} d ${h % 24} h`;
  return h ? `${h}:${part(m)}:${part(s)}` : `${m}:${part(s)}`;
};

const countDown = (place) => {
  const due = Date.parse(place.dataset.deadline);
  if (Number.isNaN(due) || place.dataset.counting) return;
  place.dataset.counting = "yes";
  // The reader's clock may be wrong: count from the server's.
  const skew = place.dataset.now ? Date.parse(place.dataset.now) - Date.now() : 0;
  const bar = place.parentElement?.querySelector("progress");
  const tick = () => {
    const left = Math.max(0, Math.floor((due - Date.now() - skew) / 1000));
    place.textContent = left ? clockText(left) : place.dataset.over || clockText(0);
    place.parentElement?.classList.toggle("timer-low", left <= 60);
    if (bar) bar.value = left;
    if (left === 0) {
      clearInterval(timer);
      place.dispatchEvent(new CustomEvent("manyhands:due", { bubbles: true }));
    }
  };
  const timer = setInterval(tick, 1000);
  tick();
};

// Keys --------------------------------------------------------------------------------------

const isTyping = (element) =>
  element.isContentEditable ||
  (/^(input|textarea|select)$/i.test(element.tagName) &&
    !["checkbox", "radio", "button", "submit"].includes(element.type));

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    document.querySelectorAll("details.menu[open]").forEach((menu) => {
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
  const wanted = event.key.toLowerCase();
  const target = [...document.querySelectorAll("[data-key]")].find(
    (element) => element.dataset.key.toLowerCase() === wanted && !element.disabled,
  );
  if (!target) return;
  event.preventDefault();
  if (/^(input|textarea|select)$/i.test(target.tagName) && target.type !== "checkbox") {
    target.focus();
  } else {
    target.click();
  }
});

document.addEventListener("click", (event) => {
  document.querySelectorAll("details.menu[open]").forEach((menu) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
});

// Printing ----------------------------------------------------------------------------------

document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-print]")) print();
});

// Copying -----------------------------------------------------------------------------------

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy]");
  if (!button) return;
  const source = document.querySelector(button.dataset.copy);
  const text = source?.value ?? source?.textContent ?? "";
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // No clipboard outside a secure page: select it, so that the reader can.
    const range = document.createRange();
    range.selectNodeContents(source);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    return;
  }
  const before = button.textContent;
  button.textContent = button.dataset.copied || "Copied";
  setTimeout(() => {
    button.textContent = before;
  }, 1500);
});

// Lists that depend on another ---------------------------------------------------------------

const depend = (select) => {
  const leader = document.getElementById(select.dataset.dependsOn);
  if (!leader || select.dataset.depending) return;
  select.dataset.depending = "yes";
  const groups = [...select.querySelectorAll("optgroup")];
  const show = () => {
    const chosen = select.value;
    groups.forEach((group) => group.remove());
    const fitting = groups.filter((group) => group.dataset.for === leader.value);
    fitting.forEach((group) => select.append(group));
    const still = [...select.options].some((option) => option.value === chosen);
    select.value = still ? chosen : "";
    select.closest(".field")?.toggleAttribute("hidden", fitting.length === 0);
  };
  leader.addEventListener("change", show);
  show();
};

ready((root) => {
  each(root, "time[data-deadline]", countDown);
  each(root, "select[data-depends-on]", depend);
  each(root, "button[data-copy], button[data-print]", (button) => button.removeAttribute("hidden"));
  recount();
});

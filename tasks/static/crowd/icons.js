// Icons of our own under the names that templates use (iron-icons' names). A name that isn't here
// is shown as its first letter; an address is shown as the picture that it is.
(() => {
  "use strict";
  const crowd = window.manyhandsCrowd;
  const { h, s } = crowd;
  const CIRCLE = "M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18";
  const TRIANGLE = "M12 4L2.5 20h19z";
  const BUBBLE = "M4 5h16v11H9l-5 4z";

  const PATHS = {
    add: "M12 5v14M5 12h14",
    "arrow-back": "M19 12H5m6-6l-6 6l6 6",
    "arrow-downward": "M12 5v14m-6-6l6 6l6-6",
    "arrow-forward": "M5 12h14m-6-6l6 6l-6 6",
    "arrow-upward": "M12 19V5m-6 6l6-6l6 6",
    bookmark: "M6 4h12v16l-6-4l-6 4z",
    brush: "M20 4L9 15m0 0c-3 0-2 4-5 5c3 1 8 0 8-3z",
    check: "M5 12.5l4.5 4.5L19 7.5",
    "check-circle": `${CIRCLE}M8 12l3 3l5-6`,
    "chevron-left": "M15 6l-6 6l6 6",
    "chevron-right": "M9 6l6 6l-6 6",
    close: "M6 6l12 12M18 6L6 18",
    "cloud-upload": "M7 18a4 4 0 0 1 0-8a5 5 0 0 1 10-1a4.500 4.500 0 0 1 0 9M12 20v-8m-3 3l3-3l3 3",
    "content-copy": "M9 9h11v11H9zM15 9V4H4v11h5",
    delete: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13M10 11v5m4-5v5",
    edit: "M4 20l1-4L16 5l3 3L8 19z",
    error: `${CIRCLE}M12 7v6m0 4v.01`,
    eraser: "M8 20h12M5 14L14 5l5 5l-9 9H8l-3-3z",
    "expand-less": "M6 15l6-6l6 6",
    "expand-more": "M6 9l6 6l6-6",
    favorite: "M12 20C5 15 3 12 3 8.500a4.500 4.500 0 0 1 9-1.500a4.500 4.500 0 0 1 9 1.500C21 12 19 15 12 20z",
    feedback: `${BUBBLE}M12 8v3m0 2.500v.01`,
    fit: "M4 9V4h5m6 0h5v5m0 6v5h-5m-6 0H4v-5",
    flag: "M6 21V4h11l-2 4l2 4H6",
    hand: "M12 3v18M3 12h18M12 3l-3 3m3-3l3 3m-3 15l-3-3m3 3l3-3M3 12l3-3m-3 3l3 3m15-3l-3-3m3 3l-3 3",
    help: `${CIRCLE}M9.500 9.500a2.500 2.500 0 1 1 3.500 2.500q-1 .500-1 2M12 17v.01`,
    home: "M4 11l8-7l8 7v9h-6v-6h-4v6H4z",
    image: "M4 5h16v14H4zM4 16l5-5l4 4l3-3l4 4M15.500 9v.01",
    info: `${CIRCLE}M12 11v6m0-9.500v.01`,
    link: "M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1",
    lock: "M6 11h12v9H6zM8.500 11V8a3.500 3.500 0 0 1 7 0v3",
    menu: "M4 7h16M4 12h16M4 17h16",
    "more-vert": "M12 5v.01M12 12v.01M12 19v.01",
    "open-in-new": "M11 5H5v14h14v-6M14 4h6v6m0-6l-9 9",
    pause: "M8 5v14m8-14v14",
    person: "M12 4a4 4 0 1 0 0 8a4 4 0 1 0 0-8M4 21a8 8 0 0 1 16 0",
    "play-arrow": "M7 4l13 8l-13 8z",
    polygon: "M5 8l8-4l7 7l-5 9l-9-2z",
    "question-answer": "M3 4h13v9H8l-5 4zM8 16h8l5 4V8h-2",
    redo: "M19 9H9a5 5 0 0 0 0 10h5M15 5l4 4l-4 4",
    refresh: "M19 8a8 8 0 1 0 1 6M20 4v5h-5",
    remove: "M5 12h14",
    "report-problem": `${TRIANGLE}M12 10v5m0 2.500v.01`,
    search: "M10.500 4a6.500 6.500 0 1 0 0 13a6.500 6.500 0 1 0 0-13M15.500 15.500L20 20",
    send: "M4 4l17 8l-17 8l3-8zM7 12h14",
    settings: "M12 9a3 3 0 1 0 0 6a3 3 0 1 0 0-6M12 2v4m0 12v4M2 12h4m12 0h4M5 5l3 3m8 8l3 3M19 5l-3 3m-8 8l-3 3",
    star: "M12 3l2.700 6l6.300.600l-4.800 4.200l1.500 6.300l-5.700-3.400l-5.700 3.400l1.500-6.300L3 9.600l6.300-.600z",
    stop: "M6 6h12v12H6z",
    "thumb-down": "M7 14V4h10l3 7v3h-6l1 5l-2 1l-6-6zM7 4H3v10h4",
    "thumb-up": "M7 10v10h10l3-7v-3h-6l1-5l-2-1l-6 6zM7 20H3V10h4",
    undo: "M5 9h10a5 5 0 0 1 0 10h-5M9 5L5 9l4 4",
    visibility: "M2 12q10-13 20 0q-10 13-20 0M12 9a3 3 0 1 0 0 6a3 3 0 1 0 0-6",
    "zoom-in": "M10.500 4a6.500 6.500 0 1 0 0 13a6.500 6.500 0 1 0 0-13M15.500 15.500L20 20M10.500 8v5M8 10.500h5",
    "zoom-out": "M10.500 4a6.500 6.500 0 1 0 0 13a6.500 6.500 0 1 0 0-13M15.500 15.500L20 20M8 10.500h5",
  };
  const ALIASES = {
    done: "check", clear: "close", cancel: "close", warning: "report-problem", create: "edit",
    "account-circle": "person", face: "person", "info-outline": "info", "help-outline": "help",
    "error-outline": "error", "star-border": "star", "favorite-border": "favorite", launch: "open-in-new",
    "delete-forever": "delete", "bug-report": "report-problem", "file-upload": "cloud-upload",
    comment: "feedback", chat: "question-answer", autorenew: "refresh", replay: "refresh",
  };

  crowd.icon = (name) => {
    if (/[/.]/.test(name)) return h("img", { src: name, alt: "", width: "20", height: "20" });
    const short = name.replace(/^[\w-]+:/, "");
    const path = PATHS[ALIASES[short] ?? short];
    if (!path) return h("span", { "aria-hidden": "true" }, (short[0] ?? "•").toUpperCase());
    const drawn = s("path", { d: path });
    return s("svg", { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true" }, drawn);
  };

  class Icon extends crowd.Element {
    static observedAttributes = ["icon", "src"];
    static css = ":host { display: inline-flex; vertical-align: middle; }";

    build() {
      this.update();
    }

    update() {
      this.shadowRoot.replaceChildren(crowd.icon(this.text("icon") || this.text("src")));
    }
  }

  crowd.define("iron-icon", Icon);
})();

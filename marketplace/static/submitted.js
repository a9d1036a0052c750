// In the task's frame, once its answer was taken or refused: tells the page around it to look.
// A hint and no more: that page asks the server how things stand.
parent.postMessage({ manyhands: "answered" }, "*");

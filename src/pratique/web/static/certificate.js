// Takes a code's text along: by a press, or by dragging the code onto a border's page beside this one.
"use strict";

for (const code of document.querySelectorAll(".white[data-scan]")) {
  code.addEventListener("dragstart", (event) => event.dataTransfer.setData("text/plain", code.dataset.scan));
}
for (const copy of document.querySelectorAll("button.copy")) {
  copy.hidden = !navigator.clipboard;
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(copy.dataset.scan);
    copy.textContent = copy.dataset.done;
  });
}

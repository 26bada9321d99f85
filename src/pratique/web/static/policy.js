// A finding's line, chosen in the text beside it; without this script the link goes to the text.
"use strict";

const text = document.querySelector("#text");
for (const link of document.querySelectorAll("[data-line]")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    const rows = text.value.split("\n"), number = Number(link.dataset.line) - 1;
    const begins = rows.slice(0, number).join("\n").length + (number ? 1 : 0);
    text.focus();
    text.setSelectionRange(begins, begins + (rows[number] ?? "").length);
    text.scrollTop = (text.scrollHeight / rows.length) * Math.max(number - 3, 0);
    text.scrollIntoView({ block: "nearest" });
  });
}

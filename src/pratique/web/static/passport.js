// What is typed is read by the server as it is typed, so that slips show at once; without this, on sending.
"use strict";

const form = document.querySelector("form[data-passport]");
const fields = ["number", "zone"].map((id) => document.getElementById(id));
let asked = 0;

async function read() {
  const mine = ++asked;
  await new Promise((done) => setTimeout(done, 350));
  if (mine !== asked) return;
  const answer = await fetch(form.dataset.passport, { method: "POST", body: new URLSearchParams(new FormData(form)) });
  if (!answer.ok || mine !== asked) return;
  const told = await answer.json();
  for (const field of fields) {
    const said = document.getElementById(`${field.id}-said`);
    const { text, kind } = told[field.id];
    said.textContent = field.value.trim() ? text : "";
    said.className = `said ${kind}`;
    field.setAttribute("aria-invalid", String(kind === "problem" && field.value.trim() !== ""));
  }
}

for (const field of fields) field.addEventListener("input", read);
document.getElementById("faults")?.focus();

// Shows the certificates that are kept on this device, with or without a network; deletes one by a press.
"use strict";

import { drawn } from "./code.js";
import { now, say, store, stored, when } from "./keeping.js";

const KEY = "certificates";
const byId = (id) => document.getElementById(id);

function alone(person, code) {
  byId("alone-name").textContent = [person.latin, person.name].filter(Boolean).join(" ");
  byId("alone-until").textContent = say("holder.kept.until", { until: person.until });
  byId("alone-code").setAttribute("aria-label", code.alt);
  byId("alone-code").replaceChildren(drawn(code.side, code.cells));
  byId("alone").showModal();
  navigator.wakeLock?.request("screen").catch(() => {});
}

function claim([what, outcome, more]) {
  const line = byId("claim").content.cloneNode(true);
  for (const [name, text] of Object.entries({ what, outcome, more })) line.querySelector(`.${name}`).textContent = text;
  return line;
}

// `newest` is what the page of trips showed when it was last open here; opening this one asks for nothing
function planned(number, newest) {
  const newer = newest > number ? say("holder.planned.newer", { newer: newest }) : say("holder.planned.perhaps");
  return `${say("holder.planned", { number })} ${newer}`;
}

function card(person) {
  const shown = byId("person").content.cloneNode(true);
  const part = (name) => shown.querySelector(`[data-is="${name}"]`);
  for (const name of ["name", "latin", "born", "document", "issuer", "until"]) part(name).textContent = person[name];
  part("name").parentElement.lang = person.language;
  shown.querySelector('[data-if="document"]').hidden = !person.document;
  part("saved").textContent = say("holder.kept.saved", { saved: when(person.saved) });
  part("planned").hidden = !person.planned;
  if (person.planned) part("planned").textContent = planned(person.planned, stored("release", 0));
  part("claims").append(...person.claims.map(({ what, outcome, more }) => claim([what, outcome, more])));
  const ended = now() >= person.ends;
  const days = Math.floor((person.ends - now()) / 86400);
  part("end").hidden = days >= Number(byId("people").dataset.soon);
  part("end").textContent = ended ? say("holder.kept.ended", { until: person.until }) : say("holder.soon", { days });
  person.codes.forEach((code, place) => {
    const show = byId("show").content.cloneNode(true).querySelector("button");
    if (person.codes.length > 1) show.append(` ${say("holder.kept.part", { number: place + 1 })}`);
    show.hidden = ended;
    show.addEventListener("click", () => alone(person, code));
    part("shows").append(show);
  });
  part("delete").setAttribute("aria-label", say("holder.kept.delete.of", { name: person.latin || person.name }));
  part("delete").addEventListener("click", () => {
    const others = stored(KEY, []).filter((each) => each.name !== person.name || each.born !== person.born);
    store(KEY, others);
    if (!others.length) forget();
    draw();
  });
  return shown;
}

// with the last certificate goes what opened this page without a network, unless it opens a status or visits as well
async function forget() {
  for (const key of [KEY, "release"]) localStorage.removeItem(key);
  if (stored("address") || stored("visits", []).length) return;
  for (const worker of (await navigator.serviceWorker?.getRegistrations()) ?? []) await worker.unregister();
  for (const name of (await globalThis.caches?.keys()) ?? []) await caches.delete(name);
}

function draw() {
  const kept = stored(KEY, []);
  byId("empty").hidden = kept.length > 0;
  byId("offline").hidden = navigator.onLine || !kept.length;
  byId("people").replaceChildren(...kept.map(card));
}

draw();
for (const change of ["online", "offline"]) window.addEventListener(change, draw);

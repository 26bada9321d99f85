// The holder's page: shows the status that is kept on this device, and asks for a newer one when half of its time is
// over, or on a press. To show it asks for nothing.
"use strict";

import { drawn } from "./code.js";
import { ago, keepThePages, now, say, store, stored, when } from "./keeping.js";

const ADDRESS = /^[A-Za-z0-9_-]{43}$/;
const NOT_AGAIN_FOR = 3600; // s after which an address that had nothing newer is asked again
const TRIES = 4;
const byId = (id) => document.getElementById(id);

function address() {
  const given = location.hash.slice(1);
  if (ADDRESS.test(given)) {
    if (given !== stored("address")) localStorage.removeItem("status");
    store("address", given);
    history.replaceState(null, "", location.pathname); // it is a secret: not in the bar, not in a picture of it
  }
  return stored("address");
}

const mine = address();
let tries = 0;

function tell(text, old = false) {
  byId("told").textContent = text;
  byId("told").hidden = !text;
  byId("told").classList.toggle("old", old);
}

function show() {
  const held = stored("status");
  byId("empty").hidden = Boolean(held);
  byId("held").hidden = !held;
  if (!held) return;
  const { scan, side, cells, word, signed, until } = held.shown;
  const ended = now() >= until;
  for (const shape of document.querySelectorAll(".shape")) shape.hidden = ended || shape.dataset.word !== word;
  byId("word").textContent = ended ? "" : say(`wallet.word.${word}`);
  byId("about-word").textContent = say(`wallet.about.${word}`);
  byId("about-word").hidden = ended || !byId("about-word").textContent;
  byId("ended").hidden = !ended;
  byId("signed").textContent = when(signed);
  byId("age").textContent = ago(now() - signed);
  byId("until").textContent = when(until);
  const code = byId("code");
  code.hidden = ended;
  if (code.dataset.scan !== scan) {
    code.dataset.scan = scan;
    code.replaceChildren(drawn(side, cells));
  }
  code.setAttribute("aria-label", say("wallet.code", { until: when(until) }));
}

function due() {
  const held = stored("status");
  if (!held || now() >= held.shown.until) return true;
  const half = held.shown.signed + (held.shown.until - held.shown.signed) / 2;
  return now() >= half && now() - held.asked >= NOT_AGAIN_FOR;
}

const signedAgo = () => {
  const held = stored("status");
  return held ? ago(now() - held.shown.signed) : "";
};

async function ask() {
  if (!mine) return;
  const held = stored("status");
  const headers = held ? { "if-none-match": held.mark } : {};
  let answer;
  try {
    answer = await fetch(`/status/${mine}`, { headers, cache: "no-store", credentials: "omit" });
  } catch {
    if (held) tell(say("wallet.offline", { age: signedAgo() }), true);
    return;
  }
  if (answer.status === 200) {
    store("status", { shown: await answer.json(), mark: answer.headers.get("etag"), asked: now() });
    tell("");
  } else if (answer.status === 304) {
    store("status", { ...held, asked: now() });
    tell(say("wallet.fresh"));
  } else if (answer.status === 503) {
    later(Number(answer.headers.get("retry-after")) || 30);
  } else {
    if (held) store("status", { ...held, asked: now() });
    tell(say("wallet.gone"));
  }
  show();
}

// comes back when it was told to, and no more than a few times: whoever presses again and again makes a crowd larger
function later(seconds) {
  tries += 1;
  if (tries > TRIES) {
    tell(say("wallet.given_up"), true);
    return;
  }
  tell(say("wallet.busy", { seconds }), true);
  byId("fetch").disabled = true;
  setTimeout(() => {
    byId("fetch").disabled = false;
    ask();
  }, seconds * 1000);
}

byId("fetch").addEventListener("click", () => {
  tries = 0;
  ask();
});
setInterval(show, 20_000);
document.addEventListener("visibilitychange", show);
keepThePages();
show();
if (due()) ask();
else if (!navigator.onLine) tell(say("wallet.offline", { age: signedAgo() }), true);

if (byId("notices")) {
  const { look } = await import("./visits.js");
  await look(document.getElementById("main").dataset.key, byId("notice-list"), byId("notice-next"));
}

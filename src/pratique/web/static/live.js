// Makes the shown code live: a batch of one-time keys that never leave this page, a status for each, and a proof a minute.
// Without it the code is a still one, and staff look at the person.
"use strict";

const shown = document.getElementById("live");
const BATCH = 8;
const EARLY = 10; // seconds before a slot ends in which the next one is drawn
const ahead = Number(shown.dataset.now) - Math.floor(Date.now() / 1000); // the device's clock may be wrong
const slot = Number(shown.dataset.slot);
let batch = [];
let until = 0;
let drawing = false;

const now = () => Math.floor(Date.now() / 1000) + ahead;

function text(octets) {
  return btoa(String.fromCharCode(...new Uint8Array(octets))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

async function post(address, value) {
  const answer = await fetch(address, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(value),
  });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

// A point of P-256 in its compressed form: whether y is odd, and x.
async function point(key) {
  const raw = new Uint8Array(await crypto.subtle.exportKey("raw", key));
  return text([2 | (raw[64] & 1), ...raw.slice(1, 33)]);
}

async function refill() {
  const pairs = await Promise.all(
    Array.from({ length: BATCH }, () =>
      crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]),
    ),
  );
  const keys = await Promise.all(pairs.map((pair) => point(pair.publicKey)));
  const slotted = shown.dataset.begins ? { begins: Number(shown.dataset.begins) } : {}; // of a day pass
  const scans = await post(shown.dataset.statuses, { keys, ...slotted });
  batch = scans.map((scan, place) => ({ scan, key: pairs[place].privateKey }));
}

// "pratique live 1", the second with which the slot begins, and the digest of the status.
async function message(scan, begins) {
  const octets = new TextEncoder();
  const digest = await crypto.subtle.digest("SHA-256", octets.encode(scan));
  const second = new Uint8Array(4);
  new DataView(second.buffer).setUint32(0, begins);
  return new Uint8Array([...octets.encode("pratique live 1"), ...second, ...new Uint8Array(digest)]);
}

async function draw() {
  if (!batch.length) await refill();
  const begins = now();
  const { scan, key } = batch[0];
  const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, key, await message(scan, begins));
  const drawn = await post(shown.dataset.drawn, { scan, begins, signature: text(signature) });
  batch.shift(); // each key signs once
  shown.querySelector("svg").setAttribute("viewBox", drawn.box);
  shown.querySelector("path").setAttribute("d", drawn.path);
  until = begins + slot;
  tell(true);
}

function tell(live) {
  document.getElementById("still").hidden = true;
  document.getElementById("ticking").hidden = !live;
  document.getElementById("offline").hidden = live;
}

async function tick() {
  const left = until - now();
  document.getElementById("seconds").textContent = left > 0 ? `${left}` : "";
  if (drawing || left > EARLY || document.visibilityState !== "visible") return;
  drawing = true;
  try {
    await draw();
  } catch {
    if (left <= 0) tell(false); // the still code stays, and paper is as good
  }
  drawing = false;
}

if (globalThis.crypto?.subtle) {
  tick();
  setInterval(tick, 1000);
}

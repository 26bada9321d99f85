// A door: a thermometer's reading is judged here and forgotten; a slip is sealed here, and what leaves is unreadable.
// The sealing is that of `pratique.authority.venues.slips`.
"use strict";

import { now, say, store, stored } from "./keeping.js";
import { base64url, eightOctets, hourOf, octets } from "./visits.js";

const CONTACT_LENGTH = 128;
const byId = (id) => document.getElementById(id);

// --- the thermometer

const gauge = byId("thermometer");

function feel() {
  const typed = byId("temperature").value.trim().replace(",", ".");
  const tenths = /^\d{2}(\.\d)?$/.test(typed) ? Math.round(Number(typed) * 10) : 0;
  const { fever, lowest, highest } = gauge.dataset;
  const read = Number(lowest) <= tenths && tenths <= Number(highest);
  const felt = !read ? "no_reading" : tenths >= Number(fever) ? "again" : "usual";
  byId("felt").textContent = typed ? say(`door.felt.${felt}`) : "";
}

if (gauge) {
  gauge.hidden = false;
  byId("temperature").addEventListener("input", feel);
}

// --- slips

const place = byId("register");

export async function seal(contact, { code, hour, key }) {
  const padded = new Uint8Array(CONTACT_LENGTH);
  padded.set(contact);
  const head = new TextEncoder().encode("pratique slip\0");
  const bound = new Uint8Array([...head, ...octets(code), ...eightOctets(hour)]);
  const curve = { name: "ECDH", namedCurve: "P-256" };
  const theirs = await crypto.subtle.importKey("raw", octets(key), curve, false, []);
  const own = await crypto.subtle.generateKey(curve, false, ["deriveBits"]);
  const begins = new Uint8Array(await crypto.subtle.exportKey("raw", own.publicKey));
  const shared = await crypto.subtle.deriveBits({ name: "ECDH", public: theirs }, own.privateKey, 256);
  const secret = await crypto.subtle.importKey("raw", shared, "HKDF", false, ["deriveKey"]);
  const made = { name: "HKDF", hash: "SHA-256", salt: begins, info: bound };
  const cipher = await crypto.subtle.deriveKey(made, secret, { name: "AES-GCM", length: 256 }, false, ["encrypt"]);
  const settings = { name: "AES-GCM", iv: new Uint8Array(12), additionalData: bound }; // the key seals this slip alone
  const sealed = new Uint8Array(await crypto.subtle.encrypt(settings, cipher, padded));
  return base64url(new Uint8Array([...begins, ...sealed]));
}

const kitName = () => `kit ${place.dataset.code}`;

// the public keys of this hour and the next days; fetched again when a day of them is used up
async function kit() {
  const held = stored(kitName());
  const hour = hourOf(now());
  if (held && hour < held.first_hour + 24 && hour >= held.first_hour) return held;
  try {
    const answer = await fetch(`/place/${place.dataset.code}/kit`);
    if (answer.ok) {
      store(kitName(), await answer.json());
    } else if (answer.status === 404) {
      localStorage.removeItem(kitName()); // nothing is registered any more
    }
  } catch {
    // no connection: what is held may do for days
  }
  return stored(kitName());
}

const keyOf = (held, hour) => held?.keys[hour - held.first_hour];

async function send() {
  const waiting = stored("slips", []);
  while (waiting.length) {
    const answer = await fetch("/slips", { method: "POST", body: new URLSearchParams(waiting[0]) }).catch(() => null);
    if (!answer || answer.status >= 500) break; // later; it is sealed, and nothing is lost
    waiting.shift(); // taken, or one that nobody will ever take
    store("slips", waiting);
  }
  byId("waiting").hidden = waiting.length === 0;
  byId("waiting").textContent = say("door.register.waiting", { count: waiting.length });
}

async function sealOne() {
  const contact = new TextEncoder().encode(byId("contact").value.trim());
  const fits = contact.length > 0 && contact.length <= CONTACT_LENGTH;
  byId("contact-said").textContent = fits ? "" : say("door.register.long", { count: place.dataset.longest });
  byId("sealed").hidden = true;
  if (!fits) return;
  const hour = hourOf(now());
  const held = await kit();
  const key = keyOf(held, hour);
  byId("off").hidden = Boolean(key);
  if (!key) return;
  const content = await seal(contact, { code: held.code, hour, key });
  store("slips", [...stored("slips", []), { code: held.code, hour: String(hour), content }]);
  byId("contact").value = "";
  byId("sealed").hidden = false;
  await send();
}

if (place) {
  place.hidden = false;
  byId("seal").addEventListener("click", sealOne);
  window.addEventListener("online", send);
  byId("off").hidden = Boolean(keyOf(await kit(), hourOf(now())));
  await send();
}

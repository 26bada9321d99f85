// Visits, on this device and nowhere else: kept, forgotten after fourteen days, and compared with the published hours.
// `matches` does what `pratique.authority.venues.exposures.matches` does.
"use strict";

import { now, say, store, stored, when } from "./keeping.js";

const KEPT_HOURS = 14 * 24;
const PREFIX = new TextEncoder().encode("pratique venue hour\0");
const EVERY = 6 * 3600; // s; the same for everybody, whether or not a visit is kept

export const hourOf = (seconds) => Math.floor(seconds / 3600);

export const octets = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));

export const base64url = (bytes) =>
  btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

export function visits() {
  const oldest = hourOf(now()) - KEPT_HOURS;
  const all = stored("visits", []);
  const kept = all.filter((visit) => visit.last >= oldest);
  if (kept.length !== all.length) store("visits", kept);
  return kept;
}

export const keep = (visit) => store("visits", [...visits(), visit]);
export const replace = (number, visit) => store("visits", visits().map((each, at) => (at === number ? visit : each)));
export const forget = (number) => store("visits", visits().filter((_, at) => at !== number));

export function eightOctets(hour) {
  const written = new DataView(new ArrayBuffer(8));
  written.setBigUint64(0, BigInt(hour));
  return new Uint8Array(written.buffer);
}

export async function digest(code, hour) {
  const whole = new Uint8Array([...PREFIX, ...octets(code), ...eightOctets(hour)]);
  return base64url(new Uint8Array(await crypto.subtle.digest("SHA-256", whole)).slice(0, 16));
}

export async function matches(kept, entries) {
  const exposed = new Set(entries);
  const found = [];
  for (const visit of kept) {
    const hours = [];
    for (let hour = visit.first; hour <= visit.last; hour += 1) {
      if (exposed.has(await digest(visit.code, hour))) hours.push(hour);
    }
    if (hours.length) found.push({ visit, hours });
  }
  return found;
}

// the entries of a list that the authority signed; none of any other
export async function believed(signed, spki) {
  const curve = { name: "ECDSA", namedCurve: "P-256" };
  const key = await crypto.subtle.importKey("spki", octets(spki), curve, false, ["verify"]);
  const list = new TextEncoder().encode(signed.list);
  const held = await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, octets(signed.signature), list);
  return held ? JSON.parse(signed.list).entries : null;
}

async function entries(spki) {
  const known = stored("notices", { asked: 0, entries: [] });
  if (now() - known.asked < EVERY) return known.entries;
  try {
    const answer = await fetch("/notices", { credentials: "omit" });
    const found = answer.ok ? await believed(await answer.json(), spki) : null;
    store("notices", { asked: now(), entries: found ?? known.entries });
    return found ?? known.entries;
  } catch {
    return known.entries; // no connection: what was fetched last is compared
  }
}

export async function look(spki, list, next) {
  const exposed = await entries(spki);
  const found = await matches(visits(), exposed);
  list.replaceChildren(
    ...found.map(({ visit, hours }) => {
      const item = document.createElement("li");
      item.className = "notice attention";
      const told = hours.map((hour) => when(hour * 3600)).join(", ");
      item.textContent = say("wallet.notice", { place: visit.name, hours: told });
      return item;
    }),
  );
  next.hidden = found.length === 0;
  if (found.length === 0) {
    const item = document.createElement("li");
    item.textContent = say("wallet.notice.none");
    list.append(item);
  }
}

// What several pages of the holder share: the worker that keeps them, words, and times in words.
"use strict";

const WORKER = "/worker.js";

export function keepThePages() {
  if (!navigator.serviceWorker) return;
  const own = (address) => {
    if (address !== WORKER) throw new TypeError("another script");
    return address;
  };
  const policy = window.trustedTypes?.createPolicy("worker", { createScriptURL: own });
  // "all": a kept script is good for a day, so that opening a page asks for nothing
  const script = policy ? policy.createScriptURL(WORKER) : WORKER;
  navigator.serviceWorker.register(script, { scope: "/", updateViaCache: "all" });
}

const sentences = new Map(
  [...document.querySelectorAll("#sentences dt")].map((dt) => [dt.textContent, dt.nextElementSibling.textContent]),
);

// From right to left a value is isolated, so that its digits keep their order.
const placed = (value) => (document.documentElement.dir === "rtl" ? `\u2068${value}\u2069` : value);

export const say = (key, values = {}) =>
  Object.entries(values).reduce((text, [name, value]) => text.replace(`{${name}}`, placed(value)), sentences.get(key) ?? "");

export const now = () => Math.floor(Date.now() / 1000);

export const when = (seconds) =>
  new Intl.DateTimeFormat(`${document.documentElement.lang}-u-ca-gregory-nu-latn`, {
    dateStyle: "medium",
    timeStyle: "short",
    hourCycle: "h23",
  }).format(seconds * 1000);

export function ago(seconds) {
  const minutes = Math.max(0, Math.floor(seconds / 60));
  if (minutes < 60) return say("age.minutes", { minutes });
  if (minutes < 48 * 60) return say("age.ago", { hours: Math.floor(minutes / 60) });
  return say("age.ago.days", { days: Math.floor(minutes / 1440) });
}

export function stored(key, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? otherwise;
  } catch {
    return otherwise; // another program wrote there
  }
}

export const store = (key, value) => localStorage.setItem(key, JSON.stringify(value));

// Keeps the certificate on this device, by a press and never by itself.
"use strict";

import { keepThePages, now, store, stored } from "./keeping.js";

const KEY = "certificates";
const LONG = 10_000; // ms after which a worker that does not come is no longer waited for
const byId = (id) => document.getElementById(id);
const keep = byId("keep");

const ready = () =>
  Promise.race([navigator.serviceWorker.ready, new Promise((_, late) => setTimeout(late, LONG))]);

keep.hidden = false;
keep.addEventListener("click", async () => {
  const certificate = JSON.parse(keep.dataset.certificate);
  const same = (each) => each.name === certificate.name && each.born === certificate.born;
  try {
    store(KEY, [...stored(KEY, []).filter((each) => !same(each)), { ...certificate, saved: now() }]);
  } catch {
    byId("cannot").hidden = false; // private browsing, or an app that lets its pages keep nothing
    return;
  }
  try {
    if (!navigator.serviceWorker) throw new Error("no worker here");
    keepThePages();
    await ready();
    location.assign(keep.dataset.kept);
  } catch {
    byId("online").hidden = false;
  }
});

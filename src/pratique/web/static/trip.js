// Tells on this device, and nobody else, that a certificate kept here was planned by an older release than this page's.
"use strict";

import { store, stored } from "./keeping.js";

const release = Number(document.getElementById("rules").dataset.release);
const kept = stored("certificates", []);

if (kept.length) {
  store("release", Math.max(release, stored("release", 0)));
  document.getElementById("older").hidden = !kept.some(({ planned }) => planned && planned < release);
}

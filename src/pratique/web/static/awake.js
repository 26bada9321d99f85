// Keeps the screen on while a code is shown; a page cannot make it brighter.
"use strict";

async function stayAwake() {
  if (document.visibilityState !== "visible") return;
  try {
    await navigator.wakeLock?.request("screen");
  } catch {
    // a battery that is nearly empty refuses, and the code is shown all the same
  }
}

document.addEventListener("visibilitychange", stayAwake);
stayAwake();

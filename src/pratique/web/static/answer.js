// Clears the answer when its time is over, and reads it out once. Without this the page's own header clears it.
"use strict";

const answers = document.getElementById("answers");

// F8 and F9 are the officer's keys; letters would be pressed by scanners that type
document.addEventListener("keydown", (event) => {
  if (event.key === "F8") document.getElementById("same")?.click();
  if (event.key === "F9") document.getElementById("next-scan")?.click();
});
document.getElementById("announced").textContent = answers.dataset.announced;

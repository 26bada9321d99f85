// Follows a case at the counter: loads the page anew once the officer has gone on, or where the case is over.
// Without it the page loads itself anew every few seconds.
"use strict";

const EVERY = 3000; // ms
const { turn, address } = document.getElementById("main").dataset;

async function look() {
  try {
    const answer = await fetch(`${address}/turn`);
    if (answer.ok && (await answer.json()).turn === Number(turn)) return;
    if (answer.ok || answer.status === 404) location.replace(address);
  } catch {
    // no connection: it asks again
  }
}

setInterval(look, EVERY);

// Says two minutes ahead that an official is signed out for want of a step, and puts that off by a press. What was typed
// stays on the page: whoever was signed out signs in beside it.
"use strict";

{
  const ending = document.getElementById("ending");
  const { after, left, stay } = ending.dataset;
  const ends = document.getElementById("ends");
  const ended = document.getElementById("ended");
  let timers = [];

  function over(is) {
    ends.hidden = is;
    ended.hidden = !is;
  }

  function begin() {
    timers.forEach(clearTimeout);
    ending.hidden = true;
    over(false);
    timers = [
      setTimeout(() => (ending.hidden = false), 1000 * after),
      setTimeout(() => over(true), 1000 * (Number(after) + Number(left))),
    ];
  }

  ends.querySelector("button").addEventListener("click", async () => {
    const answer = await fetch(stay, { method: "HEAD" }).catch(() => null);
    if (answer?.ok && !answer.redirected) begin();
    else over(true);
  });
  begin();
}

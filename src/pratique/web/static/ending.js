// Says two minutes ahead that an official is signed out, and puts off by a press what comes for want of a step. A step on
// another page of theirs counts here too. What was typed stays: whoever was signed out signs in beside it.
"use strict";

{
  const AHEAD = 120;
  const ending = document.getElementById("ending");
  const { account, idle, shift, stay } = ending.dataset;
  const ends = document.getElementById("ends");
  const ended = document.getElementById("ended");
  const put = ends.querySelector("button");
  const others = new BroadcastChannel(account);
  let last = Date.now() + 1000 * shift;
  let timers = [];

  function over(is) {
    ends.hidden = is;
    ended.hidden = !is;
  }

  function begin() {
    const left = Math.min(idle, (last - Date.now()) / 1000);
    timers.forEach(clearTimeout);
    ending.hidden = true;
    put.hidden = left < idle; // no press prolongs a whole shift
    over(false);
    timers = [
      setTimeout(() => (ending.hidden = false), 1000 * (left - AHEAD)),
      setTimeout(() => over(true), 1000 * left),
    ];
  }

  function stepped() {
    begin();
    others.postMessage(last);
  }

  others.addEventListener("message", ({ data }) => {
    last = data;
    begin();
  });
  put.addEventListener("click", async () => {
    const answer = await fetch(stay, { method: "HEAD" }).catch(() => null);
    if (!answer) return; // no connection: another press may have one
    if (answer.ok && !answer.redirected) stepped();
    else over(true);
  });
  stepped();
}

// Unplugs the ministry without loading the frames anew: what stands in them stays, and can be taken along.
"use strict";

const [unplug, plug] = ["unplug", "plug"].map((id) => document.getElementById(id));

async function turn(event) {
  event.preventDefault();
  const form = event.currentTarget;
  const button = form.querySelector("button");
  button.disabled = true;
  const answer = await fetch(form.action, { method: "POST" });
  button.disabled = false;
  if (!answer.ok) return;
  const off = form === unplug;
  unplug.hidden = off;
  plug.hidden = !off;
  document.getElementById("unplugged").hidden = !off;
}

for (const form of [unplug, plug]) form.addEventListener("submit", turn);

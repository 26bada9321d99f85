// Keeps a visit: the place comes in the fragment of the poster's link, which no browser sends to anybody.
"use strict";

import { keepThePages, now, say, when } from "./keeping.js";
import { forget, hourOf, keep, replace, visits } from "./visits.js";

const POSTER = /^#([A-Za-z0-9_-]{22})\.([a-z_]+)\.(.{1,400})$/;
const byId = (id) => document.getElementById(id);

function poster() {
  const [, code, mode, name] = POSTER.exec(location.hash) ?? [];
  if (!code) return null;
  try {
    return { code, mode, name: decodeURIComponent(name) };
  } catch {
    return null; // no link of a poster
  }
}

function button(text, action) {
  const made = document.createElement("button");
  made.className = "button second";
  made.type = "button";
  made.textContent = text;
  made.addEventListener("click", () => {
    action();
    show();
  });
  return made;
}

function show() {
  const kept = visits();
  byId("list-empty").hidden = kept.length > 0;
  byId("list").replaceChildren(
    ...kept.map((visit, number) => {
      const item = document.createElement("li");
      const what = document.createElement("p");
      what.textContent = `${visit.name} · ${when(visit.first * 3600)}`;
      const buttons = document.createElement("div");
      buttons.className = "buttons";
      const hour = hourOf(now());
      if (visit.first <= hour && hour < visit.last) {
        buttons.append(button(say("visit.leave"), () => replace(number, { ...visit, last: hour })));
      }
      buttons.append(button(say("visit.forget"), () => forget(number)));
      item.append(what, buttons);
      return item;
    }),
  );
}

function begin() {
  const place = poster();
  byId("none").hidden = Boolean(place);
  byId("here").hidden = !place;
  if (!place) return;
  byId("at").textContent = say("visit.at", { place: place.name });
  byId("keep").onclick = () => {
    const first = hourOf(now());
    const stay = Number(byId("here").dataset[place.mode]) || 1;
    keep({ code: place.code, name: place.name, first, last: first + stay - 1 });
    history.replaceState(null, "", location.pathname); // not to be kept twice, nor read in the bar
    byId("here").hidden = true;
    byId("kept").hidden = false;
    show();
  };
  for (const link of document.querySelectorAll("a.switch")) link.hash = location.hash;
}

window.addEventListener("hashchange", begin);
keepThePages();
begin();
show();

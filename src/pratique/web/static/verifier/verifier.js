// The verifier's page: every form goes to Python in a worker instead of a server, and the page that comes back takes
// the place of this one. Nothing of a holder is kept: no history, no storage, and an answer leaves the screen by itself.

import { prepareZXingModule, readBarcodes } from "/parts/zxing-wasm/reader/index.js";

const WORKER = "/static/engine.mjs";
const OFFLINE = "/offline.js";
const byId = (id) => document.getElementById(id);

// what may become markup or a script here: what the engine wrote, and these two files of ours
const trusted = window.trustedTypes?.createPolicy("verifier", {
  createHTML: (text) => text,
  createScriptURL: (address) => {
    if (address === WORKER || address === OFFLINE) return address;
    throw new TypeError("not a script of this page");
  },
}) ?? { createHTML: (text) => text, createScriptURL: (address) => address };

prepareZXingModule({ overrides: { locateFile: () => "/parts/zxing-wasm/reader/zxing_reader.wasm" } });

// --- the engine

const engine = new Worker(trusted.createScriptURL(WORKER), { type: "module" });
const waiting = new Map();
let sent = 0;

engine.addEventListener("message", ({ data }) => {
  if (data.told) {
    if (idle()) ready();
    return;
  }
  const { done, failed } = waiting.get(data.id);
  waiting.delete(data.id);
  if ("fault" in data) failed(new Error(data.fault));
  else done(data.result);
});
engine.addEventListener("error", fail);

function ask(what, given = {}) {
  return new Promise((done, failed) => {
    waiting.set(++sent, { done, failed });
    engine.postMessage({ id: sent, what, ...given });
  });
}

// --- pages

const settings = new URLSearchParams(location.search);
let language = document.documentElement.lang;
let large = localStorage.getItem("text") === "large";
let clearing = null;

// what is the device's and not a traveller's: kept here, and sent nowhere
const CHOICES = ["setting", "door", "clears"];
const SWITCHES = ["sound", "vibration"];
for (const name of CHOICES) if (localStorage.getItem(name)) settings.set(name, localStorage.getItem(name));
const switched = (name) => localStorage.getItem(name) !== "off";

document.addEventListener("change", ({ target }) => {
  if (SWITCHES.includes(target.id)) localStorage.setItem(target.id, target.checked ? "on" : "off");
  if (!CHOICES.includes(target.id)) return;
  localStorage.setItem(target.id, target.value);
  settings.set(target.id, target.value);
  if (target.id === "setting") ready().then(() => byId("setting")?.focus());
});

const parsed = (text) => new DOMParser().parseFromString(trusted.createHTML(text), "text/html");
const first = document.documentElement.outerHTML;

/** The engine did not come up; or it stumbled later, which the page from before it says, in the language of now. */
async function fail() {
  if (byId("failed")) {
    byId("starting").hidden = true;
    byId("failed").hidden = false;
    return;
  }
  const made = parsed(await fetch(`/${language}`).then((answer) => (answer.ok ? answer.text() : first), () => first));
  const main = made.getElementById("main");
  main.className = "wide";
  main.replaceChildren(made.getElementById("fault").content);
  place(made);
}

function show(text) {
  place(parsed(text));
}

function place(made) {
  clearTimeout(clearing);
  const root = document.documentElement;
  root.lang = made.documentElement.lang;
  root.dir = made.documentElement.dir;
  for (const name of SWITCHES) {
    const box = made.getElementById(name);
    if (box) box.toggleAttribute("checked", switched(name));
  }
  root.dataset.text = made.documentElement.dataset.text ?? "usual";
  document.title = made.title;
  document.body.replaceWith(made.body);
  window.scrollTo(0, 0);
  document.dispatchEvent(new Event("shown"));
  if (byId("answers")) {
    clearing = setTimeout(ready, 1000 * byId("answers").dataset.clears);
    tell();
  }
}

/** Whether the page waits for a code, and nobody has begun: then it may be made anew. */
function idle() {
  const form = byId("check");
  const begun = ["scan", "document", "picture"].some((name) => byId(name)?.value) || !(byId("video")?.hidden ?? true);
  return document.documentElement.dataset.ready && form?.classList.contains("ready") && !begun;
}

const waiter = () => ask("ready", { language, pairs: [...settings], large });

function ready() {
  return waiter().then(show).catch(fail);
}

async function list(form, submitter) {
  const data = new FormData(form, submitter);
  const file = data.get("file");
  data.delete("file");
  if (file?.size) data.set("list", await file.text());
  show(await ask("list", { language, pairs: [...data], large }));
}

async function answer(form, submitter) {
  const data = new FormData(form, submitter);
  const picture = data.get("picture");
  data.delete("picture");
  const found = picture?.size ? await codes(picture) : [];
  const pairs = [...data].concat(found.map((scan) => ["scan", scan]));
  for (const name of ["place", "arrive"]) if (data.has(name)) settings.set(name, data.get(name));
  show(await ask("answer", { language, pairs, unread: Boolean(picture?.size) && !found.length, large }));
}

document.addEventListener("submit", (event) => {
  event.preventDefault();
  const { target: form, submitter } = event;
  const { pathname } = new URL(form.action, location.href);
  if (pathname === "/text") {
    large = !large;
    localStorage.setItem("text", large ? "large" : "usual"); // the device's, not the traveller's
    ready();
    return;
  }
  language = pathname.split("/")[1];
  (pathname.endsWith("/list") ? list : answer)(form, submitter).catch(fail);
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  if (!link || link.origin !== location.origin || link.getAttribute("href").startsWith("#")) return;
  event.preventDefault();
  language = link.pathname.split("/")[1] || language;
  if ("anew" in link.dataset) {
    location.assign(link.href); // with an engine that did not stumble
  } else if (link.pathname.endsWith("/about")) {
    ask("about", { language, large })
      .then((text) => {
        show(text);
        byId(link.hash.slice(1))?.scrollIntoView();
      })
      .catch(fail);
  } else if (link.pathname.endsWith("/list")) {
    ask("list", { language, pairs: [...settings], large }).then(show, fail);
  } else if (link.id === "again") {
    ask("again").then(ready, fail);
  } else {
    ready();
  }
});

// --- codes in pictures

async function codes(picture) {
  const found = await readBarcodes(picture, { formats: ["QRCode", "DataMatrix", "Aztec"], tryHarder: true });
  return found.filter((each) => each.isValid).map((each) => each.text);
}

const detector = "BarcodeDetector" in window ? new BarcodeDetector({ formats: ["qr_code"] }) : null;

window.readCode = async (picture) => {
  if (detector) {
    const image = await createImageBitmap(picture);
    const found = await detector.detect(image).catch(() => []);
    image.close();
    if (found.length) return found[0].rawValue;
  }
  return (await codes(picture))[0] ?? null;
};

// --- sound and vibration: counted, so that they hold in noise; at a door one for every answer, and a queue learns nothing

const PITCHES = [880, 660, 440];
let sound = null;

function tell() {
  const count = Number(byId("answers").dataset.tones);
  if (switched("vibration")) navigator.vibrate?.(Array.from({ length: 2 * count - 1 }, (_, part) => (part % 2 ? 120 : 80)));
  if (!switched("sound") || !navigator.userActivation?.hasBeenActive) return;
  sound ??= new AudioContext();
  for (let number = 0; number < count; number++) {
    const tone = sound.createOscillator();
    const loudness = sound.createGain();
    loudness.gain.value = 0.05;
    tone.frequency.value = PITCHES[count - 1];
    tone.connect(loudness).connect(sound.destination);
    tone.start(sound.currentTime + number * 0.24);
    tone.stop(sound.currentTime + number * 0.24 + 0.12);
  }
}

// --- start

if (settings.toString()) history.replaceState(null, "", location.pathname);
if (navigator.serviceWorker?.controller)
  // a newer build is there: begin with it, if nobody is being checked
  navigator.serviceWorker.addEventListener("controllerchange", () => idle() && location.reload());
navigator.serviceWorker?.register(trusted.createScriptURL(OFFLINE));
try {
  await ask("start");
  show(await waiter());
  document.documentElement.dataset.ready = "yes";
} catch {
  fail();
}

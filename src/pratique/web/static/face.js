// The camera step: each picture is sent as it is taken, and the server says what to do next. Nothing is judged here, and
// every sentence comes from the page.
"use strict";

const INTERVAL = 300; // ms between pictures: a challenge lasts 30 s and takes 90 of them
const READABLE = 1500; // ms for which a hint stays at least
const WIDTH = 480;
const HEIGHT = 640;

const byId = (id) => document.getElementById(id);
const place = byId("capture");
const session = place.dataset.session;
const video = byId("video");
const canvas = byId("picture");
const viewer = byId("viewer");
const sentences = new Map(
  [...document.querySelectorAll("#sentences dt")].map((dt) => [dt.textContent, dt.nextElementSibling.textContent]),
);

let stream = null;
let running = 0; // counts up, so that what an earlier start still does is known as late
let hinted = 0;

const say = (key, values = {}) =>
  Object.entries(values).reduce((text, [name, value]) => text.replace(`{${name}}`, value), sentences.get(key) ?? "");

const wait = (ms) => new Promise((done) => setTimeout(done, ms));

function show(...ids) {
  for (const id of ["open", "specimen", "stop"]) if (byId(id)) byId(id).hidden = !ids.includes(id);
}

function stop() {
  running += 1;
  for (const track of stream?.getTracks() ?? []) track.stop();
  stream = null;
  video.hidden = true;
  canvas.hidden = true;
  byId("idle").hidden = false;
  viewer.dataset.held = "false";
  byId("progress").textContent = "";
  place.dataset.running = "false";
  byId("tips").hidden = false;
  byId("open").textContent = say("face.again");
  show("open", "specimen");
}

function trouble(key) {
  stop();
  const box = byId("trouble");
  box.textContent = say(key);
  box.hidden = false;
  byId("open").focus();
}

async function send(path, body, headers = {}) {
  const answer = await fetch(session + path, { method: "POST", body, headers });
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer.json();
}

function tell(told) {
  byId("say").textContent = say(`face.say.${told.say}`);
  byId("progress").textContent = say("face.progress", {
    step: Math.min(told.step + 1, told.count),
    count: told.count,
    seconds: told.seconds,
  });
  viewer.dataset.held = String(told.hint === null);
  const box = byId("trouble");
  if (told.hint !== null) {
    box.textContent = say(`face.hint.${told.hint}`);
    box.hidden = false;
    hinted = performance.now();
  } else if (performance.now() - hinted > READABLE) {
    box.hidden = true;
  }
}

// `pictures` gives the next picture as a Blob, or null when there is none.
async function look(pictures) {
  const mine = ++running;
  byId("trouble").hidden = true;
  byId("idle").hidden = true;
  place.dataset.running = "true";
  byId("tips").hidden = true;
  show("stop");
  viewer.scrollIntoView({ block: "nearest" });
  try {
    tell(await send("/begin"));
    for (let number = 0; mine === running; number += 1) {
      const started = performance.now();
      const picture = await pictures(number);
      if (mine !== running) return;
      if (picture === null) return trouble("face.trouble.over");
      const told = await send("/frames", picture, { "content-type": "image/jpeg", "x-frame": String(number) });
      if (mine !== running) return;
      if (told.next !== null) {
        byId("say").textContent = say("face.say.done");
        location.assign(told.next);
        return;
      }
      if (told.over) return trouble("face.trouble.over");
      tell(told);
      await wait(Math.max(0, INTERVAL - (performance.now() - started)));
    }
  } catch {
    if (mine === running) trouble("face.trouble.sent");
  }
}

function taken() {
  // the middle of what the camera sees, in the shape of the frame on the page; the preview is mirrored, this is not
  const wide = Math.min(video.videoWidth, (video.videoHeight * WIDTH) / HEIGHT);
  const high = (wide * HEIGHT) / WIDTH;
  const left = (video.videoWidth - wide) / 2;
  const above = (video.videoHeight - high) / 2;
  canvas.getContext("2d").drawImage(video, left, above, wide, high, 0, 0, WIDTH, HEIGHT);
  return new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
}

async function openCamera() {
  stop();
  try {
    stream = await navigator.mediaDevices.getUserMedia({
      video: { facingMode: "user", width: { ideal: 1280 }, height: { ideal: 960 } },
    });
  } catch (fault) {
    return trouble(fault.name === "NotFoundError" ? "face.trouble.none" : "face.trouble.blocked");
  }
  video.srcObject = stream;
  video.hidden = false;
  await video.play();
  return look(taken);
}

function openSpecimen() {
  stop();
  canvas.hidden = false;
  return look(async (number) => {
    if (number === 0) byId("progress").textContent = say("face.specimen.making");
    const answer = await fetch(`${session}/specimen/${number}`);
    if (!answer.ok) return null;
    const picture = await answer.blob();
    const drawn = await createImageBitmap(picture);
    canvas.width = drawn.width;
    canvas.height = drawn.height;
    canvas.getContext("2d").drawImage(drawn, 0, 0);
    return picture;
  });
}

byId("open").addEventListener("click", openCamera);
byId("specimen")?.addEventListener("click", openSpecimen);
byId("stop").addEventListener("click", stop);
window.addEventListener("pagehide", stop);
show("open", "specimen");
if (!navigator.mediaDevices) trouble("face.trouble.none");

// Reads codes: from the camera, and from what is dropped or pasted. The page's own process looks at each picture, or
// whoever put `window.readCode` in its place; what is found goes into the form, which is sent as if by hand. The page
// may be another one later, of which the event `shown` tells.
"use strict";

const INTERVAL = 250;
const HINTS = { help: 5000, other: 12000 }; // after so many milliseconds: how to hold it, and the other ways
const SIDE = 960;

const byId = (id) => document.getElementById(id);
const wait = (ms) => new Promise((done) => setTimeout(done, ms));

function check(text) {
  byId("scan").value = text;
  byId("check").requestSubmit();
}

async function read(picture) {
  if (window.readCode) return window.readCode(picture);
  const answer = await fetch(byId("check").dataset.read, { method: "POST", body: picture });
  return answer.ok ? (await answer.json()).scan : null;
}

// --- the camera

let stream = null;
let chosen = null;

function close() {
  for (const track of stream?.getTracks() ?? []) track.stop();
  stream = null;
  const video = byId("video");
  if (!video) return;
  video.hidden = true;
  byId("idle").hidden = false;
  byId("open").hidden = false;
  byId("stop").hidden = true;
  byId("torch").hidden = true;
  byId("other").hidden = true;
}

async function cameras() {
  const found = await navigator.mediaDevices.enumerateDevices();
  return found.filter((each) => each.kind === "videoinput").map((each) => each.deviceId);
}

async function other() {
  const [all, mine] = [await cameras(), stream?.getVideoTracks()[0].getSettings().deviceId];
  chosen = all[(all.indexOf(mine) + 1) % all.length];
  close();
  await open();
}

async function open() {
  const said = byId("camera-said");
  try {
    stream = await navigator.mediaDevices.getUserMedia({
      video: {
        ...(chosen ? { deviceId: { exact: chosen } } : { facingMode: "environment" }),
        width: { ideal: 1280 },
        height: { ideal: 1280 },
      },
    });
  } catch {
    said.textContent = said.dataset.blocked;
    return;
  }
  const video = byId("video");
  video.srcObject = stream;
  video.hidden = false;
  byId("idle").hidden = true;
  byId("open").hidden = true;
  byId("stop").hidden = false;
  said.textContent = said.dataset.say;
  await video.play();
  const torch = stream.getVideoTracks()[0].getCapabilities?.().torch;
  byId("torch").hidden = !torch;
  byId("other").hidden = (await cameras()).length < 2;
  await look(stream, video, said);
}

async function look(mine, video, said) {
  const canvas = document.createElement("canvas");
  const started = performance.now();
  while (mine === stream) {
    const side = Math.min(video.videoWidth, video.videoHeight);
    canvas.width = canvas.height = Math.min(side, SIDE);
    const [left, above] = [(video.videoWidth - side) / 2, (video.videoHeight - side) / 2];
    canvas.getContext("2d").drawImage(video, left, above, side, side, 0, 0, canvas.width, canvas.height);
    const picture = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
    const found = await read(picture).catch(() => null);
    if (mine !== stream) return;
    if (found !== null) {
      close();
      check(found);
      return;
    }
    for (const [hint, after] of Object.entries(HINTS))
      if (performance.now() - started > after) said.textContent = said.dataset[hint];
    await wait(INTERVAL);
  }
}

async function light() {
  const track = stream?.getVideoTracks()[0];
  const on = !track?.getSettings().torch;
  await track?.applyConstraints({ advanced: [{ torch: on }] });
  byId("torch").setAttribute("aria-pressed", String(on));
}

function setUp() {
  if (!byId("camera")) return;
  byId("camera").hidden = !navigator.mediaDevices;
  byId("open").addEventListener("click", open);
  byId("stop").addEventListener("click", close);
  byId("torch").addEventListener("click", light);
  byId("other").addEventListener("click", other);
}

setUp();
document.addEventListener("shown", () => {
  close();
  setUp();
});
window.addEventListener("pagehide", close);

// --- dropped, pasted, chosen

function take(transfer) {
  const text = transfer.getData("text/plain");
  if (transfer.files.length) {
    const chosen = new DataTransfer();
    chosen.items.add(transfer.files[0]);
    byId("picture").files = chosen.files;
    byId("check").requestSubmit();
  } else if (text) {
    check(text);
  }
}

for (const kind of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(kind, (event) => {
    event.preventDefault();
    if (!byId("drop")) return;
    byId("drop").dataset.over = String(kind === "dragover");
    if (kind === "drop") take(event.dataTransfer);
  });
}
document.addEventListener("paste", (event) => {
  if (!byId("drop")) return;
  const typing = event.target instanceof HTMLTextAreaElement;
  if (typing && !event.clipboardData.files.length) return;
  event.preventDefault();
  take(event.clipboardData);
});

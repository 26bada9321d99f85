// Reads codes: from the camera, and from what is dropped or pasted. The page's own process looks
// at each picture; what is found goes into the form, and the form is sent as if a hand had filled it in.
"use strict";

const form = document.getElementById("check");
const scan = document.getElementById("scan");
const INTERVAL = 250;
const HELP_AFTER = 5000;
const SIDE = 960;

const byId = (id) => document.getElementById(id);
const wait = (ms) => new Promise((done) => setTimeout(done, ms));

function check(text) {
  scan.value = text;
  form.requestSubmit();
}

async function read(picture) {
  const answer = await fetch(form.dataset.read, { method: "POST", body: picture });
  return answer.ok ? (await answer.json()).scan : null;
}

// --- the camera

const video = byId("video");
let stream = null;

function close() {
  for (const track of stream?.getTracks() ?? []) track.stop();
  stream = null;
  video.hidden = true;
  byId("idle").hidden = false;
  byId("open").hidden = false;
  byId("stop").hidden = true;
  byId("torch").hidden = true;
}

async function open() {
  const said = byId("camera-said");
  try {
    stream = await navigator.mediaDevices.getUserMedia({
      video: { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 1280 } },
    });
  } catch {
    said.textContent = said.dataset.blocked;
    return;
  }
  video.srcObject = stream;
  video.hidden = false;
  byId("idle").hidden = true;
  byId("open").hidden = true;
  byId("stop").hidden = false;
  said.textContent = said.dataset.say;
  await video.play();
  const torch = stream.getVideoTracks()[0].getCapabilities?.().torch;
  byId("torch").hidden = !torch;
  await look(stream, said);
}

async function look(mine, said) {
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
    if (performance.now() - started > HELP_AFTER) said.textContent = said.dataset.help;
    await wait(INTERVAL);
  }
}

byId("open").addEventListener("click", open);
byId("stop").addEventListener("click", close);
byId("torch").addEventListener("click", async () => {
  const track = stream?.getVideoTracks()[0];
  const on = !track?.getSettings().torch;
  await track?.applyConstraints({ advanced: [{ torch: on }] });
  byId("torch").setAttribute("aria-pressed", String(on));
});
window.addEventListener("pagehide", close);
byId("camera").hidden = !navigator.mediaDevices;

// --- dropped, pasted, chosen

const drop = byId("drop");

function take(transfer) {
  const text = transfer.getData("text/plain");
  if (transfer.files.length) {
    const chosen = new DataTransfer();
    chosen.items.add(transfer.files[0]);
    byId("picture").files = chosen.files;
    form.requestSubmit();
  } else if (text) {
    check(text);
  }
}

for (const kind of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(kind, (event) => {
    event.preventDefault();
    drop.dataset.over = String(kind === "dragover");
    if (kind === "drop") take(event.dataTransfer);
  });
}
document.addEventListener("paste", (event) => {
  const typing = event.target instanceof HTMLTextAreaElement;
  if (typing && !event.clipboardData.files.length) return;
  event.preventDefault();
  take(event.clipboardData);
});

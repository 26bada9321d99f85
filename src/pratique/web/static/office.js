// A photograph by the camera, put into the form as if it had been chosen.
"use strict";

const byId = (id) => document.getElementById(id);
const video = byId("video");
let stream = null;

function close() {
  for (const track of stream?.getTracks() ?? []) track.stop();
  stream = null;
  byId("viewer").hidden = true;
  byId("take").hidden = true;
  byId("open").hidden = false;
}

byId("open").addEventListener("click", async () => {
  try {
    stream = await navigator.mediaDevices.getUserMedia({
      video: { facingMode: "user", width: { ideal: 1280 }, height: { ideal: 960 } },
    });
  } catch {
    byId("taken").textContent = byId("taken").dataset.blocked;
    return;
  }
  video.srcObject = stream;
  byId("viewer").hidden = false;
  byId("open").hidden = true;
  byId("take").hidden = false;
  await video.play();
});

byId("take").addEventListener("click", async () => {
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext("2d").drawImage(video, 0, 0);
  const picture = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.92));
  const chosen = new DataTransfer();
  chosen.items.add(new File([picture], "photograph.jpg", { type: "image/jpeg" }));
  byId("photograph").files = chosen.files;
  byId("taken").textContent = byId("taken").dataset.done;
  close();
});

window.addEventListener("pagehide", close);
byId("open").hidden = !navigator.mediaDevices;

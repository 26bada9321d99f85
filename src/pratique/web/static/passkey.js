// Making and using a passkey: what the server asks goes to the browser, and its answer back. Nothing is judged here.
"use strict";

const place = document.querySelector("[data-passkey]");
const button = document.getElementById("passkey");
const trouble = document.getElementById("passkey-trouble");

const octets = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const written = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");
const listed = (keys) => (keys ?? []).map((key) => ({ ...key, id: octets(key.id) }));

async function ask(path, body) {
  const answer = await fetch(place.dataset.passkey + path, {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "content-type": "application/json" },
  });
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer.json();
}

async function made(options) {
  const publicKey = {
    ...options,
    challenge: octets(options.challenge),
    user: { ...options.user, id: octets(options.user.id) },
    excludeCredentials: listed(options.excludeCredentials),
  };
  const key = await navigator.credentials.create({ publicKey });
  return {
    id: key.id,
    rawId: written(key.rawId),
    type: key.type,
    response: {
      clientDataJSON: written(key.response.clientDataJSON),
      attestationObject: written(key.response.attestationObject),
    },
  };
}

async function shown(options) {
  const publicKey = {
    ...options,
    challenge: octets(options.challenge),
    allowCredentials: listed(options.allowCredentials),
  };
  const key = await navigator.credentials.get({ publicKey });
  const { clientDataJSON, authenticatorData, signature, userHandle } = key.response;
  return {
    id: key.id,
    rawId: written(key.rawId),
    type: key.type,
    response: {
      clientDataJSON: written(clientDataJSON),
      authenticatorData: written(authenticatorData),
      signature: written(signature),
      userHandle: userHandle ? written(userHandle) : null,
    },
  };
}

async function run() {
  trouble.hidden = true;
  button.disabled = true;
  try {
    const { ceremony, options } = await ask("/begin", {});
    const answer = place.dataset.does === "make" ? await made(options) : await shown(options);
    const label = document.getElementById("label")?.value ?? "";
    const told = await ask("/finish", { ceremony, answer, label });
    if (told.next === null) throw new Error("not taken");
    location.assign(told.next);
  } catch {
    trouble.hidden = false;
    button.disabled = false;
    button.focus();
  }
}

if (window.PublicKeyCredential) {
  button.hidden = false;
  button.addEventListener("click", run);
} else {
  document.getElementById("passkey-none").hidden = false;
}

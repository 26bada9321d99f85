// Python in a worker, with WebCrypto for the arithmetic of signatures. What WebCrypto does not know is answered "cannot
// say", which is undecided and never refused.

import { loadPyodide } from "/parts/pyodide/pyodide.mjs";

const SIZES = { 256: 32, 384: 48, 512: 64 };
const CURVES = ["P-256", "P-384", "P-521"];

let python = null;
let desk = null;
const keys = new Map();

async function fetched(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return answer;
}

async function octets(address) {
  return new Uint8Array(await (await fetched(address)).arrayBuffer());
}

async function start() {
  const setting = await (await fetched("/setting.json")).text();
  const { library, wheels, release } = JSON.parse(setting);
  const [loaded, packed, ...lists] = await Promise.all([
    loadPyodide({ indexURL: "/parts/pyodide/", packageBaseUrl: "/parts/wheels/" }),
    octets(library),
    ...release.parts.map((name) => octets(`/release/${release.number}/${name}`)),
  ]);
  python = loaded;
  await python.loadPackage(wheels, { messageCallback() {}, checkIntegrity: false });
  const place = python.runPython("import site; site.getsitepackages()[0]");
  python.unpackArchive(packed, "zip", { extractDir: place });
  const Desk = python.pyimport("pratique.web.verifier.engine").Desk;
  const files = new Map(release.parts.map((name, number) => [name, lists[number]]));
  const given = python.toPy(files);
  desk = Desk(setting, given);
  given.destroy();
}

function forms(algorithm) {
  const digest = { name: `SHA-${algorithm.slice(2)}` };
  switch (algorithm.slice(0, 2)) {
    case "ES":
      return CURVES.map((namedCurve) => [{ name: "ECDSA", namedCurve }, { name: "ECDSA", hash: digest }]);
    case "PS":
      return [[{ name: "RSA-PSS", hash: digest }, { name: "RSA-PSS", saltLength: SIZES[algorithm.slice(2)] }]];
    case "RS":
      return [[{ name: "RSASSA-PKCS1-v1_5", hash: digest }, { name: "RSASSA-PKCS1-v1_5" }]];
    default:
      return [[{ name: "Ed25519" }, { name: "Ed25519" }]];
  }
}

async function imported(spki, algorithm) {
  const name = `${algorithm} ${spki.join(",")}`;
  if (!keys.has(name)) {
    keys.set(name, null);
    for (const [form, way] of forms(algorithm)) {
      const key = await crypto.subtle.importKey("spki", spki, form, false, ["verify"]).catch(() => null);
      if (key) {
        keys.set(name, { key, way });
        break;
      }
    }
  }
  return keys.get(name);
}

async function held([spki, algorithm, signed, signature]) {
  const known = await imported(spki, algorithm);
  return known ? crypto.subtle.verify(known.way, known.key, signature, signed).catch(() => null) : null;
}

async function answer({ language, pairs, unread, large }) {
  const given = python.toPy(pairs);
  const asked = desk.begin.callKwargs(language, given, { unread, large });
  given.destroy();
  if (typeof asked === "string") return asked;
  const questions = desk.questions(asked);
  const found = await Promise.all(questions.toJs().map((each) => Promise.all(each.map(held))));
  const told = python.toPy(found);
  const page = desk.finish.callKwargs(asked, told, { large });
  for (const proxy of [questions, asked, told]) proxy.destroy();
  return page;
}

const ways = {
  start,
  ready: ({ language, pairs, large }) => desk.ready.callKwargs(language, python.toPy(pairs), { large }),
  about: ({ language, large }) => desk.about.callKwargs(language, { large }),
  answer,
};

self.addEventListener("message", async ({ data }) => {
  try {
    self.postMessage({ id: data.id, result: (await ways[data.what](data)) ?? null });
  } catch (fault) {
    self.postMessage({ id: data.id, fault: fault.name });
    console.error(data.what, fault.name); // never the message: it may quote what was shown
  }
});

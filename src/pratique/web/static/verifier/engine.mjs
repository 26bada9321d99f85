// Python in a worker, with WebCrypto for the arithmetic of signatures. What WebCrypto does not know is answered "cannot
// say", which is undecided and never refused.

import { loadPyodide } from "/parts/pyodide/pyodide.mjs";
import { answered, fetched as published } from "/static/release.mjs";

const KEPT = ["network", "/kept-release"]; // cache, and name in it
const COMPILED = "compiled"; // a cache, too
const AGAIN = 3600_000; // milliseconds: a network confirms its release every hour

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

let updates = null;

async function start() {
  const setting = await (await fetched("/setting.json")).text();
  const { library, wheels, release, network, updates: later } = JSON.parse(setting);
  const parts = release?.parts ?? [];
  const [loaded, ours, root, kept, ...lists] = await Promise.all([
    loadPyodide({ indexURL: "/parts/pyodide/", packageBaseUrl: "/parts/wheels/", convertNullToNone: true }),
    packed(library),
    network && octets(network.root),
    network && lastKept(),
    ...parts.map((name) => octets(`/release/${release.number}/${name}`)),
  ]);
  python = loaded;
  await python.loadPackage(wheels, { messageCallback() {}, checkIntegrity: false });
  python.FS.writeFile("/library.zip", ours);
  python.runPython("import sys; sys.path.insert(0, '/library.zip')");
  const Desk = python.pyimport("pratique.web.verifier.engine").Desk;
  const given = python.toPy(new Map(parts.map((name, number) => [name, lists[number]])));
  desk = Desk(setting, given, root && python.toPy(root), kept && python.toPy(kept));
  given.destroy();
  const next = network ? [library, later] : [library];
  if (network) {
    updates = { address: network.address, library: later };
    if (!desk.works) await update();
    setInterval(update, AGAIN);
  }
  setTimeout(async () => {
    desk.warm();
    if (network) await update();
    await compiled(next).catch(() => null); // no room for it: the sources do as well
  });
}

// --- what Python reads: as it came, or as this Python compiled it when this build was first here

async function packed(address) {
  const kept = await (await caches.open(COMPILED)).match(address);
  return kept ? new Uint8Array(await kept.arrayBuffer()) : octets(address);
}

async function compiled(addresses) {
  const kept = await caches.open(COMPILED);
  for (const request of await kept.keys())
    if (!addresses.includes(new URL(request.url).pathname)) await kept.delete(request);
  for (const address of addresses) {
    if (await kept.match(address)) continue;
    const sources = python.toPy(await octets(address));
    const compiling = python.pyimport("pratique.web.verifier.compiling").Compiling(sources);
    while (compiling.step()) await new Promise((done) => setTimeout(done)); // scans go first
    const made = compiling.packed();
    await kept.put(address, new Response(made.toJs()));
    for (const proxy of [made, compiling, sources]) proxy.destroy();
  }
}

// --- the network's next release: fetched and checked by Python's word, kept whole; what was kept goes on meanwhile

async function lastKept() {
  const kept = await (await caches.open(KEPT[0])).match(KEPT[1]);
  return kept ? new Uint8Array(await kept.arrayBuffer()) : null;
}

let updating = null;

function update() {
  updating ??= updated().finally(() => (updating = null));
  return updating;
}

async function updated() {
  if (updates.library) {
    python.FS.writeFile("/updates.zip", await packed(updates.library));
    python.runPython("import sys, pratique; sys.path.append('/updates.zip')\npratique.__path__.append('/updates.zip/pratique')");
    updates.library = null;
  }
  const turn = desk.updating();
  for (let wanted = turn.step(); wanted; wanted = turn.step()) {
    const [names, checks] = wanted.toJs({ dict_converter: Object.fromEntries });
    wanted.destroy();
    const files = await published(updates.address, names).catch(() => null);
    if (files === null) {
      turn.unreachable();
      break;
    }
    const answers = await answered(checks).catch(() => null); // no Ed25519 in this browser: Python reckons it
    const given = [python.toPy(files), answers && python.toPy(answers)];
    turn.give(...given);
    for (const each of given) each?.destroy();
  }
  const kept = desk.updated(turn);
  const value = kept.toJs();
  kept.destroy();
  turn.destroy();
  await (await caches.open(KEPT[0])).put(KEPT[1], new Response(value));
  self.postMessage({ told: "updated" });
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

/** The key as this browser can use it, or null; asked once for each, however many ask for it at a time. */
function known(spki, algorithm) {
  const name = `${algorithm} ${spki.join(",")}`;
  if (!keys.has(name)) keys.set(name, imported(spki, algorithm));
  return keys.get(name);
}

async function imported(spki, algorithm) {
  for (const [form, way] of forms(algorithm)) {
    const key = await crypto.subtle.importKey("spki", spki, form, false, ["verify"]).catch(() => null);
    if (key) return { key, way };
  }
  return null;
}

async function held([spki, algorithm, signed, signature]) {
  const found = await known(spki, algorithm);
  return found ? crypto.subtle.verify(found.way, found.key, signature, signed).catch(() => null) : null;
}

async function answer({ language, pairs, unread, large }) {
  const given = python.toPy(pairs);
  const asked = desk.begin.callKwargs(language, given, { unread, large });
  given.destroy();
  return finished(asked, large);
}

async function list({ language, pairs, large }) {
  const given = python.toPy(pairs);
  const asked = desk.begin_list.callKwargs(language, given, { large });
  given.destroy();
  return finished(asked, large);
}

async function finished(asked, large) {
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
  async again() {
    if (updates && !desk.works) await update();
  },
  ready: ({ language, pairs, large }) => desk.ready.callKwargs(language, python.toPy(pairs), { large }),
  about: ({ language, large }) => desk.about.callKwargs(language, { large }),
  answer,
  list,
};

self.addEventListener("message", async ({ data }) => {
  try {
    self.postMessage({ id: data.id, result: (await ways[data.what](data)) ?? null });
  } catch (fault) {
    self.postMessage({ id: data.id, fault: fault.name });
    console.error(data.what, fault.name); // never the message: it may quote what was shown
  }
});

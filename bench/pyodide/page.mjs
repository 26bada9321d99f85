// A verifier page without the page: this Python under Pyodide, each signature check answered by WebCrypto.
// Reads material.json, pratique.zip, page.py and wheels/ beside it; writes one line of JSON to standard output.

import { readFileSync, readdirSync } from "node:fs";
import { loadPyodide } from "./pyodide/pyodide.mjs";

const ALGORITHMS = {
  ES256: [{ name: "ECDSA", namedCurve: "P-256" }, { name: "ECDSA", hash: "SHA-256" }],
  PS256: [{ name: "RSA-PSS", hash: "SHA-256" }, { name: "RSA-PSS", saltLength: 32 }],
};
const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];

const started = performance.now();
const python = await loadPyodide();
const wheels = readdirSync("wheels").map((name) => `${process.cwd()}/wheels/${name}`);
await python.loadPackage(wheels, { messageCallback() {} });
python.unpackArchive(new Uint8Array(readFileSync("pratique.zip")), "zip", { extractDir: "/lib/python3.14/site-packages" });
python.runPython(readFileSync("page.py", "utf8"));
const material = readFileSync("material.json", "utf8");
const page = python.globals.get("Page")(material);
const startup = (performance.now() - started) / 1000;

const keys = new Map(); // a page imports each key once
async function answer([spki, algorithm, signed, signature]) {
  const [form, way] = ALGORITHMS[algorithm];
  const name = Buffer.from(spki).toString("base64");
  if (!keys.has(name)) keys.set(name, await crypto.subtle.importKey("spki", spki, form, false, ["verify"]));
  return crypto.subtle.verify(way, keys.get(name), signature, signed);
}

const times = { open: [], halves: [], webcrypto: [] };
async function verify(scan) {
  const start = performance.now();
  page.open(scan);
  const opened = performance.now();
  const prepared = page.begin(scan);
  const questions = page.questions(prepared);
  const asked = performance.now();
  const held = await Promise.all(questions.toJs().map(answer));
  const answered = performance.now();
  const result = JSON.parse(page.finish(prepared, python.toPy(held)));
  times.halves.push(asked - opened + (performance.now() - answered));
  times.open.push(opened - start);
  times.webcrypto.push(answered - asked);
  prepared.destroy();
  questions.destroy();
  return result;
}

const { scans, flipped } = JSON.parse(material);
const results = [];
for (const scan of scans) results.push(await verify(scan));
const milliseconds = Object.fromEntries(Object.entries(times).map(([name, values]) => [name, median(values)]));
const refused = await verify(flipped);
console.log(JSON.stringify({ startup, milliseconds, results, refused, alone: page.without_cryptography() }));

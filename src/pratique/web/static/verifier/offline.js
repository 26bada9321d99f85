// Keeps every file of one build, and answers from them whether there is a network or not. A newer build, with newer
// lists, is taken whole when it is there whole, and serves from the next start of the page on. One with an older release
// than what is kept is not taken: nobody brings withdrawn keys back by offering yesterday's lists. Nor is one that takes
// its release unsigned, where the kept one checks signatures. What a network signed is kept apart, and outlives builds.

const BUILDS = "pratique-";
const KEPT = `${BUILDS}${build}`;

async function before() {
  const kept = await caches.match("/setting.json");
  return kept ? kept.json() : {};
}

self.addEventListener("install", (event) => {
  event.waitUntil(
    (async () => {
      const old = await before();
      if (release < (old.release?.number ?? 0)) throw new Error("an older release than what is kept");
      if (old.network && !signed) throw new Error("a page that checks signatures becomes none that does not");
      const kept = await caches.open(KEPT);
      await kept.addAll(files.map((file) => new Request(file, { cache: "no-cache" })));
      await self.skipWaiting();
    })(),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys())
        if (name.startsWith(BUILDS) && name !== KEPT) await caches.delete(name);
      await self.clients.claim();
    })(),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || new URL(request.url).origin !== self.location.origin) return;
  event.respondWith(
    (async () => {
      const kept = await caches.open(KEPT);
      return (await kept.match(request, { ignoreSearch: true })) ?? fetch(request);
    })(),
  );
});

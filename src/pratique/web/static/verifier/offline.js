// Keeps every file of one build, and answers from them whether there is a network or not. A newer build, with newer
// lists, is taken whole when it is there whole, and serves from the next start of the page on. One with an older release
// than what is kept is not taken: nobody brings withdrawn keys back by offering yesterday's lists.

const KEPT = `pratique-${build}`;

async function newest() {
  const kept = await caches.match("/setting.json");
  return kept ? (await kept.json()).release.number : 0;
}

self.addEventListener("install", (event) => {
  event.waitUntil(
    (async () => {
      if (release < (await newest())) throw new Error("an older release than what is kept");
      const kept = await caches.open(KEPT);
      await kept.addAll(files.map((file) => new Request(file, { cache: "no-cache" })));
      await self.skipWaiting();
    })(),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys()) if (name !== KEPT) await caches.delete(name);
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

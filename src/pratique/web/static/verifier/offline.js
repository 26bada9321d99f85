// Keeps every file of one build, and answers from them whether there is a network or not. A newer build, with newer
// lists, is taken whole when it is there whole, and serves from the next start of the page on.

const KEPT = `pratique-${build}`;

self.addEventListener("install", (event) => {
  event.waitUntil(
    (async () => {
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

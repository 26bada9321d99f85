// Keeps the pages of the holder, so that they open without a network, and without telling anybody that they opened.
// VERSION and KEPT are written before it by `pratique.web.wallet`.

const fill = (cache) => cache.addAll(KEPT.map((path) => new Request(path, { cache: "reload" })));

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(VERSION).then(fill).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const others = async () => {
    for (const name of await caches.keys()) if (name !== VERSION) await caches.delete(name);
    await self.clients.claim();
  };
  event.waitUntil(others());
});

// a larger text is a cookie, and the kept pages are of the size that they were fetched in
const resized = async (request) => {
  const answer = await fetch(request);
  await fill(await caches.open(VERSION));
  return answer;
};

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (origin !== location.origin) return;
  if (request.method === "POST" && pathname === "/text") {
    event.respondWith(resized(request));
  } else if (request.method === "GET" && KEPT.includes(pathname)) {
    event.respondWith(caches.match(pathname).then((kept) => kept ?? fetch(request)));
  }
});

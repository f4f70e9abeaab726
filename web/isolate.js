// A service worker for hosts that send no headers of their own choosing, and for browsers without JavaScript Promise Integration
// (web/src/workshop/ability.rs registers it there and nowhere else). Such a browser runs a program in a worker that stands still while it
// waits, in memory shared with the page; and memory is shared only on a page that is isolated from other sites, by the two headers below.
// So they are put on the page "Lab" and on workers' scripts. Every other request goes its way as if this were not there, and nothing is
// kept: what was deployed last is what is shown.

const HEADERS = { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };
const lab = new URL("lab/", self.registration.scope).href;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const { destination, url } = event.request;
  if (destination === "worker" || (destination === "document" && url.startsWith(lab))) event.respondWith(isolated(event.request));
});

async function isolated(request) {
  const response = await fetch(request);
  if (response.type !== "basic" && response.type !== "default") return response; // a redirection: the page it leads to comes here too
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(HEADERS)) headers.set(name, value);
  const { status, statusText } = response;
  return new Response(response.body, { status, statusText, headers });
}

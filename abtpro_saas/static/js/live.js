// Keeps a part of the page current: an element <… data-live="stream" data-fragment="url">
// is fetched anew at each event of its stream. Where the stream fails twice it is fetched
// every few seconds instead, and the stream is tried again a minute later; a stream that
// does not open in time has failed as well. The server leaves out data-live when nothing
// more can change.

const FAILURES_ALLOWED = 2;
const OPENS_WITHIN_MS = 5_000;
const STREAM_AGAIN_MS = 60_000;
const watched = new Map();

async function refresh(id) {
  const element = document.getElementById(id);
  if (!element) return stop(id);
  const headers = { "HX-Request": "true", "HX-Request-Type": "partial" };
  const answer = await fetch(element.dataset.fragment, { headers }).catch(() => null);
  // Signed out meanwhile: the reload leads to the sign-in page.
  if (answer?.redirected || answer?.status === 401) return location.reload();
  if (!answer?.ok) return;
  const text = await answer.text();
  await htmx.swap({ sourceElement: element, target: element, text, swap: "outerMorph" });
  const fresh = document.getElementById(id);
  if (!fresh?.dataset.live) stop(id);
}

function listen(id) {
  const watch = watched.get(id);
  const element = document.getElementById(id);
  if (!watch || !element?.dataset.live) return stop(id);
  const source = new EventSource(element.dataset.live);
  watch.source = source;
  watch.opening = setTimeout(() => source.onerror(), OPENS_WITHIN_MS);
  source.onopen = () => {
    clearTimeout(watch.opening);
    watch.failures = 0;
    // What happened between the page's rendering and now was told to nobody.
    refresh(id);
  };
  source.onmessage = () => refresh(id);
  source.addEventListener("changed", () => refresh(id));
  source.onerror = () => {
    source.close();
    clearTimeout(watch.opening);
    watch.failures += 1;
    if (watch.failures >= FAILURES_ALLOWED) return poll(id);
    // Its ticket may have run out: the fragment brings a new one.
    refresh(id).then(() => watched.has(id) && listen(id));
  };
}

function poll(id) {
  const watch = watched.get(id);
  const element = document.getElementById(id);
  if (!watch || !element) return;
  const period = Number(element.dataset.poll || 5) * 1000;
  element.dataset.liveBy = "poll";
  watch.timer = setInterval(() => refresh(id), period);
  watch.again = setTimeout(() => {
    clearInterval(watch.timer);
    watch.failures = 0;
    listen(id);
  }, STREAM_AGAIN_MS);
}

function stop(id) {
  const watch = watched.get(id);
  if (!watch) return;
  watch.source?.close();
  clearTimeout(watch.opening);
  clearInterval(watch.timer);
  clearTimeout(watch.again);
  watched.delete(id);
}

function begin() {
  for (const element of document.querySelectorAll("[data-live][id]")) {
    if (watched.has(element.id)) continue;
    watched.set(element.id, { failures: 0 });
    listen(element.id);
  }
}

addEventListener("pagehide", () => [...watched.keys()].forEach(stop));
// A page restored from the browser's memory has lost its streams.
addEventListener("pageshow", begin);
document.addEventListener("htmx:after:swap", begin);
// Coming back from the bank's app: a phone may have put the stream to sleep.
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") [...watched.keys()].forEach(refresh);
});

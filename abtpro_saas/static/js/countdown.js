// Counts down to <time data-countdown="ISO instant">; the words around it are the server's.
// Time left is measured from the server's own clock, given by data-now, so that a phone
// with a wrong clock shows the right minutes.

const begun = performance.now();

function left(element) {
  const end = Date.parse(element.dataset.countdown);
  const now = Date.parse(element.dataset.now) + performance.now() - (element.begun ??= begun);
  return Math.max(0, Math.floor((end - now) / 1000));
}

function write(element) {
  const seconds = left(element);
  const two = (n) => String(n).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = two(Math.floor(seconds / 60) % 60);
  const text = (hours ? `${hours}:` : "") + `${minutes}:${two(seconds % 60)}`;
  if (element.textContent !== text) element.textContent = text;
  if (seconds === 0 && !element.ended) {
    element.ended = true;
    element.dispatchEvent(new CustomEvent("countdown:end", { bubbles: true }));
  }
}

function tick() {
  document.querySelectorAll("[data-countdown]").forEach(write);
}

// A fragment that came later carries the server's time of its own arrival.
document.addEventListener("htmx:after:swap", () => {
  for (const element of document.querySelectorAll("[data-countdown]")) {
    if (element.seen !== element.dataset.now) {
      element.seen = element.dataset.now;
      element.begun = performance.now();
    }
  }
  tick();
});
setInterval(tick, 250);
tick();

// Draws <div data-chart="address">: candles with volume, and, where the answer has them,
// trades, equity with what holding would have made, and drawdown in panes below. The
// server answers for a range with as many points as there is room for, extremes kept;
// moving and zooming ask it again. Buttons in [data-chart-ranges] choose the last so many
// days; [data-trade] shows a trade, and a mark's click leads to the trade's row.

import { Drawn, LEAST_BARS } from "./drawn.js";

const charts = new Map();

// Shows the row of a trade: loads the page of the table that it is on, if need be.
async function openTrade(row) {
  const table = document.querySelector("[data-trades]");
  if (!table) return;
  if (!document.getElementById(`trade-${row}`)) {
    const headers = { "HX-Request": "true", "HX-Request-Type": "partial" };
    const url = `${table.dataset.trades}?at=${row}`;
    const answer = await fetch(url, { headers }).catch(() => null);
    if (!answer?.ok) return;
    const text = await answer.text();
    await htmx.swap({ sourceElement: table, target: table, text, swap: "outerHTML" });
  }
  const found = document.getElementById(`trade-${row}`);
  if (!found) return;
  for (const other of document.querySelectorAll("tr.is-shown")) other.classList.remove("is-shown");
  found.classList.add("is-shown");
  found.scrollIntoView({ block: "center" });
  found.querySelector("button, a")?.focus({ preventScroll: true });
}

async function showTrade(button) {
  const drawn = charts.get(document.querySelector("[data-chart]"));
  if (!drawn?.data) return;
  await drawn.choose(button.dataset.market);
  const [start, end] = [Number(button.dataset.from), Number(button.dataset.to)];
  const room = Math.max((end - start) * 0.6, drawn.element.dataset.step * LEAST_BARS);
  drawn.reveal([start - room, end + room]);
  drawn.element.scrollIntoView({ block: "center" });
  drawn.element.focus({ preventScroll: true });
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-trade]");
  if (button) showTrade(button);
});

function begin() {
  for (const [element, drawn] of charts) {
    if (!element.isConnected) (drawn.end(), charts.delete(element));
  }
  for (const element of document.querySelectorAll("[data-chart]")) {
    if (!charts.has(element)) charts.set(element, new Drawn(element, openTrade));
  }
}

const repaint = () => charts.forEach((drawn) => drawn.repaint());
document.addEventListener("theme:change", repaint);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
document.addEventListener("htmx:after:swap", begin);
begin();

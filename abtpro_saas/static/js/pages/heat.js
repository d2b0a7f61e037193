// A heat map is moved over by arrow keys, as by a mouse: what a cell stands for is told
// below, and Enter opens a backtest with its values. Its table reads without this, too.

function told(table) {
  return document.getElementById(table.dataset.heat);
}

function show(cell) {
  const line = told(cell.closest("[data-heat]"));
  line.textContent = cell.dataset.told;
  if (!cell.dataset.url) return;
  const link = document.createElement("a");
  link.href = cell.dataset.url;
  link.textContent = line.dataset.run;
  link.tabIndex = -1;
  line.append(" ", link);
}

function enter(table) {
  if (table.dataset.ready) return;
  table.dataset.ready = "yes";
  table.setAttribute("role", "grid");
  const line = told(table);
  line.textContent = line.dataset.first;
  const first = table.querySelector(".heat-stable, .heat-best") ?? table.querySelector("td");
  if (first) first.tabIndex = 0;
}

function move(cell, across, down) {
  const row = cell.parentElement;
  const rows = [...row.parentElement.rows];
  const next = rows[rows.indexOf(row) + down]?.cells[cell.cellIndex + across];
  if (next?.matches("td")) go(cell, next);
}

function go(from, to) {
  for (const each of from.closest("table").querySelectorAll("td[tabindex='0']")) each.tabIndex = -1;
  to.tabIndex = 0;
  to.focus();
}

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

document.addEventListener("keydown", (event) => {
  const cell = event.target.closest?.("[data-heat] td");
  if (!cell) return;
  if (STEPS[event.key]) (event.preventDefault(), move(cell, ...STEPS[event.key]));
  if (event.key === "Enter" && cell.dataset.url) location.assign(cell.dataset.url);
});

document.addEventListener("focusin", (event) => {
  const cell = event.target.closest?.("[data-heat] td");
  if (cell) show(cell);
});

document.addEventListener("pointerover", (event) => {
  const cell = event.target.closest?.("[data-heat] td");
  if (cell) show(cell);
});

document.addEventListener("click", (event) => {
  const cell = event.target.closest?.("[data-heat] td");
  if (!cell) return;
  cell.tabIndex = -1;
  go(cell, cell);
});

function enterAll() {
  document.querySelectorAll("[data-heat]").forEach(enter);
}

enterAll();
document.addEventListener("htmx:after:swap", enterAll);

// Draws <div data-chart="address">: candles with volume, and, where the answer has them,
// trades, equity with what holding would have made, and drawdown in panes below. The
// server answers for a range with as many points as there is room for, extremes kept;
// moving and zooming ask it again. Buttons in [data-chart-ranges] choose the last so many
// days; [data-trade] shows a trade, and a mark's click leads to the trade's row.

const POINTS = 1_500;
const ASK_AFTER_MS = 140;
const DAY_MS = 86_400_000;
const BANGKOK_MS = 7 * 3_600_000;
const LEAST_BARS = 24;
const charts = new Map();

const language = document.documentElement.lang === "th" ? "th-TH" : "en-GB";
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

function token(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

function dates(options) {
  return new Intl.DateTimeFormat(language, { timeZone: "UTC", ...options });
}

// By the kinds of marks that the library asks for: year, month, day, time, time with seconds.
const marks = [
  dates({ year: "numeric" }),
  dates({ month: "short", year: "2-digit" }),
  dates({ day: "numeric", month: "short" }),
  dates({ hour: "2-digit", minute: "2-digit" }),
  dates({ hour: "2-digit", minute: "2-digit" }),
];
const byDay = dates({ day: "numeric", month: "short", year: "numeric" });
const byMinute = dates({ dateStyle: "medium", timeStyle: "short" });

function places(price) {
  return price >= 1000 ? 2 : price >= 1 ? 4 : 8;
}

function amount(value) {
  const digits = Math.abs(value) >= 1000 ? 2 : Math.min(places(Math.abs(value)), 6);
  return value.toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: digits });
}

class Drawn {
  constructor(element) {
    this.element = element;
    this.words = JSON.parse(element.dataset.words);
    this.readout = document.querySelector(`[data-chart-readout="${element.id}"]`);
    this.ranges = document.querySelector(`[data-chart-ranges="${element.id}"]`);
    this.note = document.querySelector(`[data-chart-note="${element.id}"]`);
    this.library = globalThis.LightweightCharts;
    this.chart = this.library.createChart(element, { autoSize: true, ...this.look() });
    this.series = {};
    this.listen();
    this.ask(this.opening()).then(() => this.showAll());
  }

  // How much of the end to begin with; without, all there is.
  opening() {
    const days = Number(this.element.dataset.opens);
    const end = Number(this.element.dataset.end);
    return days && end ? [end - days * DAY_MS, end] : [null, null];
  }

  look() {
    const quiet = token("line");
    return {
      layout: {
        background: { color: token("surface") },
        textColor: token("muted"),
        fontFamily: getComputedStyle(document.body).fontFamily,
        fontSize: 12,
        // Its own logo brings a style element, which the page's policy refuses; the page
        // names the library in a link below the chart.
        attributionLogo: false,
        panes: { separatorColor: token("line"), separatorHoverColor: token("sunken") },
      },
      grid: { vertLines: { color: quiet }, horzLines: { color: quiet } },
      rightPriceScale: { borderColor: quiet, minimumWidth: 64 },
      timeScale: {
        borderColor: quiet,
        rightOffset: 2,
        minBarSpacing: 0.2,
        timeVisible: true,
        secondsVisible: false,
        tickMarkFormatter: (time, kind) => marks[kind].format(time * 1000),
      },
      crosshair: { mode: 0 },
      localization: {
        locale: language,
        timeFormatter: (time) => (this.isDaily() ? byDay : byMinute).format(time * 1000),
      },
      handleScroll: { vertTouchDrag: false },
      // A wheel over the chart scrolls the page, unless it is held to zoom.
      handleScale: { mouseWheel: false, axisPressedMouseMove: { time: true, price: true } },
    };
  }

  colours() {
    const [good, bad, line] = [token("good"), token("bad"), token("line-strong")];
    return {
      candles: {
        upColor: good,
        downColor: bad,
        wickUpColor: good,
        wickDownColor: bad,
        borderVisible: false,
      },
      closes: { color: token("text"), lineWidth: 1 },
      volume: { color: `${line}55` },
      equity: {
        lineColor: token("accent-text"),
        topColor: `${token("accent-text")}33`,
        bottomColor: `${token("accent-text")}05`,
        lineWidth: 2,
      },
      held: { color: line, lineWidth: 1 },
      drawdown: {
        lineColor: bad,
        topColor: `${bad}05`,
        bottomColor: `${bad}40`,
        lineWidth: 1,
      },
    };
  }

  isDaily() {
    return this.data?.step >= DAY_MS;
  }

  // The library knows no time zones: it is given Bangkok's time as if it were UTC. A day's
  // candle begins at midnight in UTC, and is named by that day.
  shift() {
    return this.isDaily() ? 0 : BANGKOK_MS;
  }

  seconds(ms) {
    return (ms + this.shift()) / 1000;
  }

  listen() {
    const scale = this.chart.timeScale();
    scale.subscribeVisibleLogicalRangeChange(() => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.follow(), ASK_AFTER_MS);
    });
    this.chart.subscribeCrosshairMove((at) => this.read(at));
    this.chart.subscribeClick((at) => this.pressed(at));
    this.ranges?.addEventListener("click", (event) => this.chosen(event));
    this.element.addEventListener("keydown", (event) => this.key(event));
    this.element.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
  }

  async ask([start, end]) {
    this.asking?.abort();
    this.asking = new AbortController();
    const url = new URL(this.element.dataset.chart, location.href);
    if (start !== null) url.searchParams.set("from", Math.floor(start));
    if (end !== null) url.searchParams.set("to", Math.ceil(end));
    url.searchParams.set("points", start === null ? POINTS : POINTS * 2);
    this.element.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(url, { signal: this.asking.signal });
      if (answer.redirected || answer.status === 401) return location.reload();
      if (!answer.ok) throw new Error(answer.status);
      this.fill(await answer.json());
      this.say(this.data.too_many ? this.words.too_many.replace("#", this.data.too_many) : "");
    } catch (error) {
      if (error.name !== "AbortError") this.say(this.words.failed);
    } finally {
      this.element.removeAttribute("aria-busy");
    }
  }

  say(text) {
    if (this.note && this.note.textContent !== text) this.note.textContent = text;
  }

  fill(data) {
    const view = this.data ? this.visible() : null;
    this.data = data;
    this.times = data.time.map((ms) => this.seconds(ms));
    this.filling = true;
    this.make();
    for (const [name, series] of Object.entries(this.series)) series.setData(this.points(name));
    this.marks?.setMarkers(this.markers());
    if (view) this.show(view);
    this.filling = false;
    this.element.dataset.shown = data.time.length;
    this.read(null);
  }

  points(name) {
    const { data, times } = this;
    if (name === "candles") {
      return times.map((time, i) => ({
        time,
        open: data.open[i],
        high: data.high[i],
        low: data.low[i],
        close: data.close[i],
      }));
    }
    const column = name === "closes" ? data.close : data[name];
    return times.map((time, i) => ({ time, value: column[i] }));
  }

  make() {
    if (Object.keys(this.series).length) return;
    const { CandlestickSeries, LineSeries, AreaSeries, HistogramSeries } = this.library;
    const colours = this.colours();
    const add = (name, kind, pane, options) => {
      const quiet = { priceLineVisible: false, lastValueVisible: false };
      this.series[name] = this.chart.addSeries(
        kind, { ...quiet, ...colours[name], ...options }, pane,
      );
    };
    const digits = places(this.data.close.at(-1));
    const price = { type: "price", precision: digits, minMove: 10 ** -digits };
    if (this.data.open) {
      add("volume", HistogramSeries, 0, { priceScaleId: "volume", priceFormat: { type: "volume" } });
      this.series.volume.priceScale().applyOptions({ scaleMargins: { top: 0.82, bottom: 0 } });
      add("candles", CandlestickSeries, 0, { priceFormat: price, lastValueVisible: true });
    } else {
      add("closes", LineSeries, 0, { priceFormat: price, lastValueVisible: true });
    }
    this.marks = this.library.createSeriesMarkers(this.series.candles ?? this.series.closes, []);
    if (this.data.equity) {
      const money = { type: "custom", minMove: 0.01, formatter: (n) => compact.format(n) };
      const percent = { type: "custom", minMove: 0.01, formatter: (n) => `${n.toFixed(1)}%` };
      add("held", LineSeries, 1, { priceFormat: money });
      add("equity", AreaSeries, 1, { priceFormat: money, lastValueVisible: true });
      add("drawdown", AreaSeries, 2, { priceFormat: percent, invertFilledArea: true });
      const [top, middle, bottom] = this.chart.panes();
      top.setStretchFactor(5);
      middle.setStretchFactor(3);
      bottom.setStretchFactor(2);
    }
  }

  // Entries below the candle, exits above; the shape says which, the colour how it ended.
  markers() {
    const found = [];
    const [good, bad, plain] = [token("good"), token("bad"), token("accent-text")];
    for (const [row, side, entry, exit, won, open] of this.data.trades ?? []) {
      const long = side > 0;
      const begun = this.place(entry);
      const ended = this.place(exit);
      if (begun !== null) {
        found.push({
          id: `${row}`, time: begun, color: plain, position: long ? "belowBar" : "aboveBar",
          shape: long ? "arrowUp" : "arrowDown", size: 1,
        });
      }
      if (ended !== null && !open) {
        found.push({
          id: `${row}`, time: ended, color: won ? good : bad,
          position: long ? "aboveBar" : "belowBar", shape: won ? "circle" : "square", size: 0.7,
        });
      }
    }
    return found.sort((a, b) => a.time - b.time);
  }

  // The point that an instant is drawn in, or null if it is not drawn.
  place(ms) {
    const at = this.index(ms);
    const { time, step } = this.data;
    return at < 0 || ms >= time[at] + step + DAY_MS ? null : this.times[at];
  }

  index(ms) {
    const { time } = this.data;
    let [low, high] = [0, time.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (time[middle] <= ms) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  // What is shown, in ms; beyond what is loaded, as if it went on like that.
  visible() {
    const range = this.chart.timeScale().getVisibleLogicalRange();
    if (!range || !this.data) return null;
    const { time, step } = this.data;
    const at = (place) => {
      if (place < 0) return time[0] + place * step;
      const whole = Math.floor(place);
      if (whole >= time.length - 1) return time.at(-1) + (place - time.length + 1) * step;
      return time[whole] + (place - whole) * (time[whole + 1] - time[whole]);
    };
    return [at(range.from), at(range.to)];
  }

  show([start, end]) {
    const { time, step } = this.data;
    const at = (ms) => {
      const whole = this.index(ms);
      if (whole < 0) return (ms - time[0]) / step;
      if (whole >= time.length - 1) return time.length - 1 + (ms - time.at(-1)) / step;
      return whole + (ms - time[whole]) / (time[whole + 1] - time[whole]);
    };
    this.chart.timeScale().setVisibleLogicalRange({ from: at(start), to: at(end) });
  }

  showAll() {
    this.chart.timeScale().fitContent();
    this.element.dataset.ready = "yes";
  }

  // Asks for more where there is an end of what is loaded, or finer or coarser would do.
  follow() {
    const view = this.visible();
    if (!view || this.filling) return;
    const [start, end] = view;
    const { time, step, whole } = this.data;
    const least = this.element.dataset.step * LEAST_BARS;
    const span = Math.max(end - start, least);
    const lacksLeft = start < time[0] && time[0] > whole[0];
    const lacksRight = end > time.at(-1) + step && time.at(-1) + step < whole[1];
    const drawn = span / step;
    const tooFew = drawn < POINTS / 3 && step > this.element.dataset.step;
    const tooMany = drawn > POINTS * 2.5;
    if (lacksLeft || lacksRight || tooFew || tooMany) {
      const wider = span / 2;
      const from = Math.max(start - wider, whole[0]);
      const to = Math.min(end + wider, whole[1]);
      const asked = `${Math.floor(from / step)} ${Math.floor(to / step)} ${step}`;
      if (asked === this.asked) return;
      this.asked = asked;
      this.ask([from, to]);
    }
  }

  async chosen(event) {
    const button = event.target.closest("button");
    if (!button || !this.data) return;
    for (const each of this.ranges.querySelectorAll("button")) {
      each.setAttribute("aria-pressed", String(each === button));
    }
    const days = Number(button.dataset.days);
    const [first, last] = this.data.whole;
    await this.reveal(days ? [Math.max(last - days * DAY_MS, first), last] : [first, last]);
  }

  // Loads a range and its surroundings, and shows it.
  async reveal([start, end]) {
    const [first, last] = this.data.whole;
    const wider = (end - start) / 2;
    await this.ask([Math.max(start - wider, first), Math.min(end + wider, last)]);
    this.show([start, end]);
  }

  read(at) {
    if (!this.readout || !this.data) return;
    const hovered = at?.time === undefined ? -1 : this.times.indexOf(at.time);
    const row = hovered < 0 ? this.times.length - 1 : hovered;
    const { data, words } = this;
    const format = this.isDaily() ? byDay : byMinute;
    const parts = [[format.format(this.times[row] * 1000), ""]];
    if (data.open) {
      for (const name of ["open", "high", "low", "close"]) parts.push([words[name], amount(data[name][row])]);
      parts.push([words.volume, compact.format(data.volume[row])]);
    } else parts.push([words.close, amount(data.close[row])]);
    if (data.equity) {
      parts.push([words.equity, amount(data.equity[row])]);
      parts.push([words.held, amount(data.held[row])]);
      parts.push([words.drawdown, `${data.drawdown[row].toFixed(2)}%`]);
    }
    this.readout.replaceChildren(
      ...parts.map(([label, value]) => {
        const item = document.createElement("span");
        const figure = document.createElement("b");
        figure.textContent = value;
        item.append(label, value ? " " : "", figure);
        return item;
      }),
    );
  }

  pressed(at) {
    const marked = at.hoveredInfo?.objectId ?? at.hoveredObjectId;
    if (marked !== undefined && marked !== null) return openTrade(Number(marked));
    // A finger does not hover: take the trade that begins or ends where it has touched.
    const found = this.marks && at.time !== undefined
      ? this.markers().find((each) => each.time === at.time) : null;
    if (found) openTrade(Number(found.id));
  }

  move(part) {
    const view = this.visible();
    if (!view) return;
    const by = (view[1] - view[0]) * part;
    this.show([view[0] + by, view[1] + by]);
  }

  zoom(factor, at = 0.5) {
    const view = this.visible();
    if (!view) return;
    const span = view[1] - view[0];
    const [first, last] = this.data.whole;
    const least = this.element.dataset.step * LEAST_BARS;
    const wanted = Math.min(Math.max(span * factor, least), (last - first) * 1.05);
    const centre = view[0] + span * at;
    this.show([centre - wanted * at, centre + wanted * (1 - at)]);
  }

  key(event) {
    const does = {
      ArrowLeft: () => this.move(-0.2),
      ArrowRight: () => this.move(0.2),
      "+": () => this.zoom(0.6),
      "=": () => this.zoom(0.6),
      "-": () => this.zoom(1.6),
      Home: () => this.reveal(this.data.whole),
    }[event.key];
    if (!does || !this.data || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    does();
  }

  wheel(event) {
    if (!(event.ctrlKey || event.metaKey) && Math.abs(event.deltaX) <= Math.abs(event.deltaY)) return;
    event.preventDefault();
    const box = this.element.getBoundingClientRect();
    if (event.ctrlKey || event.metaKey) {
      this.zoom(event.deltaY > 0 ? 1.25 : 0.8, (event.clientX - box.left) / box.width);
    } else this.move(event.deltaX / box.width);
  }

  repaint() {
    this.chart.applyOptions(this.look());
    const colours = this.colours();
    for (const [name, series] of Object.entries(this.series)) series.applyOptions(colours[name]);
    if (this.data) this.marks?.setMarkers(this.markers());
  }

  end() {
    this.asking?.abort();
    clearTimeout(this.timer);
    this.chart.remove();
  }
}

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

function showTrade(button) {
  const drawn = charts.get(document.querySelector("[data-chart]"));
  if (!drawn?.data) return;
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
    if (!charts.has(element)) charts.set(element, new Drawn(element));
  }
}

const repaint = () => charts.forEach((drawn) => drawn.repaint());
document.addEventListener("theme:change", repaint);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
document.addEventListener("htmx:after:swap", begin);
begin();

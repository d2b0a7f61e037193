// One chart in its element: it asks the server for what is shown, and draws it.

import { instant, place } from "./axis.js";
import { DAY_MS, amount, byDay, byMinute, colours, compact, lengthOf, look, places, token } from "./looks.js";
import { markers } from "./marks.js";

const POINTS = 1_500;
const ASK_AFTER_MS = 140;
const BANGKOK_MS = 7 * 3_600_000;
export const LEAST_BARS = 24;

export class Drawn {
  // `openTrade` takes the row of a trade whose mark was pressed.
  constructor(element, openTrade) {
    this.openTrade = openTrade;
    this.element = element;
    this.words = JSON.parse(element.dataset.words);
    this.readout = document.querySelector(`[data-chart-readout="${element.id}"]`);
    this.ranges = document.querySelector(`[data-chart-ranges="${element.id}"]`);
    this.market = document.querySelector(`[data-chart-market="${element.id}"]`);
    this.note = document.querySelector(`[data-chart-note="${element.id}"]`);
    this.library = globalThis.LightweightCharts;
    this.chart = this.library.createChart(element, { autoSize: true, ...look(() => this.isDaily()) });
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
    this.market?.addEventListener("change", () => this.another());
    this.element.addEventListener("keydown", (event) => this.key(event));
    this.element.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
  }

  async ask([start, end]) {
    this.asking?.abort();
    this.asking = new AbortController();
    const url = new URL(this.element.dataset.chart, location.href);
    if (start !== null) url.searchParams.set("from", Math.floor(start));
    if (end !== null) url.searchParams.set("to", Math.ceil(end));
    if (this.market) url.searchParams.set("symbol", this.market.value);
    url.searchParams.set("points", start === null ? POINTS : POINTS * 2);
    this.element.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(url, { signal: this.asking.signal });
      if (answer.redirected || answer.status === 401) return location.reload();
      if (!answer.ok) throw new Error(answer.status);
      this.fill(await answer.json());
      this.say(this.notice());
    } catch (error) {
      if (error.name !== "AbortError") this.say(this.words.failed);
    } finally {
      this.element.removeAttribute("aria-busy");
    }
  }

  notice() {
    const { data, words } = this;
    const told = [];
    if (data?.too_many) told.push(words.too_many.replace("#", data.too_many));
    else if (data?.equity && !data.open) told.push(words.gone);
    if (data?.open && data.step > this.element.dataset.step) {
      told.push(words.merged.replace("#", lengthOf(data.step)));
    }
    return told.join(" ");
  }

  say(text) {
    if (this.note && this.note.textContent !== text) this.note.textContent = text;
  }

  // A range in which nothing is, such as a gap, leaves what is drawn.
  fill(data) {
    if (!data.time.length) return;
    const view = this.data ? this.visible() : null;
    this.data = data;
    this.times = data.time.map((ms) => this.seconds(ms));
    this.filling = true;
    this.make();
    for (const [name, series] of Object.entries(this.series)) series.setData(this.points(name));
    this.marks?.setMarkers(markers(this.data, this.times));
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
    return times.map((time, i) => (column[i] === null ? { time } : { time, value: column[i] }));
  }

  make() {
    if (Object.keys(this.series).length) return;
    const { CandlestickSeries, LineSeries, AreaSeries, HistogramSeries } = this.library;
    const tones = colours();
    const add = (name, kind, pane, options) => {
      const quiet = { priceLineVisible: false, lastValueVisible: false };
      this.series[name] = this.chart.addSeries(
        kind, { ...quiet, ...tones[name], ...options }, pane,
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

  // Draws the chosen market over the same time; another may have no candles any more.
  async another() {
    const view = this.visible();
    for (const series of Object.values(this.series)) this.chart.removeSeries(series);
    this.series = {};
    this.asked = null;
    await this.ask(view ?? [null, null]);
  }

  // Chooses a market by its place.
  async choose(market) {
    if (!this.market || market === undefined || this.market.value === market) return;
    this.market.value = market;
    await this.another();
  }

  // What is shown, in ms.
  visible() {
    const range = this.chart.timeScale().getVisibleLogicalRange();
    if (!range || !this.data) return null;
    return [instant(this.data, range.from), instant(this.data, range.to)];
  }

  show([start, end]) {
    const [from, to] = [place(this.data, start), place(this.data, end)];
    this.chart.timeScale().setVisibleLogicalRange({ from, to });
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
    const buttons = this.ranges.querySelectorAll("button");
    buttons.forEach((each) => each.setAttribute("aria-pressed", String(each === button)));
    const days = Number(button.dataset.days);
    const [first, last] = this.data.whole;
    await (days ? this.reveal([Math.max(last - days * DAY_MS, first), last]) : this.everything());
  }

  async everything() {
    await this.ask([null, null]);
    this.showAll();
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
    } else if (data.close[row] !== null) parts.push([words.close, amount(data.close[row])]);
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
    if (marked !== undefined && marked !== null) return this.openTrade(Number(marked));
    // A finger does not hover: take the trade that begins or ends where it has touched.
    const found = this.marks && at.time !== undefined
      ? markers(this.data, this.times).find((each) => each.time === at.time) : null;
    if (found) this.openTrade(Number(found.id));
  }

  move(part) {
    const view = this.visible();
    if (view) this.show(view.map((ms) => ms + (view[1] - view[0]) * part));
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
      Home: () => this.everything(),
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
    this.chart.applyOptions(look(() => this.isDaily()));
    const tones = colours();
    for (const [name, series] of Object.entries(this.series)) series.applyOptions(tones[name]);
    if (this.data) this.marks?.setMarkers(markers(this.data, this.times));
  }

  end() {
    this.asking?.abort();
    clearTimeout(this.timer);
    this.chart.remove();
  }
}

// How charts look and write: colours from the page's tokens, figures and dates.

export const DAY_MS = 86_400_000;

const language = document.documentElement.lang === "th" ? "th-TH" : "en-GB";
export const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

export function token(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

function dates(options) {
  return new Intl.DateTimeFormat(language, { timeZone: "UTC", ...options });
}

// A year alone: Thai would say its era before it, for which an axis has no room.
const years = dates({ year: "numeric" });

// By the kinds of marks that the library asks for: year, month, day, time, time with seconds.
const marks = [
  { format: (ms) => years.formatToParts(ms).find(({ type }) => type === "year").value },
  dates({ month: "short", year: "2-digit" }),
  dates({ day: "numeric", month: "short" }),
  dates({ hour: "2-digit", minute: "2-digit" }),
  dates({ hour: "2-digit", minute: "2-digit" }),
];
export const byDay = dates({ day: "numeric", month: "short", year: "numeric" });
export const byMinute = dates({ dateStyle: "medium", timeStyle: "short" });

export function places(price) {
  return price >= 1000 ? 2 : price >= 1 ? 4 : 8;
}

export function amount(value) {
  const digits = Math.abs(value) >= 1000 ? 2 : Math.min(places(Math.abs(value)), 6);
  return value.toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: digits });
}

// `daily` tells whether a candle is a day or more.
export function look(daily) {
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
      timeFormatter: (time) => (daily() ? byDay : byMinute).format(time * 1000),
    },
    handleScroll: { vertTouchDrag: false },
    // A wheel over the chart scrolls the page, unless it is held to zoom.
    handleScale: { mouseWheel: false, axisPressedMouseMove: { time: true, price: true } },
  };
}

export function colours() {
  const [up, down, line] = [token("up"), token("down"), token("line-strong")];
  return {
    candles: {
      upColor: up,
      downColor: down,
      wickUpColor: up,
      wickDownColor: down,
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
      lineColor: down,
      topColor: `${down}05`,
      bottomColor: `${down}40`,
      lineWidth: 1,
    },
  };
}

const UNITS = [["w", 7 * DAY_MS], ["d", DAY_MS], ["h", DAY_MS / 24], ["m", DAY_MS / 1440]];

// A length of time as time frames are named: 6h.
export function lengthOf(ms) {
  const [name, length] = UNITS.find(([, each]) => ms % each === 0) ?? UNITS.at(-1);
  return `${Math.round(ms / length)}${name}`;
}

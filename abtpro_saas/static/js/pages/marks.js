// The marks of trades: entries on one side of the candle, exits on the other. The shape says
// which is which and how it ended, and so does the colour.

import { index } from "./axis.js";
import { DAY_MS, token } from "./looks.js";

const CROWD = 60;

// The time of the point that an instant is drawn in, or null if it is not drawn.
function drawnAt(data, times, ms) {
  const at = index(data, ms);
  return at < 0 || ms >= data.time[at] + data.step + DAY_MS ? null : times[at];
}

export function markers(data, times) {
  const found = [];
  const trades = data.trades ?? [];
  const [up, down, plain] = [token("up"), token("down"), token("accent-text")];
  const size = trades.length > CROWD ? 0.4 : 1;
  for (const [row, side, entry, exit, result, open] of trades) {
    const [below, above] = side > 0 ? ["belowBar", "aboveBar"] : ["aboveBar", "belowBar"];
    const id = `${row}`;
    const begun = drawnAt(data, times, entry);
    const ended = drawnAt(data, times, exit);
    if (begun !== null) {
      const shape = side > 0 ? "arrowUp" : "arrowDown";
      found.push({ id, time: begun, color: plain, position: below, shape, size });
    }
    if (ended !== null && !open) {
      const [color, shape] = { 1: [up, "circle"], 0: [plain, "circle"], [-1]: [down, "square"] }[result];
      found.push({ id, time: ended, color, position: above, shape, size: size * 0.7 });
    }
  }
  return found.sort((a, b) => a.time - b.time);
}

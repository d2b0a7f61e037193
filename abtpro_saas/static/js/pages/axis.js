// Where an instant stands among the points of a chart, which are as far apart as they are
// drawn, whatever time lies between them.

// The last point that begins at or before an instant; -1 is before all.
export function index({ time }, ms) {
  let [low, high] = [0, time.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (time[middle] <= ms) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

// The instant of a place between points; beyond them, as if they went on like that.
export function instant({ time, step }, place) {
  if (place < 0) return time[0] + place * step;
  const whole = Math.floor(place);
  if (whole >= time.length - 1) return time.at(-1) + (place - time.length + 1) * step;
  return time[whole] + (place - whole) * (time[whole + 1] - time[whole]);
}

// The place of an instant: the opposite.
export function place(data, ms) {
  const { time, step } = data;
  const whole = index(data, ms);
  if (whole < 0) return (ms - time[0]) / step;
  if (whole >= time.length - 1) return time.length - 1 + (ms - time.at(-1)) / step;
  return whole + (ms - time[whole]) / (time[whole + 1] - time[whole]);
}

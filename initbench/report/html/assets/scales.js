// Scales: from the values of an axis to pixels, and the ticks beside it.

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/**
 * Return the scale of an axis between two pixels.
 *
 * axis: a record with its `limits`; the scale has `at(value)`, `value(pixel)`, `ticks` of values and
 * texts, and `isLog`.
 */
function makeScale(axis, from, to) {
  const isLog = axis.scale === "log";
  const warp = isLog ? Math.log10 : Number;
  const [low, high] = axis.limits.map(warp);
  const stops = axis.break_at ? breakStops(axis) : [[low, 0], [high, 1]];
  const [start, end] = axis.is_reversed ? [to, from] : [from, to];
  const at = (value) => start + (end - start) * between(stops, warp(value), 0, 1);
  const value = (pixel) => {
    const warped = between(stops, (pixel - start) / (end - start), 1, 0);
    return isLog ? 10 ** warped : warped;
  };
  const length = Math.abs(to - from);
  const ticks = (axis.ticks ?? (isLog ? logTicks(...axis.limits, length) : linearTicks(...axis.limits, length)))
    .filter(([tick]) => between(stops, warp(tick), 0, 1) >= -0.001 && between(stops, warp(tick), 0, 1) <= 1.001);
  return { at, value, ticks, isLog };
}

/** Return the values at which a broken axis changes its slope, with their shares of its length. */
function breakStops({ limits: [low, high], break_at: [left, right] }) {
  const share = 0.96 * Math.min(0.5, Math.max(0.12, (left - low) / (left - low + high - right)));
  return [[low, 0], [left, share], [right, share + 0.04], [high, 1]];
}

/** Interpolate between stops, whose column `from` is given; lines go on beyond both ends. */
function between(stops, given, from, to) {
  let index = 0;
  while (index < stops.length - 2 && given > stops[index + 1][from]) index++;
  const [first, second] = [stops[index], stops[index + 1]];
  const share = (given - first[from]) / (second[from] - first[from] || 1);
  return first[to] + share * (second[to] - first[to]);
}

function linearTicks(low, high, length) {
  const most = Math.max(2, Math.min(8, length / 55));
  const exponent = Math.floor(Math.log10((high - low) / most));
  for (const part of [1, 2, 5, 10, 20, 50]) {
    const step = part * 10 ** exponent;
    const first = Math.ceil(low / step - 1e-9);
    const count = Math.floor(high / step + 1e-9) - first + 1;
    if (count > most) continue;
    return Array.from({ length: count }, (_, index) => written((first + index) * step));
  }
  return [];
}

function logTicks(low, high, length) {
  const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const step = Math.max(1, Math.ceil((last - first) / Math.max(2, Math.min(7, length / 40))));
  const parts = last - first <= 2 ? [1, 2, 5] : [1];
  const ticks = [];
  for (let exponent = Math.ceil(first / step) * step; exponent <= last; exponent += step) {
    ticks.push(...parts.map((part) => part * 10 ** exponent).filter((tick) => tick >= low * 0.999 && tick <= high * 1.001));
  }
  return ticks.map(written);
}

/** Return a value with what is written beside an axis. */
function written(value) {
  const tick = Number(value.toPrecision(10));
  const exponent = Math.log10(Math.abs(tick));
  if (tick && Number.isInteger(exponent) && Math.abs(exponent) > 4) {
    const power = String(exponent).replace("-", "⁻").replace(/\d/g, (digit) => SUPERSCRIPTS[digit]);
    return [tick, `${tick < 0 ? "−" : ""}10${power}`];
  }
  return [tick, String(Number(tick.toPrecision(4))).replace("-", "−")];
}

// A chart: a line and a band for each scheme, zoomed by dragging or by keys.

const REACH = 1e5; // a run on its way to divergence must not flatten the rest

/**
 * Draw into an element.
 *
 * options: x, the values of the axis; lines, for each scheme null or [low, middle, high]; looks;
 * height; xLabel, yLabel; logX, logY; deep, whether all decades are shown; isHidden(place);
 * onCursor(index or null); isJoined, false where x has no order: points with bars then stand in the
 * place of lines with bands.
 * Returns {destroy, redraw, zoom}.
 */
function makeChart(target, options) {
  const { x, lines, looks, isJoined = true } = options;
  const safe = (values, log) => values.map((value) => (value === null || (log && value <= 0) ? null : value));
  const data = [x];
  const series = [{}];
  const bands = [];
  lines.forEach((quartiles, place) => {
    const [low, middle, high] = quartiles ?? [[], [], []].map(() => x.map(() => null));
    const { colour, dashes } = looks[place];
    const edge = { stroke: "transparent", width: 0, points: { show: false }, show: !options.isHidden(place) };
    if (isJoined) bands.push({ series: [series.length + 2, series.length], fill: `${colour}33` });
    const points = { show: isJoined && (x.length === 1 || Boolean(options.withPoints)), size: 7, fill: colour };
    series.push({ ...edge }, { ...edge, stroke: colour, width: isJoined ? 2 : 0, dash: dashes, points }, { ...edge });
    data.push(safe(low, options.logY), safe(middle, options.logY), safe(high, options.logY));
  });
  const axis = { stroke: () => themeColour("ink"), grid: { stroke: () => themeColour("grid"), width: 1 }, ticks: { stroke: () => themeColour("grid") } };
  const chart = new uPlot(
    {
      width: Math.max(target.clientWidth, 200),
      height: options.height,
      legend: { show: false },
      cursor: { drag: { x: true, y: false }, sync: options.sync ? { key: options.sync } : undefined, points: { size: 6 } },
      scales: {
        x: { time: false, distr: options.logX ? 3 : 1, range: isJoined ? xRange : (_, low, high) => [low - 0.5, high + 0.5] },
        y: { distr: options.logY ? 3 : 1, range: () => yRange(data, series, options) },
      },
      axes: [
        { ...axis, label: options.xLabel, labelSize: 22, ...(options.xTicks ?? {}) },
        { ...axis, label: options.yLabel, labelSize: 22, size: 56, values: (_, ticks) => ticks.map(tickText), ...(options.yTicks ?? {}) },
      ],
      series,
      bands,
      hooks: { draw: isJoined ? [] : [(plot) => drawPoints(plot, options)], setCursor: [(plot) => options.onCursor?.(plot.cursor.idx ?? null)] },
    },
    data,
    target,
  );
  const observer = new ResizeObserver(() => chart.setSize({ width: Math.max(target.clientWidth, 200), height: options.height }));
  observer.observe(target);
  return {
    destroy: () => { observer.disconnect(); chart.destroy(); },
    redraw: () => {
      chart.batch(() => lines.forEach((_, place) =>
        [1, 2, 3].forEach((edge) => chart.setSeries(3 * place + edge, { show: !options.isHidden(place) }, false))));
      chart.redraw(true, true);
    },
    zoom: (by) => zoom(chart, x, by, options.logX),
  };
}

/** Draw each scheme's values as points with bars, side by side. */
function drawPoints(plot, { x, lines, looks, isHidden }) {
  const context = plot.ctx;
  const pixel = devicePixelRatio;
  const step = Math.min(9 * pixel, plot.bbox.width / (x.length + 1) / lines.length);
  lines.forEach((quartiles, place) => {
    if (!quartiles || isHidden(place)) return;
    context.fillStyle = context.strokeStyle = looks[place].colour;
    context.lineWidth = 1.5 * pixel;
    x.forEach((value, index) => {
      const [low, middle, high] = quartiles.map((line) => line[index]);
      if (middle === null) return;
      const across = plot.valToPos(value, "x", true) + (place - (lines.length - 1) / 2) * step;
      const up = (each) => plot.valToPos(each, "y", true);
      context.beginPath();
      context.moveTo(across, up(low));
      context.lineTo(across, up(high));
      context.stroke();
      context.beginPath();
      context.arc(across, up(middle), 3.5 * pixel, 0, 2 * Math.PI);
      context.fill();
    });
  });
}

/** Leave room at both ends of an axis of one value. */
function xRange(_, low, high) {
  if (low === null) return [0, 1];
  return low === high ? [low === 0 ? -0.5 : low * 0.5, low === 0 ? 0.5 : low * 1.5] : [low, high];
}

function yRange(data, series, options) {
  let low = Infinity, high = -Infinity, start = Infinity;
  for (let index = 1; index < series.length; index++) {
    if (!series[index].show || options.isHidden(Math.floor((index - 1) / 3))) continue;
    for (const value of data[index]) {
      if (value === null) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    const first = data[index].find((value) => value !== null && value > 0);
    if (first !== undefined) start = Math.min(start, first);
  }
  if (low > high) return options.logY ? [0.1, 1] : [0, 1];
  if (options.capped && Number.isFinite(start)) high = Math.min(high, start * REACH);
  if (options.logY) return [(options.deep ? low : Math.max(low, high / REACH ** 2)) / 1.2, high * 1.2];
  const margin = 0.04 * (high - low) || 0.05;
  return [low >= 0 ? Math.max(0, low - margin) : low - margin, high + margin];
}

/** Show a part of the axis: `in`, `out`, `left`, `right`, or all. */
function zoom(chart, x, by, isLog) {
  const [warp, unwarp] = isLog ? [Math.log, Math.exp] : [Number, Number];
  const [first, last] = [warp(x[0]), warp(x[x.length - 1])];
  const [low, high] = [warp(chart.scales.x.min), warp(chart.scales.x.max)];
  const width = high - low;
  const moves = { in: [0, -width / 2], out: [-width / 2, width / 2], left: [-width / 4, -width / 4], right: [width / 4, width / 4] };
  const [left, right] = moves[by] ?? [first - low, last - high];
  const shift = Math.max(first - low - left, Math.min(0, last - high - right));
  const ends = by === "out" ? [Math.max(first, low + left), Math.min(last, high + right)] : [low + left + shift, high + right + shift];
  if (ends[1] > ends[0]) chart.setScale("x", { min: unwarp(ends[0]), max: unwarp(ends[1]) });
}

/** Write a tick without the noise of binary fractions. */
function tickText(value) {
  if (value === null) return "";
  const size = Math.abs(value);
  return size >= 1e5 || (size > 0 && size < 1e-3) ? value.toExponential(0) : String(Number(value.toPrecision(6)));
}

/** Return what lets a chart be zoomed with keys: give it to an element that can have the focus. */
function zoomKeys(charts) {
  const keys = { "+": "in", "=": "in", "-": "out", ArrowLeft: "left", ArrowRight: "right", 0: "all", Escape: "all" };
  return (event) => {
    if (!(event.key in keys) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    charts().forEach((chart) => chart.zoom(keys[event.key]));
  };
}

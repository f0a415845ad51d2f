// Figures: panels with axes, a legend, a colour bar, zoom, a slider over frames, values at a pointer.

const NO_NUMBER = "#cccccc";
const FRAME_MS = 350;
const LETTER = 6.6; // pixels that a letter of a tick takes, about
const NARROW = 210; // pixels below which a panel has no names of axes
const MAPS_HIGH = 0.7; // height of a map by its width

/**
 * Draw a figure into an element; resolves to {redraw, destroy}.
 *
 * shared: {palette, hidden, memory, onCell, chosen, isSmall}: names of hidden series, the epoch that the
 * last slider was left at, what is called when a cell of a map is chosen, the cell that is shown, and
 * whether only the panels are drawn.
 */
async function drawFigure(target, figure, shared) {
  const panels = figure.panels;
  const kinds = new Set(panels.flatMap((panel) => panel.marks.map((mark) => mark.kind)));
  await Promise.all(panels.flatMap((panel) => panel.marks.map((mark) => unpackMark(mark, figure))));
  const looks = new Map((figure.series ?? []).map((one) => [one.name, lookOf(one.look ?? 0, shared.palette)]));
  const look = (name) => looks.get(name) ?? { colour: "var(--ink)", dashes: [], marker: "o" };
  const named = (figure.series ?? []).filter((one) => panels.some((panel) => panel.marks.some((mark) => mark.series === one.name && ["line", "points", "bars"].includes(mark.kind))));
  const field = panels.flatMap((panel) => panel.marks).find((mark) => mark.kind === "field");
  const state = { zoom: null, isLog: null, frame: field ? Math.max(field.epochs.length - 1, 0) : 0 };
  if (field && shared.memory.epoch !== undefined) {
    const known = field.epochs.findIndex((epoch) => epoch >= shared.memory.epoch);
    state.frame = known < 0 ? state.frame : known;
  }
  const isHidden = (mark) => Boolean(mark.series) && shared.hidden.has(mark.series) && named.some((one) => one.name === mark.series);
  const canSwitch = kinds.has("line") && panels.every((panel) => !panel.y.break_at && panel.y.scale !== "category") && yValues(panels, () => false).every((value) => value > 0);
  const canZoom = kinds.has("line") && !shared.isSmall;
  const places = panels.map((panel) => makePlace(panel));
  const values = new Map(named.map((one) => [one.name, el("span", { class: "value" })]));
  const at = el("span", { class: "faint at" });

  function makePlace(panel) {
    const title = el("span", { class: "panel-title" }, panel.title ?? "");
    const note = el("span", { class: "faint panel-note" });
    const canvas = kinds.has("map") || kinds.has("field") ? el("canvas") : null;
    const plot = el("div", { class: "plot" }, canvas);
    return { title, note, canvas, plot, element: el("div", { class: "panel" }, panel.title || kinds.has("map") || kinds.has("field") ? el("div", { class: "panel-head" }, title, note) : null, plot) };
  }

  function redraw() {
    const widths = places.map((place) => Math.max(place.plot.clientWidth, 160)); // all read before anything is drawn
    state.width = holder.clientWidth;
    const y = state.isLog === null ? null : sharedAxis(panels, state.isLog, isHidden);
    panels.forEach((panel, index) => {
      const axes = { x: { ...panel.x, ...(state.zoom ? { limits: state.zoom, ticks: undefined, break_at: undefined } : {}) }, y: { ...panel.y, ...(y ?? {}) } };
      drawPanel({ figure, panel, place: places[index], width: widths[index], axes, look, isHidden, shared, frame: state.frame, kinds, isZoomable: canZoom });
    });
  }

  /** Write beside each label what its lines show at a place on the x axis. */
  function tell(value) {
    at.textContent = value === null ? "" : `${panels[0].x.label} ${written(Number(value.toPrecision(3)))[1]}`;
    for (const [name, span] of values) {
      const shown = value === null ? [] : panels.map((panel) => nearest(panel, name, value)).filter((each) => each !== undefined);
      span.textContent = shown.map(compact).join(" / ");
    }
  }

  function zoom(by) {
    const isLog = panels[0].x.scale === "log";
    const [warp, unwarp] = isLog ? [Math.log, Math.exp] : [Number, Number];
    const [first, last] = fullLimits(panels[0], "x").map(warp);
    const [low, high] = (state.zoom ?? fullLimits(panels[0], "x")).map(warp);
    const width = high - low;
    const ends = {
      in: [low + width / 4, high - width / 4], out: [low - width / 2, high + width / 2],
      left: [low - width / 4, high - width / 4], right: [low + width / 4, high + width / 4], all: [first, last],
    }[by];
    const moved = by === "left" ? Math.max(0, first - ends[0]) : by === "right" ? Math.min(0, last - ends[1]) : 0;
    const shown = ends.map((end) => Math.min(last, Math.max(first, end + moved)));
    state.zoom = by === "all" || (shown[0] <= first && shown[1] >= last) ? null : shown.map(unwarp);
    redraw();
  }

  const keys = { "+": "in", "=": "in", "-": "out", ArrowLeft: "left", ArrowRight: "right", 0: "all", Escape: "all" };
  const holder = el("div", {
    class: `panels ${panelsClass(figure, kinds)}`,
    ...(canZoom ? {
      tabindex: "0", role: "group", "aria-label": `${figure.title}; zoom with plus and minus`,
      keydown: (event) => {
        if (!(event.key in keys) || event.ctrlKey || event.metaKey || event.altKey) return;
        event.preventDefault();
        zoom(keys[event.key]);
      },
    } : {}),
  }, ...places.map((place) => place.element));
  if (canZoom) places.forEach((place, index) => followPointer(place, panels[index], tell, (ends) => { state.zoom = ends; redraw(); }));

  const player = field && field.epochs.length > 1 ? makePlayer(field.epochs, state, shared, redraw) : null;
  const isLogNow = panels[0].y.scale === "log";
  const controls = [
    canSwitch && !shared.isSmall ? choice("Scale of the y axis", [[false, "linear"], [true, "logarithmic"]], isLogNow, (isLog) => { state.isLog = isLog === isLogNow ? null : isLog; redraw(); }) : null,
    canZoom ? el("div", { class: "choice", role: "group", "aria-label": "Zoom" },
      el("button", { type: "button", click: () => zoom("in") }, "zoom in"),
      el("button", { type: "button", click: () => zoom("all") }, "show all")) : null,
  ].filter(Boolean);
  const rules = [...new Set(panels.flatMap((panel) => panel.marks.filter((mark) => ["rule", "span", "line"].includes(mark.kind) && mark.label && mark.along !== "y" && isInside(mark, panel)).map((mark) => mark.label)))];
  target.replaceChildren(...[
    controls.length ? el("div", { class: "controls" }, ...controls) : null,
    player?.element, holder,
    named.length && !shared.isSmall ? el("div", { class: "legend", role: "group", "aria-label": "Series: press to show or hide" },
      ...named.map((one) => legendButton(one, looks.get(one.name), panels, shared, values.get(one.name))), at) : null,
    ...markLegend(figure, panels, rules),
    panels.some((panel) => panel.cells) ? el("details", { class: "caption" }, el("summary", {}, "The numbers of the maps"), ...panels.map((panel) => numbersTable(panel, figure))) : null,
    figure.note ? el("p", { class: "faint" }, figure.note + (canZoom ? " Drag across a panel to zoom in, or press + − ← → and 0." : "")) : null,
    figure.caption ? el("details", { class: "caption" }, el("summary", {}, "Caption"), el("p", {}, figure.caption)) : null,
  ].filter(Boolean));
  const observer = new ResizeObserver(() => { if (holder.clientWidth !== state.width) redraw(); });
  observer.observe(holder);
  const listen = () => {
    target.querySelectorAll(".legend button").forEach((button, index) => button.setAttribute("aria-pressed", String(!shared.hidden.has(named[index].name))));
    redraw();
  };
  addEventListener("series", listen);
  redraw();
  return { redraw, destroy: () => { observer.disconnect(); removeEventListener("series", listen); player?.stop(); } };
}

/** Draw the axes of a panel and its marks. */
function drawPanel({ figure, panel, place, width, axes, look, isHidden, shared, frame, kinds, isZoomable }) {
  const rows = panel.marks.filter((mark) => mark.kind === "strip").length;
  const isNarrow = width < NARROW && !panel.cells;
  const x = { ...axes.x, label: isNarrow ? "" : axes.x.label, limits: axes.x.limits ?? fullLimits(panel, "x") };
  const y = { ...axes.y, label: isNarrow ? "" : axes.y.label, limits: axes.y.scale === "category" ? [rows - 0.5, -0.5] : axes.y.limits ?? fullLimits(panel, "y", isHidden), is_reversed: axes.y.scale === "category" ? false : axes.y.is_reversed };
  const named = (y.ticks ?? []).map(([, text]) => text.length);
  const hasRule = panel.marks.some((mark) => mark.kind === "rule" && mark.along === "y");
  const inner = isNarrow ? 24 : Math.min(Math.max(26, LETTER * Math.max(...(named.length ? named : [4])) + 8), 0.42 * width);
  const box = { left: inner + (y.label ? 18 : 2), right: width - (isNarrow ? 6 : 12), top: hasRule ? 20 : 8 };
  const height = plotHeight(panel, x, y, box.right - box.left, rows);
  box.bottom = box.top + height;
  const full = box.bottom + (x.label ? 40 : 22);
  const scaleX = makeScale(x, box.left, box.right);
  const scaleY = makeScale(y, box.bottom, box.top);
  const context = place.canvas ? sizedContext(place.canvas, width, full, box) : null;
  place.hover = { x: scaleX, y: scaleY, box };
  const withTitle = panel.title || figure.title;
  const found = panel.marks.find((mark) => mark.kind === "field");
  place.note.textContent = found ? found.titles?.[Math.min(frame, found.titles.length - 1)] ?? "" : place.note.textContent;
  const tell = (words) => { place.note.textContent = words.slice(withTitle.length + 2); };
  const settings = {
    x: scaleX, y: scaleY, box, look, context, frame, rows, colours: figure.colours, palette: shared.palette, axes: panel,
    hasField: Boolean(found), links: panel.cells, chosen: shared.chosen?.(), onCell: shared.onCell, tell, title: withTitle,
  };
  const drawn = { under: [], over: [] };
  for (const mark of panel.marks) {
    if (isHidden(mark)) continue;
    drawn[mark.kind === "map" || mark.kind === "field" || mark.kind === "message" || mark.points ? "over" : "under"].push(...MARKS[mark.kind](mark, settings));
  }
  const clip = { x: box.left - 6, y: box.top - 6, width: box.right - box.left + 12, height: height + 12 };
  const marks = isZoomable
    ? svg("svg", { x: box.left, y: box.top - 6, width: box.right - box.left + 6, height: height + 12, viewBox: `${box.left} ${box.top - 6} ${box.right - box.left + 6} ${height + 12}` }, svg("g", { class: "lift" }, ...drawn.under))
    : svg("g", { class: "lift" }, ...drawn.under);
  const drawing = svg("svg", {
    viewBox: `0 0 ${width} ${full}`, role: panel.cells ? "group" : "img",
    "aria-label": describePanel(panel, withTitle, place.note.textContent),
  }, ...axisElements(x, y, scaleX, scaleY, box, rows, !context), marks,
  svg("svg", { ...clip, viewBox: `${clip.x} ${clip.y} ${clip.width} ${clip.height}` }, ...drawn.over),
  svg("path", { class: "cursor", d: "" }));
  place.plot.querySelector("svg")?.remove();
  place.plot.append(drawing);
  if (kinds.has("map") && !panel.cells) place.plot.onpointermove = (event) => tellMap(event, place, panel, withTitle, tell);
}

/** Return the grid, the ticks and the names of both axes. */
function axisElements(x, y, scaleX, scaleY, box, rows, hasGrid) {
  const parts = [];
  const isCategory = y.scale === "category";
  let last = Infinity;
  const most = Math.floor((box.left - (y.label ? 26 : 8)) / LETTER);
  for (const [value, text] of [...scaleY.ticks].sort((a, b) => scaleY.at(b[0]) - scaleY.at(a[0]))) {
    const at = scaleY.at(value);
    if (!isCategory && last - at < 14) continue;
    last = at;
    const short = text.length > most + 2 ? `${text.slice(0, most)}…` : text;
    if (!isCategory && hasGrid) parts.push(svg("path", { d: `M${box.left} ${fixed(at)}H${box.right}`, class: "grid" }));
    parts.push(svg("text", { x: box.left - 6, y: at + 4, "text-anchor": "end", class: isCategory ? "row" : "tick" }, short === text ? null : svg("title", {}, text), short));
  }
  for (let row = 1; isCategory && row < rows; row++) parts.push(svg("path", { d: `M${box.left} ${fixed(scaleY.at(row - 0.5))}H${box.right}`, class: "grid" }));
  let end = -Infinity;
  for (const [value, text] of [...scaleX.ticks].sort((a, b) => scaleX.at(a[0]) - scaleX.at(b[0]))) {
    const at = scaleX.at(value);
    if (hasGrid) parts.push(svg("path", { d: `M${fixed(at)} ${box.top}V${box.bottom}`, class: "grid" }));
    const half = (LETTER * text.length) / 2;
    if (at - half < end) continue;
    end = at + half + 6;
    parts.push(svg("text", { x: at, y: box.bottom + 16, "text-anchor": "middle", class: "tick" }, text));
  }
  parts.push(svg("path", { d: `M${box.left} ${box.top}V${box.bottom}H${box.right}`, class: "axis" }));
  for (const value of x.break_at ?? []) parts.push(svg("path", { d: `M${fixed(scaleX.at(value) - 3)} ${box.bottom + 5}l6 -10`, class: "break" }));
  if (x.label) parts.push(svg("text", { x: (box.left + box.right) / 2, y: box.bottom + 34, "text-anchor": "middle", class: "name" }, x.label));
  if (y.label) parts.push(svg("text", { transform: `translate(12 ${(box.top + box.bottom) / 2}) rotate(-90)`, "text-anchor": "middle", class: "name" }, y.label));
  return parts;
}

function plotHeight(panel, x, y, width, rows) {
  const has = (kind) => panel.marks.some((mark) => mark.kind === kind);
  if (rows) return rows * Math.min(44, Math.max(26, 300 / rows));
  if (has("field")) return width * Math.min(1.2, Math.max(0.6, (y.limits[1] - y.limits[0]) / (x.limits[1] - x.limits[0])));
  if (has("bars")) return Math.min(240, Math.max(110, 20 * (y.limits[1] - y.limits[0])));
  if (has("map")) return Math.min(panel.cells ? 300 : 170, MAPS_HIGH * width);
  return Math.min(300, Math.max(190, 0.62 * width));
}

function panelsClass(figure, kinds) {
  if (kinds.has("field") || figure.columns === 4) return "small";
  if (kinds.has("map") || kinds.has("bars") || figure.columns === 3) return "medium";
  return figure.panels.length === 1 ? "single" : "large";
}

function describePanel(panel, title, note) {
  const names = [...new Set(panel.marks.map((mark) => mark.series).filter(Boolean))];
  const message = panel.marks.find((mark) => mark.kind === "message");
  const axes = [panel.y.label, panel.x.label].filter(Boolean).join(" over ");
  return [title, axes, note, message?.text, names.length && names.length <= 6 ? names.join(", ") : ""].filter(Boolean).join(": ");
}

/** Return the ends of an axis that shows all marks of a panel. */
function fullLimits(panel, name, isHidden = () => false) {
  const axis = panel[name];
  if (axis.limits) return axis.limits;
  const values = (name === "y" ? yValues([panel], isHidden) : panel.marks.flatMap((mark) => mark.x ?? mark.edges ?? mark.x_edges ?? (mark.values && mark.kind === "strip" ? mark.values : [])))
    .filter((value) => value !== null && Number.isFinite(value) && (axis.scale !== "log" || value > 0));
  return padded(values, axis.scale === "log", name === "y");
}

function padded(values, isLog, isUpright) {
  if (!values.length) return isLog ? [0.1, 10] : [0, 1];
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low === high) return isLog ? [low / 2, high * 2] : [low - 0.5, high + 0.5];
  if (isLog) return isUpright ? [low / (high / low) ** 0.04, high * (high / low) ** 0.04] : [low, high];
  const margin = isUpright ? 0.04 * (high - low) : 0;
  return [low >= 0 ? Math.max(0, low - margin) : low - margin, high + margin];
}

function yValues(panels, isHidden) {
  return panels.flatMap((panel) => panel.marks.flatMap((mark) => {
    if (isHidden(mark)) return [];
    const lines = [mark.kind === "line" || mark.kind === "points" ? mark.y : [], mark.low, mark.high, mark.kind === "rule" && mark.along !== "y" && mark.at !== undefined ? [mark.at] : []];
    return lines.flat().filter((value) => typeof value === "number");
  }));
}

/** Return the y axis that panels share when its scale is switched. */
function sharedAxis(panels, isLog, isHidden) {
  const values = yValues(panels, isHidden).filter((value) => !isLog || value > 0);
  const limits = padded(values, isLog, true);
  return { scale: isLog ? "log" : "linear", limits: isLog ? limits : [Math.min(0, limits[0]), limits[1]], ticks: undefined };
}

/** Tell whether any point of a line that lies over a map is within its axes. */
function isInside(mark, { x, y }) {
  const within = (value, limits) => !limits || (value >= limits[0] && value <= limits[1]);
  return mark.kind !== "rule" || !mark.points || mark.points.some(([across, up]) => within(across, x.limits) && within(up, y.limits));
}

function nearest(panel, name, value) {
  const line = panel.marks.find((mark) => mark.kind === "line" && mark.series === name && !mark.label);
  if (!line || !line.x.length) return undefined;
  let best = 0;
  line.x.forEach((each, index) => { if (Math.abs(each - value) < Math.abs(line.x[best] - value)) best = index; });
  return line.y[best];
}

/** Follow the pointer over a panel: tell the values there, and zoom in on a stretch that is dragged over. */
function followPointer(place, panel, tell, onZoom) {
  let from = null;
  const inside = (event) => {
    const scale = place.plot.querySelector("svg").viewBox.baseVal.width / place.plot.clientWidth;
    const { box } = place.hover;
    return Math.min(box.right, Math.max(box.left, (event.clientX - place.plot.getBoundingClientRect().left) * scale));
  };
  const mark = (d) => place.plot.querySelector(".cursor").setAttribute("d", d);
  place.plot.addEventListener("pointerdown", (event) => { if (event.pointerType !== "touch") from = inside(event); });
  place.plot.addEventListener("pointermove", (event) => {
    const [at, { x, box }] = [inside(event), place.hover];
    tell(x.value(at));
    mark(from === null ? `M${at} ${box.top}V${box.bottom}` : `M${from} ${box.top}V${box.bottom}H${at}V${box.top}Z`);
  });
  place.plot.addEventListener("pointerup", (event) => {
    if (from === null) return;
    const ends = [from, inside(event)].sort((a, b) => a - b);
    from = null;
    if (ends[1] - ends[0] > 6) onZoom(ends.map(place.hover.x.value));
  });
  place.plot.addEventListener("pointerleave", () => {
    from = null;
    tell(null);
    mark("");
  });
  place.plot.addEventListener("dblclick", () => onZoom(null));
}

function tellMap(event, place, panel, title, tell) {
  const map = panel.marks.find((mark) => mark.kind === "map");
  const rectangle = place.plot.getBoundingClientRect();
  const scale = place.plot.querySelector("svg").viewBox.baseVal.width / rectangle.width;
  const x = place.hover.x.value((event.clientX - rectangle.left) * scale);
  const y = place.hover.y.value((event.clientY - rectangle.top) * scale);
  const index = (edges, value) => edges.findIndex((edge, at) => at + 1 < edges.length && (value - edge) * (value - edges[at + 1]) <= 0);
  const [row, column] = [index(map.y_edges, y), index(map.x_edges, x)];
  tell(row < 0 || column < 0 ? `${title}: ` : `${title}: ${cellWords(map, panel, row, column)}`);
}

/** Return the buttons and the slider that move a figure through its frames. */
function makePlayer(epochs, state, shared, redraw) {
  const last = epochs.length - 1;
  const slider = el("input", { type: "range", min: 0, max: last, step: 1, "aria-label": "Epoch", input: () => { stop(); draw(); } });
  const label = el("output", { class: "epoch" });
  const play = el("button", { type: "button", "aria-pressed": "false", click: () => (timer ? stop() : start()) }, "▶ play");
  let timer = null;
  slider.value = state.frame;
  tell();
  function tell() {
    label.textContent = `epoch ${written(epochs[state.frame])[1]}`;
    slider.setAttribute("aria-valuetext", label.textContent);
  }
  function draw() {
    state.frame = Number(slider.value);
    shared.memory.epoch = state.frame === last ? undefined : epochs[state.frame];
    tell();
    redraw();
  }
  function start() {
    if (Number(slider.value) === last) slider.value = 0;
    play.textContent = "❚❚ pause";
    play.setAttribute("aria-pressed", "true");
    timer = setInterval(() => {
      if (Number(slider.value) === last) return stop();
      slider.value = Number(slider.value) + 1;
      draw();
    }, FRAME_MS);
    draw();
  }
  function stop() {
    clearInterval(timer);
    timer = null;
    play.textContent = "▶ play";
    play.setAttribute("aria-pressed", "false");
  }
  return { element: el("div", { class: "controls player" }, play, slider, label), stop };
}

/** Return the button that shows and hides a series, in all figures that have it. */
function legendButton(one, look, panels, shared, value) {
  const own = panels.flatMap((panel) => panel.marks).find((mark) => mark.series === one.name && ["line", "points", "bars"].includes(mark.kind));
  const sign = own.kind === "points" ? symbolSwatch(look) : swatch(look, own.is_marked);
  return el("button", {
    type: "button", "aria-pressed": String(!shared.hidden.has(one.name)), title: "Show or hide",
    click: () => {
      if (!shared.hidden.delete(one.name)) shared.hidden.add(one.name);
      dispatchEvent(new Event("series"));
    },
  }, sign, el("span", {}, one.name + (one.note ? ` (${one.note})` : "")), value);
}

/** Return what the colours of maps mean, and the marks that are drawn over them. */
function markLegend(figure, panels, labels) {
  const parts = [];
  const { colours } = figure;
  if (colours && colours.colours !== "grey") {
    const stops = Array.from({ length: 40 }, (_, index) => svg("rect", { x: 4 * index, y: 0, width: 4.5, height: 10, fill: rampColour(index / 39, colours) }));
    parts.push(el("span", {}, colours.label), compact(colours.low ?? 0), svg("svg", { viewBox: "0 0 160 10", class: "ramp", "aria-hidden": "true" }, ...stops), compact(colours.high), el("span", { class: "faint" }, colours.is_log ? "logarithmic scale" : ""));
  }
  const maps = panels.flatMap((panel) => panel.marks.filter((mark) => mark.kind === "map"));
  const key = (mark, text) => parts.push(el("span", { class: "key" }, svg("svg", { class: "dot", viewBox: "0 0 12 12", "aria-hidden": "true" }, ...mark), text));
  if (maps.some((map) => map.crossed)) key([svg("path", { d: "M2 2l8 8m0 -8l-8 8", class: "casing" }), svg("path", { d: "M2 2l8 8m0 -8l-8 8", class: "crossed" })], "every run diverged");
  if (maps.some((map) => map.missing)) key([svg("path", { d: hatch({ x: 0, y: 0, width: 12, height: 12 }), class: "missing" })], "no runs yet");
  const hasGap = maps.some((map) => map.bytes.some((byte, index) => byte === UNKNOWN && !(map.missing ?? []).some(([y, x]) => y * (map.x_edges.length - 1) + x === index)));
  if (hasGap && colours?.no_number) key([svg("rect", { width: 12, height: 12, fill: NO_NUMBER })], colours.no_number);
  for (const label of labels) {
    const mark = panels.flatMap((panel) => panel.marks).find((each) => each.label === label);
    if (mark.kind === "span") key([svg("rect", { y: 2, width: 12, height: 8, fill: "var(--faint)", "fill-opacity": 0.4 })], label);
    else if (mark.style === "dashed") key([svg("path", { d: "M0 6H12", class: "rule" })], label);
    else if (mark.is_marked || mark.style === "markers") key([svg("circle", { cx: 6, cy: 6, r: 4, class: "best" })], label);
    else key([...(mark.points ? [svg("path", { d: "M0 6H12", class: "casing" })] : []), svg("path", { d: "M0 6H12", class: mark.points ? "rule over" : "rule" })], label);
  }
  return parts.length ? [el("div", { class: "scale" }, ...parts)] : [];
}

/** Return the numbers of a map as a table, the largest value of the y axis on top. */
function numbersTable(panel, figure) {
  const map = panel.marks.find((mark) => mark.kind === "map");
  const name = (axis, edges, place) => axis.ticks?.find(([at]) => at > edges[place] && at < edges[place + 1])?.[1] ?? written(edges[place])[1];
  const head = [`${panel.y.label} \\ ${panel.x.label}`, ...map.x_edges.slice(1).map((_, column) => name(panel.x, map.x_edges, column))];
  const rows = map.y_edges.slice(1).map((_, row) => [name(panel.y, map.y_edges, row), ...head.slice(1).map((_, column) => compact(map.numbers ? map.numbers[row][column] : map.valueOf(map.bytes[row * (head.length - 1) + column])))]);
  return el("div", {}, el("p", {}, `${panel.title}: ${figure.colours.label}`), makeTable(`Numbers of ${panel.title}`, head, rows.reverse()));
}

function sizedContext(canvas, width, height, box) {
  const ratio = Math.min(devicePixelRatio, 2);
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.style.aspectRatio = `${width} / ${height}`;
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  context.beginPath();
  context.rect(box.left, box.top, box.right - box.left, box.bottom - box.top);
  context.clip();
  return context;
}

function lookOf(index, palette) {
  const { colours, dashes, markers } = palette;
  return { colour: colours[index % colours.length], dashes: dashes[Math.floor(index / colours.length) % dashes.length], marker: markers[index % markers.length] };
}

/** Return a short line in a series' colour and dashes. */
function swatch({ colour, dashes, marker }, isMarked = false) {
  return svg("svg", { class: "swatch", viewBox: "0 0 30 10", "aria-hidden": "true" },
    svg("path", { d: "M1 5H29", stroke: colour, "stroke-width": 3, "stroke-dasharray": dashes.map((length) => 2 * length).join(" ") || null }),
    isMarked ? symbols([[15, 5]], marker, 4, { fill: colour }) : null);
}

function symbolSwatch({ colour, marker }) {
  return svg("svg", { class: "dot", viewBox: "0 0 12 12", "aria-hidden": "true" }, symbols([[6, 6]], marker, 4.5, { fill: colour }));
}

// The trainability map: cells over two settings as colours, and a way to choose the cell shown below.

const MAP = { width: 320, height: 236, left: 64, right: 8, top: 6, bottom: 40 };
const MAP_TICKS = { x: 38, y: 14 }; // least distance of two

/** Show a map of each scheme; returns null where no two settings have one. */
function showTrainability(section, data, chosen, state, onChoice) {
  const found = data.trainability;
  section.hidden = !found;
  if (!found) return null;
  const { maps, quantities } = found;
  state.map = maps[state.map] ? state.map : 0;
  state.quantity = quantities[state.quantity] ? state.quantity : 0;
  const panels = el("div", { class: "panels maps" });
  const legend = el("div", { class: "scale" });
  const tables = el("details", {}, el("summary", {}, "The same as tables"));

  function draw() {
    const map = maps[state.map];
    const quantity = quantities[state.quantity];
    const slice = map.slices.find((each) => each.cells.flat().includes(chosen)) ?? map.slices[0];
    const shown = data.schemes.map((_, scheme) => ({ ...found, data, map, slice, quantity, scheme, chosen, withBest: state.quantity === 0 }));
    panels.replaceChildren(...shown.map((each) => makeCells(each, choose)));
    legend.replaceChildren(...mapLegend(found, quantity, slice, state.quantity === 0));
    tables.replaceChildren(tables.firstChild, ...shown.map(cellTable));
  }

  /** Show a cell below, and keep the focus where it was. */
  async function choose(cell, scheme) {
    state.mapFocus = scheme;
    await onChoice(cell);
  }

  const names = maps.map((map, index) => [String(index), `${map.y_key} over ${map.x_key}`]);
  show(
    section,
    el("p", { class: "faint" }, "A cell reaches half way to its neighbours; a diverged run counts as the worst score. Choose a cell, by mouse or with arrow keys and Enter, to see it below."),
    el("div", { class: "controls" },
      maps.length > 1 ? picker("Settings", names, String(state.map), (index) => { state.map = Number(index); draw(); }) : null,
      quantities.length > 1 ? choice("Quantity", quantities.map((each, index) => [index, each.name]), state.quantity, (index) => { state.quantity = index; draw(); }) : null),
    panels, legend, el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Tables of the maps" }, tables),
  );
  draw();
  if (state.mapFocus !== undefined) panels.children[state.mapFocus]?.querySelector("[tabindex='0']")?.focus({ preventScroll: true });
  state.mapFocus = undefined;
  return { redraw: () => {}, destroy: () => {} };
}

function makeCells(shown, choose) {
  const { data, map, slice, scheme, quantity } = shown;
  const place = { x: (share) => MAP.left + share * (MAP.width - MAP.left - MAP.right), y: (share) => MAP.height - MAP.bottom - share * (MAP.height - MAP.top - MAP.bottom) };
  const places = slice.cells.flatMap((row, y) => row.map((cell, x) => ({ cell, x, y })));
  const start = places.find((each) => each.cell === shown.chosen) ?? places[0];
  const note = el("span", { class: "faint" }, tellCell(shown, start));
  const rects = places.map((each) => cellOf(shown, each, place, each === start));
  const tell = (index) => { note.textContent = tellCell(shown, places[index]); };
  const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
  rects.forEach((rect, index) => {
    const { cell, x, y } = places[index];
    rect.addEventListener("pointerenter", () => tell(index));
    rect.addEventListener("focus", () => tell(index));
    rect.addEventListener("click", () => choose(cell, scheme));
    rect.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "Enter" || event.key === " ") { event.preventDefault(); choose(cell, scheme); }
      const [right, up] = move[event.key] ?? [0, 0];
      const next = slice.cells[y + up]?.[x + right];
      if (!move[event.key]) return;
      event.preventDefault();
      if (next === undefined) return;
      const target = (y + up) * map.x.length + x + right;
      rects.forEach((other, position) => other.setAttribute("tabindex", position === target ? "0" : "-1"));
      rects[target].focus();
    });
  });
  const frame = { x: place.x(0), y: place.y(1), width: place.x(1) - place.x(0), height: place.y(0) - place.y(1) };
  const marks = places.flatMap((each) => markOf(shown, each, place));
  const own = rects[places.findIndex((each) => each.cell === shown.chosen)];
  const around = own ? Object.fromEntries(["x", "y", "width", "height"].map((name) => [name, own.getAttribute(name)])) : null;
  const drawing = svg("svg", { viewBox: `0 0 ${MAP.width} ${MAP.height}`, class: "cells", role: "group", "aria-label": `${data.schemes[scheme].label}: ${quantity.name}, ${map.y_key} over ${map.x_key}` },
    ...rects, ...marks, ...(around ? [svg("rect", { ...around, class: "frame" }), svg("rect", { ...around, class: "frame" })] : []),
    svg("svg", { ...frame, viewBox: `${frame.x} ${frame.y} ${frame.width} ${frame.height}`, class: "over" }, ...lineOf(shown, place)),
    ...mapTicks(map, place),
    svg("text", { x: (place.x(0) + place.x(1)) / 2, y: MAP.height - 6, "text-anchor": "middle", class: "name" }, map.x_key),
    svg("text", { transform: `translate(11 ${(place.y(0) + place.y(1)) / 2}) rotate(-90)`, "text-anchor": "middle", class: "name" }, map.y_key));
  return el("figure", {}, el("figcaption", {}, swatch(data.looks[scheme]), el("strong", {}, data.schemes[scheme].label), el("br"), note), drawing);
}

/** Return the rectangle of a cell, a button that says what it shows. */
function cellOf(shown, { cell, x, y }, place, isStart) {
  const { map, quantity, scheme, missing, chosen } = shown;
  const [left, right] = [map.edges_x[x], map.edges_x[x + 1]].map(place.x);
  const [foot, top] = [map.edges_y[y], map.edges_y[y + 1]].map(place.y);
  const value = quantity.values[cell][scheme];
  const kind = missing[cell][scheme] ? "missing" : value === null ? "unknown" : "known";
  return svg("rect", {
    x: left, y: top, width: right - left, height: foot - top, class: kind,
    fill: kind === "known" ? `rgb(${rampColour(shareOf(value, quantity)).join(",")})` : null,
    role: "button", tabindex: isStart ? "0" : "-1", "aria-pressed": String(cell === chosen), "aria-label": tellCell(shown, { cell, x, y }),
  });
}

/** Return what is put on a cell: a cross where all runs diverged, a stroke where there are none. */
function markOf({ map, scheme, missing, diverged }, { cell, x, y }, place) {
  const [left, right] = [map.edges_x[x], map.edges_x[x + 1]].map(place.x);
  const [foot, top] = [map.edges_y[y], map.edges_y[y + 1]].map(place.y);
  const [across, up] = [(left + right) / 2, (foot + top) / 2];
  if (missing[cell][scheme]) return [svg("path", { d: `M${left} ${foot}L${right} ${top}`, class: "missing" })];
  if (!diverged[cell][scheme]) return [];
  const d = `M${across - 4} ${up - 4}l8 8m0 -8l-8 8`;
  return [svg("path", { d, class: "casing" }), svg("path", { d, class: "line" })];
}

function lineOf({ slice, scheme, withBest }, place) {
  const [line, best] = [slice.lines[scheme], slice.best[scheme]];
  if (!line || (best && !withBest)) return [];
  const points = line[0].map((x, index) => `${place.x(x).toFixed(1)},${place.y(line[1][index]).toFixed(1)}`).join(" ");
  const circles = best ? best[0].map((x, index) => svg("circle", { cx: place.x(x), cy: place.y(best[1][index]), r: 4.5, class: "best" })) : [];
  return [...["casing", "line"].map((name) => svg("polyline", { points, class: name })), ...circles];
}

/** Return the values beside both axes, as many as there is room for. */
function mapTicks(map, place) {
  const texts = [];
  const axes = [["x", map.x, map.edges_x, MAP_TICKS.x], ["y", map.y, map.edges_y, MAP_TICKS.y]];
  for (const [axis, values, edges, least] of axes) {
    let last = -Infinity;
    values.forEach((value, index) => {
      const at = place[axis]((edges[index] + edges[index + 1]) / 2);
      if (Math.abs(at - last) < least) return;
      last = at;
      texts.push(axis === "x"
        ? svg("text", { x: at, y: MAP.height - MAP.bottom + 14, "text-anchor": "middle" }, shortTick(value))
        : svg("text", { x: MAP.left - 4, y: at + 4, "text-anchor": "end" }, shortTick(value)));
    });
  }
  return texts;
}

function shortTick(value) {
  return tickText(Number(value.toPrecision(3)));
}

/** Return a number's share of the way from the dark to the light end of a scale. */
function shareOf(value, { low, high, log }) {
  const warp = log ? Math.log : Number;
  const share = (warp(value) - warp(low)) / (warp(high) - warp(low) || 1);
  return Math.min(1, Math.max(0, share));
}

function tellCell({ map, quantity, scheme, missing, diverged, withBest }, { cell, x, y }) {
  const value = quantity.values[cell][scheme];
  const none = withBest ? "no value" : "half of the runs never get there";
  const said = missing[cell][scheme] ? "no runs yet" : value === null ? none : compact(value);
  return `${map.y_key} ${tickText(map.y[y])}, ${map.x_key} ${tickText(map.x[x])}: ${said}${diverged[cell][scheme] ? ", all runs diverged" : ""}`;
}

/** Say what is drawn over the cells, and what they show where they show no number. */
function mapLegend(found, quantity, slice, isScore) {
  const notes = [];
  if (slice.best.some(Boolean) && isScore) notes.push("Circles: the best rate of each width. Line: that of the narrowest, kept; under the maximal update parametrization all lie on it (Yang et al. 2022).");
  else if (slice.lines.some((line, scheme) => line && !slice.best[scheme])) notes.push("Line: 6 ξc of mean-field theory, to where networks could be trained (Schoenholz et al. 2017).");
  if (found.diverged.some((each) => each?.some(Boolean))) notes.push("Cross: all runs diverged.");
  if (found.missing.some((each) => each?.some(Boolean))) notes.push("Stroke: no runs yet.");
  return [el("span", {}, quantity.name), ...scaleBar(quantity), el("span", { class: "faint" }, notes.join(" "))];
}

/** Return the numbers of a scheme's map as a table, the largest value of the upright key on top. */
function cellTable({ data, map, slice, quantity, scheme, missing }) {
  const text = (cell) => (missing[cell][scheme] ? "no runs" : compact(quantity.values[cell][scheme]));
  const rows = slice.cells.map((row, y) => el("tr", {}, el("th", { scope: "row" }, tickText(map.y[y])), ...row.map((cell) => el("td", { class: "number" }, text(cell))))).reverse();
  return el("table", {},
    el("caption", {}, `${data.schemes[scheme].label}: ${quantity.name}`),
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, `${map.y_key} \\ ${map.x_key}`), ...map.x.map((value) => el("th", { scope: "col", class: "number" }, tickText(value))))),
    el("tbody", {}, ...rows));
}

// Learning curves: loss and score beside each other, with one legend for both.

const PART_NAMES = { train: "training part", test: "test part", validation: "validation part" };

/** Show the curves of a cell. `state` keeps what was chosen from cell to cell. */
function showCurves(section, data, cell, state) {
  const { epochs, parts, measures } = cell.curves;
  if (!parts.length) return show(section, el("p", {}, "No run has finished yet."));
  state.part = parts.includes(state.part) ? state.part : parts.includes("test") ? "test" : parts[0];
  state.log ??= spans(measures[0].lines[state.part]) > 20;
  let charts = [];
  const places = measures.map((measure) => el("div", { class: "plot", role: "img", "aria-label": `${measure.name} by epoch` }));
  const values = data.schemes.map(() => el("span", { class: "value" }));
  const legend = data.schemes.map((scheme, place) => legendButton(scheme, place));
  const epoch = el("span", { class: "faint", "aria-live": "off" });

  function legendButton(scheme, place) {
    const entry = cell.inits[place];
    const note = entry.diverged ? ` (${entry.diverged} of ${entry.runs} diverged)` : entry.runs ? "" : " (no runs)";
    const button = el(
      "button",
      { type: "button", "aria-pressed": String(!state.hidden.has(place)), title: "Show or hide", click: toggle },
      swatch(data.looks[place]), el("span", {}, scheme.label + note), values[place],
    );
    function toggle() {
      if (!state.hidden.delete(place)) state.hidden.add(place);
      button.setAttribute("aria-pressed", String(!state.hidden.has(place)));
      charts.forEach((chart) => chart.redraw());
    }
    return button;
  }

  function draw() {
    charts.forEach((chart) => chart.destroy());
    charts = measures.map((measure, index) =>
      makeChart(places[index], {
        x: epochs,
        lines: measure.lines[state.part],
        looks: data.looks,
        height: 300,
        xLabel: "epoch",
        yLabel: measure.name,
        logY: index === 0 && state.log,
        capped: index === 0,
        sync: "curves",
        isHidden: (place) => state.hidden.has(place),
        onCursor: index === 0 ? tell : undefined,
      }),
    );
  }

  /** Write beside each label what its curves say at the cursor. */
  function tell(index) {
    epoch.textContent = index === null ? "" : `epoch ${tickText(epochs[index])}: ${measures.map((each) => each.name).join(" / ")}`;
    values.forEach((value, place) => {
      const shown = measures.map((measure) => measure.lines[state.part][place]?.[1][index]);
      value.textContent = index === null || shown.every((each) => each === undefined) ? "" : shown.map(compact).join(" / ");
    });
  }

  const everything = (by) => () => charts.forEach((chart) => chart.zoom(by));
  show(
    section,
    el("p", { class: "faint" }, "Line: median over seeds. Band: between the quartiles. Drag over a stretch to zoom in on it, or use + − ← → and 0 while the charts have the focus."),
    el("div", { class: "controls" },
      choice("Part of the data", parts.map((part) => [part, PART_NAMES[part]]), state.part, (part) => { state.part = part; draw(); }),
      choice("Scale of the loss", [[false, "linear loss"], [true, "logarithmic loss"]], state.log, (log) => { state.log = log; draw(); }),
      el("div", { class: "choice", role: "group", "aria-label": "Zoom" },
        el("button", { type: "button", click: everything("in") }, "zoom in"),
        el("button", { type: "button", click: everything("all") }, "show all")),
    ),
    el("div", { class: "plots", tabindex: "0", role: "group", "aria-label": "Charts; zoom with plus and minus", keydown: zoomKeys(() => charts) }, ...places),
    el("div", { class: "legend", role: "group", "aria-label": "Schemes: press to show or hide" }, ...legend, epoch),
  );
  draw();
  return { redraw: draw, destroy: () => charts.forEach((chart) => chart.destroy()) };
}

/** Return by what factor the positive numbers of some lines differ. */
function spans(lines) {
  const values = lines.filter(Boolean).flatMap((line) => line[1]).filter((value) => value !== null && value > 0);
  return values.length ? Math.max(...values) / Math.min(...values) : 1;
}

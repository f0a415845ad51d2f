// Before training: the signal and the gradient in every layer, measured and as theory expects them.

/** Show the start of a cell; returns null where it was not measured. */
function showStart(section, data, cell) {
  const start = data.starts.find((each) => each.cells.includes(cell));
  section.hidden = !start;
  if (!start) return null;
  let charts = [];
  const places = start.panels.map((panel) => el("div", { class: "plot", role: "img", "aria-label": `${panel.name} by layer` }));
  const measured = data.looks.map((look) => ({ ...look, dashes: [] }));
  const expected = data.looks.map((look) => ({ ...look, dashes: [5, 4] }));

  function draw() {
    charts.forEach((chart) => chart.destroy());
    charts = start.panels.map((panel, index) => {
      const lines = panel.measured.map((line) => line && [line, line, line]);
      const forecasts = panel.expected.map((line) => line && (start.bands ? line : [line[1], line[1], line[1]]));
      return makeChart(places[index], {
        x: start.layers, lines: [...lines, ...forecasts], height: 280, logY: true,
        looks: [...measured.slice(0, lines.length), ...expected.slice(0, lines.length)],
        deep: true, yTicks: { splits: decades },
        xLabel: "layer", yLabel: `${panel.name}, RMS`, isHidden: () => false, sync: "starts",
      });
    });
  }

  show(
    section,
    el("p", { class: "faint" }, start.reading),
    el("ul", {}, ...start.verdicts.flatMap((verdict, place) => (verdict ? [el("li", {}, swatch(measured[place]), el("strong", {}, data.schemes[place].label), `: ${verdict}.`)] : []))),
    el("p", { class: "faint" }, "Solid: measured, median over seeds. Dashed: theory" + (start.bands ? ", with the band of 95 % of networks." : ".") + " Zoom with + − ← → and 0."),
    el("div", { class: "plots", tabindex: "0", role: "group", "aria-label": "Charts of layers; zoom with plus and minus", keydown: zoomKeys(() => charts) }, ...places),
    el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Table of starts" },
      el("table", {},
        el("thead", {}, el("tr", {}, ...start.headings.map((name, index) => el("th", { scope: "col", class: index ? "number" : null }, name)))),
        el("tbody", {}, ...start.rows.map(({ scheme, cells }) => el("tr", {},
          el("th", { scope: "row" }, el("span", { class: "scheme" }, swatch(measured[scheme]), data.schemes[scheme].label)),
          ...cells.map((text) => el("td", { class: "number" }, text))))))),
  );
  draw();
  return { redraw: draw, destroy: () => charts.forEach((chart) => chart.destroy()) };
}

/** Return at most eight powers of ten between the ends of a scale. */
function decades(_plot, _axis, low, high) {
  const [first, last] = [Math.ceil(Math.log10(low)), Math.floor(Math.log10(high))];
  const step = Math.max(1, Math.ceil((last - first) / 7));
  return Array.from({ length: Math.max(0, Math.floor((last - first) / step) + 1) }, (_, index) => 10 ** (first + index * step));
}

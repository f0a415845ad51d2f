// The sweep: which of its points the page shows, and the score over one of its settings.

/** Show a list of cells to choose from, where there are several. */
function showCellChooser(section, data, chosen, onChoice) {
  section.hidden = data.cells.length < 2;
  if (section.hidden) return;
  const options = data.cells.map((cell, index) => [String(index), cell.title || `cell ${index}`]);
  show(section, picker("Point of the sweep", options, String(chosen), (index) => onChoice(Number(index))),
    el("span", { class: "faint" }, ` ${data.cells.length} points; all below but the sweep is of this one`));
}

/** Show each scheme's score over a setting, the others as in the chosen cell. */
function showSweep(section, data, chosen, state) {
  const settings = data.cells[chosen].settings;
  const values = (path) => new Set(data.cells.map((cell) => cell.settings[path])).size;
  const paths = Object.keys(settings).filter((path) => values(path) > 1).sort((a, b) => values(b) - values(a));
  section.hidden = !paths.length;
  if (!paths.length) return null;
  state.path = paths.includes(state.path) ? state.path : paths[0];
  const place = el("div", { class: "plot", role: "img" });
  let chart = null;

  function draw() {
    chart?.destroy();
    const cells = data.cells.filter((cell) => paths.every((path) => path === state.path || cell.settings[path] === settings[path]));
    const swept = cells.map((cell) => cell.settings[state.path]);
    const isNumeric = swept.every((value) => typeof value === "number");
    const order = cells.map((_, index) => index).sort((a, b) => (isNumeric ? swept[a] - swept[b] : a - b));
    const x = order.map((index, position) => (isNumeric ? swept[index] : position));
    const logX = isNumeric && x.every((value) => value > 0) && x[x.length - 1] / x[0] >= 10;
    const line = (_, scheme) => [0, null, 1].map((end) => order.map((index) => {
      const entry = cells[index].inits[scheme];
      return end === null ? entry.mean : entry.ci95?.[end] ?? entry.mean;
    }));
    const named = { splits: () => x, values: () => order.map((index) => tickOf(swept[index])) };
    place.setAttribute("aria-label", `test ${cells[0].score} over ${state.path}`);
    chart = makeChart(place, {
      x, lines: data.schemes.map(line), looks: data.looks, height: 280, logX, withPoints: true,
      xLabel: state.path, yLabel: `test ${cells[0].score}`, xTicks: x.length <= 12 ? named : {}, isJoined: isNumeric, isHidden: () => false,
    });
  }

  show(
    section,
    el("p", { class: "faint" }, "Point: mean over seeds. Band or bar: its 95 % interval. Diverged runs have no score and enter neither. Zoom with + − ← → and 0."),
    paths.length > 1 ? el("div", { class: "controls" }, picker("Setting", paths.map((path) => [path, path]), state.path, (path) => { state.path = path; draw(); })) : null,
    el("div", { tabindex: "0", role: "group", "aria-label": "Chart; zoom with plus and minus", keydown: zoomKeys(() => [chart]) }, place),
    el("div", { class: "legend" }, ...data.schemes.map((scheme, index) => el("span", { class: "class" }, swatch(data.looks[index]), scheme.label))),
  );
  draw();
  return { redraw: draw, destroy: () => chart.destroy() };
}

function tickOf(value) {
  return typeof value === "number" ? tickText(value) : String(value);
}

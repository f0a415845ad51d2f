// The page: reads its data, and shows a cell at a time.

const data = JSON.parse(document.getElementById("data").textContent);
const section = (name) => document.getElementById(name);
const state = { cell: 0, hidden: new Set() };
let views = [];

async function showCell(index) {
  views.forEach((view) => view?.destroy());
  state.cell = index;
  const cell = data.cells[index];
  showFindings(section("findings"), cell);
  showLeaderboard(section("leaderboard"), data, cell);
  const drawn = [
    showSweep(section("sweep"), data, index, state),
    showTrainability(section("trainability"), data, index, state, chooseCell),
    showCurves(section("curves"), data, cell, state),
    showStart(section("starts"), data, index),
  ];
  views = [...drawn, ...(await Promise.all([
    showBoundaries(section("boundaries"), data, cell, state),
    showHeatmaps(section("heatmaps"), data, cell, state),
  ]))];
}

/** Show a cell that was chosen elsewhere than in the list of cells, and in the list too. */
function chooseCell(index) {
  showCellChooser(section("cell"), data, index, showCell);
  return showCell(index);
}

function setTheme() {
  document.documentElement.dataset.theme = section("theme").value;
  views.forEach((view) => view?.redraw());
}

showHead(data);
showCellChooser(section("cell"), data, state.cell, showCell);
showClaims(section("claims"), data.claims);
showSchemes(section("schemes"), data);
showAgain(section("again"), data);
section("theme").addEventListener("change", setTheme);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", setTheme);
addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((each) => { each.open = true; }));
await showCell(0);
performance.mark("ready");
document.documentElement.dataset.ready = "true";

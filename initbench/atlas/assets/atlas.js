// The page of the atlas: selectors, a map of the leading schemes, a ranking, and the measurements.

const data = JSON.parse(document.getElementById("data").textContent);
const FACTORS = ["activation", "depth", "structure", "optimizer", "dataset"];
const NAMES = { activation: "Activation", depth: "Hidden layers", structure: "Structure", optimizer: "Optimizer", dataset: "Data set" };
const ANY = "";
const chosen = Object.fromEntries(FACTORS.map((name) => [name, ANY]));
const places = Object.fromEntries(["settings", "map", "ranking", "evidence"].map((name) => [name, el("section", { id: name })]));

/** Return the level of a factor in a cell; residual networks of an even depth have one more layer. */
function level(cell, name) {
  if (name !== "depth") return cell[name];
  return data.depths.reduce((best, depth) => (Math.abs(depth - cell.depth) < Math.abs(best - cell.depth) ? depth : best));
}

/** Return the cells that match the chosen levels, apart from some factors. */
function matching(...except) {
  return data.cells.filter((cell) => FACTORS.every((name) => except.includes(name) || chosen[name] === ANY || String(level(cell, name)) === chosen[name]));
}

function levels(name) {
  const found = [...new Set(data.cells.map((cell) => level(cell, name)))];
  return typeof found[0] === "number" ? found.sort((a, b) => a - b) : found.sort();
}

function within(scheme) {
  return scheme.regret <= data.margin && scheme.verdict !== "fails";
}

function drawSettings() {
  places.settings.replaceChildren(
    el("h2", {}, "Kind of network"),
    el("div", { class: "controls" },
      ...FACTORS.map((name) => picker(NAMES[name], [[ANY, "any"], ...levels(name).map((each) => [String(each), String(each)])], chosen[name], (value) => choose({ [name]: value }))),
      el("button", { type: "button", click: () => choose(Object.fromEntries(FACTORS.map((name) => [name, ANY]))) }, "Show all")));
}

function choose(levels) {
  Object.assign(chosen, levels);
  drawSettings();
  drawMap();
  drawRanking();
  drawEvidence();
}

function field(activation, depth) {
  const cells = matching("activation", "depth").filter((cell) => cell.activation === activation && level(cell, "depth") === depth);
  if (!cells.length) return el("span", { class: "faint" }, "–");
  const share = cells.reduce((sum, cell) => sum + cell.schemes.filter(within).length / cell.schemes.length, 0) / cells.length;
  const isChosen = chosen.activation === activation && chosen.depth === String(depth);
  const button = el("button", {
    type: "button",
    "aria-pressed": String(isChosen),
    title: `${Math.round(100 * share)} % of schemes within ${data.margin} of the best`,
    click: () => choose(isChosen ? { activation: ANY, depth: ANY } : { activation, depth: String(depth) }),
  }, ...cells.slice(0, 3).map((cell) => el("div", {}, cell.schemes[0].verdict === "leader" ? cell.schemes[0].scheme : "none learns")));
  button.style.setProperty("--share", share);
  return button;
}

function drawMap() {
  const depths = data.depths;
  const table = makeTable("Leading scheme by activation and depth", ["", ...depths.map((depth) => `${depth} layer${depth === 1 ? "" : "s"}`)],
    levels("activation").map((activation) => [activation, ...depths.map((depth) => field(activation, depth))]));
  table.classList.add("map");
  places.map.replaceChildren(
    el("h2", {}, "Map"),
    el("p", { class: "faint" }, `The leading scheme of each measured network; darker: more schemes end within ${data.margin} of it, so that the choice matters less. A dash: not measured. Select a field to see its measurements.`),
    table);
}

function drawRanking() {
  const cells = matching().filter((cell) => !cell.held_out && cell.schemes[0].verdict === "leader");
  const schemes = new Map();
  for (const cell of cells) {
    for (const scheme of cell.schemes) {
      const own = schemes.get(scheme.scheme) ?? { cells: 0, sum: 0, within: 0, fails: 0, worst: 0 };
      own.cells += 1;
      own.sum += scheme.regret;
      own.within += within(scheme);
      own.fails += scheme.verdict === "fails";
      own.worst = Math.max(own.worst, scheme.regret);
      schemes.set(scheme.scheme, own);
    }
  }
  const isRare = (own) => 2 * own.cells < cells.length;
  const rows = [...schemes].sort(([, a], [, b]) => isRare(a) - isRare(b) || a.sum / a.cells - b.sum / b.cells);
  places.ranking.replaceChildren(
    el("h2", {}, "Ranking"),
    el("p", { class: "faint" }, cells.length
      ? `Over ${cells.length} measured network${cells.length === 1 ? "" : "s"}: how much is lost on average by always using a scheme (its regret). Schemes that are measured in less than half of them come last, since they were compared on those alone.`
      : "No measured network matches; choose “any” for some factor."),
    rows.length ? makeTable("Ranking", ["Scheme", "Mean regret", "", "Worst regret", "Within the margin", "Fails"], rows.map(([name, own]) => {
      const mean = own.sum / own.cells;
      const bar = el("span", {});
      bar.style.setProperty("width", `${Math.min(100, 100 * mean)}%`);
      return [name, compact(mean), el("span", { class: "track" }, bar), compact(own.worst), `${own.within} of ${own.cells}`, own.fails ? String(own.fails) : "–"];
    })) : null);
}

function drawEvidence() {
  const cells = matching();
  places.evidence.replaceChildren(
    el("h2", {}, "Measurements"),
    el("p", { class: "faint" }, `Equivalent: the 95 % interval of the difference to the leader lies within ${data.margin}. Worse: the difference is larger, and significant after Holm's correction. Undecided: five seeds do not tell. The band holds the rates with at least 95 % of the best validation score's way from the baseline.`),
    ...cells.map((cell) => evidence(cell, cells.length === 1)));
}

function evidence(cell, isOpen) {
  const box = el("details", isOpen ? { open: "" } : {}, el("summary", {}, `${cell.network}${cell.held_out ? " (held out)" : ""}`));
  const fill = () => {
    if (box.children.length > 1) return;
    box.append(makeTable(cell.network, ["Scheme", cell.score, "Behind by", "95 % interval", "Verdict", "Rate", "Band", "At the default rate", "Why it fails"],
      cell.schemes.map((each) => [
        each.scheme,
        compact(each.mean),
        compact(each.regret),
        `${compact(each.interval[0])} to ${compact(each.interval[1])}`,
        el("span", { class: each.verdict }, each.verdict),
        String(each.rate),
        each.failure ? "–" : `${each.band[0]} to ${each.band[1]}`,
        compact(each.default_mean),
        each.failure || "–",
      ])),
      el("p", { class: "faint" }, `Baseline: ${compact(cell.baseline)}. Run it: initbench run configs/atlas/${cell.cell}.yaml`));
  };
  box.addEventListener("toggle", fill);
  if (isOpen) fill();
  return box;
}

document.getElementById("theme").addEventListener("change", (event) => { document.documentElement.dataset.theme = event.target.value; });
document.getElementById("content").append(...Object.values(places));
choose({});
document.documentElement.dataset.ready = "true";

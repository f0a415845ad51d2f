// The leaderboard: a row a scheme, sorted by whatever column is asked for.

/** Show the table of a cell. */
function showLeaderboard(section, data, cell) {
  const columns = [...cell.headings, `test ${cell.score}, seed by seed`];
  const rows = cell.ranking.map((scheme, rank) => ({ rank, scheme, texts: cell.rows[rank] }));
  const scale = stripScale(cell);
  const body = el("tbody", {}, ...rows.map((row) => rowOf(row, data, cell, scale)));
  const heads = columns.map((name, index) =>
    el("th", { scope: "col", "aria-sort": "none", class: index && index < cell.headings.length ? "number" : null },
      index === cell.headings.length
        ? name
        : el("button", { type: "button", click: () => sort(index) }, name)),
  );
  function sort(index) {
    const isUp = heads[index].getAttribute("aria-sort") === "ascending";
    heads.forEach((head) => head.setAttribute("aria-sort", "none"));
    heads[index].setAttribute("aria-sort", isUp ? "descending" : "ascending");
    const order = [...rows].sort((a, b) => compare(a, b, index, isUp ? -1 : 1));
    body.replaceChildren(...order.map((row) => row.element));
  }
  const grouped = cell.inits.some((each) => each.group);
  show(
    section,
    el("p", { class: "faint" }, `Best first; ${data.legend}. Press a heading to sort by it.`),
    el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Table of schemes" },
      el("table", {}, el("thead", {}, el("tr", {}, ...heads)), body)),
    grouped ? el("p", { class: "faint" }, "Schemes that share a letter are not told apart by these data.") : null,
  );
}

function rowOf(row, data, cell, scale) {
  const [label, ...texts] = row.texts;
  const entry = cell.inits[row.scheme];
  row.element = el(
    "tr", {},
    el("th", { scope: "row" }, el("span", { class: "scheme" }, swatch(data.looks[row.scheme]), label), entry.group ? el("sup", { title: "letters of ties" }, entry.group) : null),
    ...texts.map((text) => el("td", { class: "number" }, text)),
    el("td", {}, strip(entry, scale, data.looks[row.scheme], cell.score)),
  );
  return row.element;
}

/** Compare two rows by a column: numbers by size, and those without one last. */
function compare(a, b, index, sign) {
  const [left, right] = [a, b].map((row) => row.texts[index]);
  if (index === 0) return sign * left.localeCompare(right);
  const [first, second] = [left, right].map(parseFloat);
  if (Number.isNaN(first) || Number.isNaN(second)) return Number.isNaN(first) - Number.isNaN(second) || a.rank - b.rank;
  return sign * (first - second) || a.rank - b.rank;
}

/** Return the ends of the strips: from what is lowest to what is highest. */
function stripScale(cell) {
  const values = cell.inits.flatMap((each) => [...each.values, ...(each.ci95 ?? [])]).filter((value) => value !== null);
  const low = Math.max(Math.min(cell.chance, ...values), -1);
  const high = Math.max(1, ...values.filter((value) => value <= 1));
  return (value) => 4 + (152 * (Math.max(value, low) - low)) / (high - low || 1);
}

/** Draw a scheme's seeds as points, its mean as a diamond and the interval of that as a line. */
function strip(entry, scale, look, score) {
  const known = entry.values.filter((value) => value !== null);
  const text = known.length
    ? `${score} from ${compact(Math.min(...known))} to ${compact(Math.max(...known))}, mean ${compact(entry.mean)}`
    : "no value";
  const points = known.map((value) => svg("circle", { cx: scale(value), cy: 7, r: 3, fill: look.colour, "fill-opacity": 0.55 }));
  const marks = [];
  if (entry.ci95) marks.push(svg("line", { x1: scale(entry.ci95[0]), x2: scale(entry.ci95[1]), y1: 16, y2: 16, class: "interval" }));
  if (entry.mean !== null) {
    const x = scale(entry.mean);
    marks.push(svg("path", { d: `M${x - 3} 16 L${x} 12.5 L${x + 3} 16 L${x} 19.5 Z`, class: "mean" }));
  }
  return svg("svg", { class: "strip", viewBox: "0 0 160 22", role: "img", "aria-label": text },
    svg("title", {}, text), svg("line", { x1: 4, x2: 156, y1: 21, y2: 21, class: "base" }), ...points, ...marks);
}

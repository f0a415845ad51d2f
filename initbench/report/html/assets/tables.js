// Tables: the results of a cell, sorted by any column; untrained networks; the trials of a tuning.

/** Return the table of results, a row for each scheme, the best first. */
function resultsTable(data, side, cell) {
  const rows = cell.ranking.map((scheme, rank) => {
    const [label, ...texts] = cell.rows[rank];
    return { rank, texts: [label, ...texts], element: el("tr", {}, el("th", { scope: "row" }, el("span", { class: "scheme" }, schemeSwatch(data, side, scheme), label)), ...texts.map((text) => el("td", { class: "number" }, text))) };
  });
  const body = el("tbody", {}, ...rows.map((row) => row.element));
  const heads = cell.headings.map((name, index) =>
    el("th", { scope: "col", "aria-sort": "none", class: index ? "number" : null }, el("button", { type: "button", click: () => sort(index) }, name)));
  function sort(index) {
    const isUp = heads[index].getAttribute("aria-sort") === "ascending";
    heads.forEach((head) => head.setAttribute("aria-sort", "none"));
    heads[index].setAttribute("aria-sort", isUp ? "descending" : "ascending");
    body.replaceChildren(...[...rows].sort((a, b) => compareRows(a, b, index, isUp ? -1 : 1)).map((row) => row.element));
  }
  return [
    cell.title ? el("p", { class: "of-cell" }, cell.title) : null,
    el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Table of results" }, el("table", {}, el("thead", {}, el("tr", {}, ...heads)), body)),
    el("p", { class: "faint" }, `The best scheme is first. Numbers: ${data.legend}. ${rows.some((row) => row.texts.includes("–")) ? `${data.dash} ` : ""}${cell.hasGroups ? `Schemes with the same letter do not differ significantly after Holm's correction, by ${side.test}. ` : ""}Press a heading to sort by it.`),
  ];
}

/** Compare two rows by a column: numbers by size, and those without one last. */
function compareRows(a, b, index, sign) {
  const [left, right] = [a, b].map((row) => row.texts[index]);
  const [first, second] = [left, right].map(parseFloat);
  if (index === 0 || (Number.isNaN(first) && Number.isNaN(second))) return sign * left.localeCompare(right) || a.rank - b.rank;
  if (Number.isNaN(first) || Number.isNaN(second)) return Number.isNaN(first) - Number.isNaN(second);
  return sign * (first - second) || a.rank - b.rank;
}

/** Return the tables of untrained networks of a cell; null where they were not measured. */
function untrainedTable(data, side, index) {
  const tables = side.untrained.filter((each) => each.cells.includes(index));
  if (!tables.length) return null;
  return el("div", {}, ...tables.flatMap((table) => [el("p", { class: "faint" }, table.reading), makeTable(table.name, table.headings, table.rows)]));
}

/** Return the score of each scheme at its own best value; null where nothing was tuned. */
function tunedTable({ tuned }) {
  if (!tuned) return null;
  return el("div", {}, makeTable("Table of tuned results", tuned.headings, tuned.rows),
    el("p", { class: "faint" }, `Test score and the value of ${tuned.key} that was best on the validation part.${tuned.note ? ` ${tuned.note}` : ""}`));
}

/** Return the scores of all trials; null where nothing was tuned. */
function trialsTable({ trials }) {
  if (!trials) return null;
  return el("div", {},
    el("p", { class: "faint" }, `Mean validation score at each value of ${trials.key}; “best” is the value that each scheme is reported with. Trials enter no result above.${trials.note ? ` ${trials.note}` : ""}`),
    makeTable("Table of trials", trials.headings, trials.rows));
}

function schemeSwatch(data, side, scheme) {
  return swatch(lookOf(side.schemes[scheme].look, data.palette));
}

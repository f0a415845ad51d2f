// Texts: conclusions, reasons, claims, schemes with their sources, and how to reproduce the results.

function findingsTexts(side, cell) {
  const schemes = side.schemes.length === 1 ? "One scheme" : `${side.schemes.length} schemes`;
  const runs = side.runs === side.asked ? `${side.runs} runs` : `${side.runs} of ${side.asked} runs`;
  const settings = side.settings ? `, ${side.settings}` : "";
  return [
    el("p", { class: "headline" }, cell.headline),
    el("ul", {}, ...cell.findings.map((sentence) => el("li", {}, sentence))),
    el("p", { class: "faint" }, `${cell.setup} ${schemes}${settings}, ${runs}; seeds ${side.seeds}. All runs of a seed see the same data in the same order; they differ in the initial weights alone.`),
  ];
}

/** Return a card for each scheme: what was measured that explains its result, and a small figure. */
async function whyCards(data, side, cell, shared) {
  const cards = cell.why.map(({ scheme, facts }) => el("div", { class: "card" },
    el("h3", {}, schemeSwatch(data, side, scheme), side.schemes[scheme].label),
    el("dl", {}, ...facts.flatMap(([name, text]) => [el("dt", {}, name), el("dd", {}, text)])),
    el("div", { class: "tiny" })));
  const draw = () => Promise.all(cell.why.map(({ figure }, index) => drawFigure(cards[index].lastChild, figure, { ...shared, isSmall: true })));
  return { elements: [el("div", { class: "cards" }, ...cards)], draw };
}

/** Return what the experiment claims, and whether its runs agree. */
function claimsTable({ claims }) {
  if (!claims.length) return null;
  const rows = claims.map((each) => el("tr", {},
    el("td", {}, el("span", { class: `verdict ${each.verdict.toLowerCase()}` }, each.verdict)),
    el("td", {}, el("code", {}, each.claim)),
    el("td", { class: "number" }, each.measured),
    el("td", {}, each.published),
    el("td", {}, each.notes)));
  const heads = ["verdict", "claim", "measured (95 % interval)", "published", "source and notes"].map((name) => el("th", { scope: "col" }, name));
  return el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Table of claims" },
    el("table", {}, el("thead", {}, el("tr", {}, ...heads)), el("tbody", {}, ...rows)));
}

function schemeTexts(data, side) {
  return side.schemes.map((scheme, place) =>
    el("details", { open: side.schemes.length <= 4 ? "" : null },
      el("summary", {}, schemeSwatch(data, side, place), el("strong", {}, scheme.label), " ", el("span", { class: "faint" }, scheme.call)),
      el("p", {}, scheme.summary),
      el("dl", {}, el("dt", {}, "distribution of a weight"), el("dd", {}, el("code", {}, scheme.formula)),
        el("dt", {}, "source"), el("dd", {}, scheme.reference || "not given")),
      scheme.bibtex ? copyable(scheme.bibtex, `BibTeX of ${scheme.label}`) : null));
}

function reproduceTexts(side) {
  const commands = "initbench run config.yaml --results .    # train the runs that are missing from runs/\ninitbench report .                       # rebuild tables and figures";
  return [
    el("p", {}, "config.yaml is the experiment and runs/ holds the numbers of every run; all other files are derived from them. In the results folder:"),
    copyable(commands, "commands"),
    side.config ? el("details", {}, el("summary", {}, "config.yaml with all defaults"), copyable(side.config, "config.yaml")) : null,
  ];
}

/** Return a text below a button that copies it. */
function copyable(text, name) {
  const block = el("pre", { tabindex: "0", role: "region", "aria-label": name }, text);
  const button = el("button", { type: "button", class: "copy", click: copy }, `Copy ${name}`);
  async function copy() {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(block); // a reader's own keys can copy it
      button.textContent = "Selected: copy with your keyboard";
    }
  }
  return el("div", { class: "copyable" }, button, block);
}

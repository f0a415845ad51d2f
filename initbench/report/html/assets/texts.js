// Texts: findings, claims, schemes with their sources, and how to do it all again.

function showHead(data) {
  document.getElementById("name").textContent = data.name;
  document.getElementById("description").textContent = data.description;
  const schemes = data.schemes.length === 1 ? "one scheme" : `${data.schemes.length} schemes`;
  const runs = data.runs === data.asked ? `${data.runs} runs` : `${data.runs} of ${data.asked} runs`;
  const cells = data.cells.length > 1 ? `, ${data.cells.length} points of a sweep` : "";
  document.getElementById("counts").textContent = `${schemes}${cells}, ${runs}; seeds ${data.seeds}.`;
}

function showFindings(section, cell) {
  show(section, el("p", { class: "headline" }, cell.headline),
    el("ul", {}, ...cell.findings.map((sentence) => el("li", {}, sentence))),
    el("p", { class: "faint" }, `${cell.setup} All runs of a seed see the same data in the same order: nothing but the initial weights tells them apart.`));
}

/** Show what the experiment said would come of it, and whether it did. */
function showClaims(section, claims) {
  if (!claims.length) return;
  const rows = claims.map((each) => {
    const interval = each.ci95 ? ` (${compact(each.ci95[0])} to ${compact(each.ci95[1])})` : "";
    const verdict = String(each.verdict).toUpperCase();
    return el("tr", {},
      el("td", {}, el("span", { class: `verdict ${verdict.toLowerCase().replace(/[^a-z]/g, "")}` }, verdict)),
      el("td", {}, el("code", {}, String(each.claim))),
      el("td", { class: "number" }, compact(each.measured ?? null) + interval),
      el("td", {}, [each.source, each.finding, each.note].filter(Boolean).join("; ")));
  });
  const heads = ["verdict", "claim", "measured", "source and notes"].map((name) => el("th", { scope: "col" }, name));
  show(section, el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Table of claims" },
    el("table", {}, el("thead", {}, el("tr", {}, ...heads)), el("tbody", {}, ...rows))));
}

function showSchemes(section, data) {
  show(section, ...data.schemes.map((scheme, place) =>
    el("details", { open: data.schemes.length <= 4 ? "" : null },
      el("summary", {}, swatch(data.looks[place]), el("strong", {}, scheme.label), " ", el("span", { class: "faint" }, scheme.call)),
      el("p", {}, scheme.summary),
      el("dl", {}, el("dt", {}, "law of a weight"), el("dd", {}, el("code", {}, scheme.formula)),
        el("dt", {}, "source"), el("dd", {}, scheme.reference || "none")),
      scheme.bibtex ? copyable(scheme.bibtex, `BibTeX of ${scheme.label}`) : null)));
}

function showAgain(section, data) {
  const commands = "initbench run config.yaml --results .    # trains what is not in runs/ yet\ninitbench report .                       # makes tables and pictures anew";
  show(section, el("p", {}, "config.yaml is the experiment, runs/ holds the raw numbers of every run, and all else is made from those. In the results folder:"),
    copyable(commands, "Commands"),
    data.config ? el("details", {}, el("summary", {}, "config.yaml, as resolved"), copyable(data.config, "config.yaml")) : null);
}

/** Return a text with a button that copies it. */
function copyable(text, name) {
  const block = el("pre", { tabindex: "0", role: "region", "aria-label": name }, text);
  const button = el("button", { type: "button", class: "copy", "aria-label": `Copy ${name}`, click: copy }, "copy");
  async function copy() {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "copied";
    } catch {
      getSelection().selectAllChildren(block); // the reader's own keys can copy it
      button.textContent = "selected";
    }
  }
  return el("div", { class: "copyable" }, block, button);
}

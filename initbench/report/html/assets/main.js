// The page: shows a cell of each results folder at a time.

const content = document.getElementById("content");
const shared = { palette: data.palette, hidden: new Set(), memory: {} };
const tabs = new Map(); // by heading, the figure that was chosen last
const sides = data.sides.map((side) => ({ ...side, chosen: 0, views: new Map() }));
const titles = (list) => [...new Set(sides.flatMap((side) => list(side).map((section) => section.title)))];

/** The sections in order. `render` resolves to elements, or nothing, and may return a `draw`. */
const sections = [
  { title: "Each scheme at its own best value", render: (side) => one(tunedTable(side)) },
  { title: "Settings", isCell: true, render: chooser },
  { title: "Results", isCell: true, render: (side, cell) => ({ elements: resultsTable(data, side, cell) }) },
  { title: "Conclusions", isCell: true, render: (side, cell) => ({ elements: findingsTexts(side, cell) }) },
  ...titles((side) => side.summaries).map((title) => figureSection(title, (side) => side.summaries)),
  ...titles((side) => side.cells.flatMap((cell) => cell.sections)).map((title) => figureSection(title, (_, cell) => cell.sections)),
  { title: "Untrained networks", isCell: true, render: (side) => one(untrainedTable(data, side, side.chosen)) },
  { title: "Why", isCell: true, render: (side, cell) => (cell.why.length ? whyCards(data, side, cell, shared) : null) },
  { title: "Claims", render: (side) => one(claimsTable(side)) },
  { title: "Schemes", render: (side) => ({ elements: schemeTexts(data, side) }) },
  { title: "Appendix: trials", render: (side) => one(trialsTable(side)) },
  { title: "Reproduce", render: (side) => ({ elements: reproduceTexts(side) }) },
];

function one(element) {
  return element && { elements: [element] };
}

function chooser(side) {
  if (side.cells.length < 2) return null;
  const options = side.cells.map((cell, index) => [String(index), cell.title || `setting ${index + 1}`]);
  return { elements: [picker("Shown below", options, String(side.chosen), (index) => showCell(side, Number(index)))] };
}

/** Return a section of figures, with a choice where it has several. */
function figureSection(title, list) {
  return { title, isCell: true, render: (side, cell) => {
    const section = list(side, cell).find((each) => each.title === title);
    if (!section) return null;
    const target = el("div", { class: "figure" });
    const context = { ...shared, chosen: () => side.chosen, onCell: (index, panel) => showCell(side, index, panel) };
    let view = null, turn = 0;
    const chosen = () => section.tabs.find((tab) => tab.name === tabs.get(title)) ?? section.tabs[0];
    async function draw() {
      const mine = ++turn;
      const found = await drawFigure(target, side.figures[chosen().figure], context);
      if (mine !== turn) return found.destroy();
      view?.destroy();
      view = found;
    }
    const pick = (name) => { tabs.set(title, name); return draw(); };
    const names = section.tabs.map((tab) => [tab.name, tab.name]);
    const control = names.length < 2 ? null : names.length <= 4 ? choice(`Figure of ${title}`, names, chosen().name, pick) : picker("Figure", names, chosen().name, pick);
    return {
      elements: [control && el("div", { class: "controls tabs" }, control), target], draw,
      redraw: () => view?.redraw(), destroy: () => view?.destroy(),
    };
  } };
}

const slug = (title) => title.toLowerCase().replace(/[^a-z]+/g, "-");

function build() {
  content.append(...sections.map((section) => {
    const id = slug(section.title);
    section.places = sides.map((side) => el("div", { class: "side", "aria-label": sides.length > 1 ? side.title : null }));
    section.element = el("section", { id, "aria-labelledby": `${id}-title`, hidden: "" },
      el("h2", { id: `${id}-title` }, section.title), el("div", { class: "sides" }, ...section.places));
    return section.element;
  }));
}

/** Fill a section for one side, and hide it where no side has anything to show. */
async function fillSection(section, side) {
  const place = section.places[sides.indexOf(side)];
  side.views.get(section)?.destroy?.();
  const found = await section.render(side, side.cells[side.chosen]);
  side.views.set(section, found);
  const head = found && sides.length > 1 ? el("p", { class: "side-title" }, side.title) : null;
  place.replaceChildren(...[head, ...(found?.elements ?? [])].filter(Boolean));
  section.element.hidden = !section.places.some((each) => each.childElementCount);
  await found?.draw?.();
}

/** Show a cell of one side; the focus stays on the map that it was chosen on. */
async function showCell(side, index, panel) {
  side.chosen = index;
  document.documentElement.dataset.ready = "false";
  await Promise.all(sections.filter((section) => section.isCell).map((section) => fillSection(section, side)));
  if (panel) {
    [...content.querySelectorAll(".cell[aria-pressed=true]")].find((each) => each.getAttribute("aria-label").startsWith(`${panel}: `))?.focus({ preventScroll: true });
  }
  document.documentElement.dataset.ready = "true";
}

function setTheme() {
  document.documentElement.dataset.theme = document.getElementById("theme").value;
  sides.forEach((side) => side.views.forEach((view) => view?.redraw?.()));
}

function showHead() {
  document.getElementById("name").textContent = sides.map((side) => (sides.length > 1 ? side.title : side.name)).join(" and ");
  const texts = [...new Set(sides.map((side) => side.description).filter(Boolean))].map((text) => el("p", { class: "description" }, text));
  if (data.difference) texts.push(el("details", { class: "difference", open: "" }, el("summary", {}, "What changed from the first to the second"), el("pre", { tabindex: "0", role: "region", "aria-label": "Difference" }, data.difference)));
  document.querySelector("header").append(...texts);
  document.documentElement.classList.toggle("two", sides.length > 1);
}

showHead();
build();
document.getElementById("theme").addEventListener("change", setTheme);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", setTheme);
addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((each) => { each.open = true; }));
await Promise.all(sides.flatMap((side) => sections.map((section) => fillSection(section, side))));
performance.mark("ready");
document.documentElement.dataset.ready = "true";

// Elements: made here alone; text is only ever inserted as text.

const SVG = "http://www.w3.org/2000/svg";

/** Return an element with attributes (functions are listeners) and children (strings are text). */
function el(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** Return an element of a drawing. */
function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== null && value !== false) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** Return a row of buttons of which one is pressed, and call back with its value. */
function choice(name, options, chosen, onChoice) {
  const buttons = options.map(([value, text]) =>
    el("button", { type: "button", "aria-pressed": String(value === chosen), click: () => pick(value) }, text),
  );
  function pick(value) {
    buttons.forEach((button, index) => button.setAttribute("aria-pressed", String(options[index][0] === value)));
    onChoice(value);
  }
  return el("div", { class: "choice", role: "group", "aria-label": name }, ...buttons);
}

/** Return a labelled list to choose from. */
function picker(name, options, chosen, onChoice) {
  const select = el(
    "select",
    { change: () => onChoice(select.value) },
    ...options.map(([value, text]) => el("option", { value }, text)),
  );
  select.value = chosen;
  return el("label", { class: "picker" }, `${name} `, select);
}

/** Write a number in about five characters. */
function compact(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size >= 1e4 || (size > 0 && size < 5e-4)) return value.toExponential(1);
  return value.toFixed(size < 10 ? 3 : size < 1000 ? 1 : 0);
}

/** Return the value of a colour that the theme defines. */
function themeColour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** Return a table in a box that scrolls by itself; the first cell of each row is its heading. */
function makeTable(name, headings, rows) {
  return el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": name },
    el("table", {},
      el("thead", {}, el("tr", {}, ...headings.map((heading, index) => (heading instanceof Element ? heading : el("th", { scope: "col", class: index ? "number" : null }, heading))))),
      el("tbody", {}, ...rows.map(([first, ...others]) => el("tr", {},
        el("th", { scope: "row" }, first), ...others.map((cell) => el("td", { class: "number" }, cell)))))));
}

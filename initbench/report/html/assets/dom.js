// Elements: made here alone, and text only ever as text.

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

/** Put children below the heading of a section, in the place of what was there. */
function show(section, ...children) {
  const heading = section.querySelector("h2");
  section.replaceChildren(...[heading, ...children].filter((child) => child !== null));
  section.hidden = false;
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

/** Return a short line in a scheme's colour and dashes, for legends and rows. */
function swatch(look) {
  return svg(
    "svg",
    { class: "swatch", viewBox: "0 0 30 10", "aria-hidden": "true" },
    svg("line", {
      x1: 1, x2: 29, y1: 5, y2: 5, stroke: look.colour, "stroke-width": 3,
      "stroke-dasharray": look.dashes.join(" ") || null,
    }),
  );
}

// Marks: one function for each kind of mark. None knows what a figure is about.
//
// Each takes the mark and its panel, {x, y, box, look, colours, palette, context, frame, rows, axes,
// title, links, chosen, onCell, tell}: scales, the area in pixels, the function from a series to its
// look, the colours of maps, the canvas below, the frame that a slider has chosen, the number of rows,
// and for a map whose cells can be chosen their places, the one that is shown, what is called with a
// choice, and what writes a value beside the title. It returns the elements of a drawing; maps and
// fields are painted on the canvas.

const BAND = 0.18;
const STRENGTH = 0.5; // share of a class's colour where the network is certain
const SAME = 2; // levels by which a field varies at most that counts as one answer
const DASHED = "4 3"; // of lines whose style says so
const SHAPES = {
  o: (r) => `M${-r} 0a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0Z`,
  s: (r) => `M${-r} ${-r}h${2 * r}v${2 * r}h${-2 * r}Z`,
  "^": (r) => `M0 ${-r}l${r} ${2 * r}h${-2 * r}Z`,
  v: (r) => `M0 ${r}l${r} ${-2 * r}h${-2 * r}Z`,
  D: (r) => `M0 ${-r}l${r} ${r}l${-r} ${r}l${-r} ${-r}Z`,
  "<": (r) => `M${-r} 0l${2 * r} ${-r}v${2 * r}Z`,
  ">": (r) => `M${r} 0l${-2 * r} ${-r}v${2 * r}Z`,
  P: (r) => plus(r),
  X: (r) => plus(r),
  p: (r) => polygon(r, 5),
  h: (r) => polygon(r, 6),
};

const MARKS = {
  line: drawLine, strip: drawStrip, map: drawMap, field: drawField, points: drawPoints,
  bars: drawBars, rule: drawRule, span: drawSpan, message: drawMessage,
};

function drawLine(mark, { x, y, box, look }) {
  const { colour, dashes, marker } = look(mark.series);
  const at = mark.x.map((value, index) => [x.at(value), position(mark.y[index], y)]);
  const parts = [];
  if (mark.low && mark.style !== "markers") {
    parts.push(svg("path", { d: bandPath(mark, x, y), fill: colour, "fill-opacity": BAND, class: "band" }));
  } else if (mark.low) {
    const d = mark.x.map((value, index) => {
      const [low, high] = [position(mark.low[index], y), position(mark.high[index], y)];
      return low === null || high === null ? "" : `M${fixed(x.at(value))} ${fixed(low)}V${fixed(high)}`;
    }).join("");
    parts.push(svg("path", { d, stroke: colour, fill: "none", class: "band" }));
  }
  if (mark.style !== "markers") {
    const dash = mark.style === "dashed" ? DASHED : dashes.map((length) => 2 * length).join(" ");
    parts.push(svg("path", { d: linePath(at, mark.style === "steps"), stroke: colour, "stroke-width": 2, fill: "none", "stroke-dasharray": dash || null, class: "line" }));
  }
  if (mark.is_marked || mark.style === "markers" || at.length === 1) {
    const filled = mark.style !== "markers";
    parts.push(symbols(at, marker, 3.6, filled ? { fill: colour, class: "halo" } : { stroke: colour, "stroke-width": 1.4, class: "open" }));
  }
  for (const index of mark.crosses ?? []) {
    const [across, up] = at[index];
    if (up === null) continue;
    const inside = Math.min(box.bottom, Math.max(box.top, up));
    parts.push(svg("path", { d: `M${fixed(across - 4)} ${fixed(inside - 4)}l8 8m0 -8l-8 8`, stroke: colour, "stroke-width": 2.4, class: "cross" }));
  }
  return parts;
}

function drawStrip(mark, { x, y, box, look, rows }) {
  const { colour, marker } = look(mark.series);
  const height = (box.bottom - box.top) / rows;
  const middle = y.at(mark.row);
  const values = mark.values ?? [];
  const parts = [];
  if (values.length) {
    const places = values.map((value) => x.at(value));
    const radius = Math.min(4, height / 11);
    const spread = swarm(places, 2 * radius, 0.5 * height);
    parts.push(symbols(places.map((place, index) => [place, middle - 0.12 * height + spread[index]]), marker, radius, { fill: colour, class: "halo point" }));
  }
  const own = values.length ? { stroke: "var(--ink)", fill: "var(--ink)" } : { stroke: colour, fill: colour };
  const up = middle + (values.length ? 0.32 * height : 0);
  if (mark.interval) parts.push(svg("path", { d: `M${fixed(x.at(mark.interval[0]))} ${fixed(up)}H${fixed(x.at(mark.interval[1]))}`, stroke: own.stroke, "stroke-width": 2, class: "interval" }));
  if (mark.mean !== undefined) parts.push(symbols([[x.at(mark.mean), up]], "D", values.length ? 4 : 5.5, { fill: own.fill, class: "mean" }));
  const words = [`${values.length} runs`];
  if (values.length) words.push(`${compact(Math.min(...values))} to ${compact(Math.max(...values))}`);
  if (mark.mean !== undefined) words.push(`mean ${compact(mark.mean)}`);
  if (mark.interval) words.push(`95 % interval ${compact(mark.interval[0])} to ${compact(mark.interval[1])}`);
  if (!values.length) words.shift();
  return [svg("g", {}, svg("title", {}, `${mark.series}: ${words.join(", ")}`), ...parts)];
}

/** Paint cells; where cells can be chosen, put a button over each. */
function drawMap(mark, panel) {
  const { x, y, box, context, colours } = panel;
  const columns = mark.x_edges.length - 1;
  const [across, up] = [mark.x_edges.map(x.at), mark.y_edges.map(y.at)];
  const rectangle = (row, column) => ({
    x: Math.min(across[column], across[column + 1]), y: Math.min(up[row], up[row + 1]),
    width: Math.abs(across[column + 1] - across[column]), height: Math.abs(up[row + 1] - up[row]),
  });
  mark.bytes.forEach((byte, index) => {
    const { x: left, y: top, width, height } = rectangle(Math.floor(index / columns), index % columns);
    context.fillStyle = byte === UNKNOWN ? NO_NUMBER : rampColour(byte / (UNKNOWN - 1), colours);
    context.fillRect(left - 0.4, top - 0.4, width + 0.8, height + 0.8);
  });
  const parts = [];
  for (const [row, column] of mark.missing ?? []) {
    const each = rectangle(row, column);
    context.fillStyle = themeColour("paper");
    context.fillRect(each.x, each.y, each.width, each.height);
    parts.push(svg("path", { d: hatch(each), class: "missing" }));
  }
  for (const [row, column] of mark.crossed ?? []) {
    const each = rectangle(row, column);
    const d = `M${fixed(each.x + each.width / 2 - 4)} ${fixed(each.y + each.height / 2 - 4)}l8 8m0 -8l-8 8`;
    parts.push(svg("path", { d, class: "casing" }), svg("path", { d, class: "crossed" }));
  }
  if (!panel.links) return parts;
  return [...parts, ...cellButtons(mark, panel, rectangle)];
}

/** Return a button over each cell of a map; arrow keys go from one to the next. */
function cellButtons(mark, { links, chosen, onCell, tell, axes, title }, rectangle) {
  const flat = links.flat();
  const columns = links[0].length;
  const start = Math.max(flat.indexOf(chosen), 0);
  const buttons = flat.map((cell, index) => {
    const [row, column] = [Math.floor(index / columns), index % columns];
    const words = `${title}: ${cellWords(mark, axes, row, column)}`;
    return svg("rect", {
      ...rectangle(row, column), role: "button", class: "cell", tabindex: index === start ? "0" : "-1",
      "aria-pressed": String(cell === chosen), "aria-label": words,
      pointerenter: () => tell(words), focus: () => tell(words), click: () => onCell(cell, title), keydown: (event) => move(event, index),
    });
  });
  function move(event, index) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      onCell(flat[index], title);
    }
    const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [1, 0], ArrowDown: [-1, 0] };
    if (!(event.key in steps)) return;
    event.preventDefault();
    const [up, right] = steps[event.key];
    const [row, column] = [Math.floor(index / columns) + up, (index % columns) + right];
    if (links[row]?.[column] === undefined) return;
    const target = row * columns + column;
    buttons.forEach((button, place) => button.setAttribute("tabindex", place === target ? "0" : "-1"));
    buttons[target].focus();
  }
  const isHere = flat.indexOf(chosen);
  const around = isHere < 0 ? null : rectangle(Math.floor(isHere / columns), isHere % columns);
  return [...buttons, ...(around ? [svg("rect", { ...around, class: "frame" }), svg("rect", { ...around, class: "frame inner" })] : [])];
}

/** Say in words what a cell of a map is and shows. */
function cellWords(mark, axes, row, column) {
  const has = (cells) => (cells ?? []).some(([y, x]) => y === row && x === column);
  const value = mark.numbers ? mark.numbers[row][column] : mark.valueOf(mark.bytes[row * (mark.x_edges.length - 1) + column]);
  const shown = has(mark.missing) ? "no runs yet" : value === null ? mark.noNumber || "no number" : compact(value);
  const name = (axis, edges, place) => {
    const [low, high] = [edges[place], edges[place + 1]];
    const tick = axis.ticks?.find(([at]) => at > Math.min(low, high) && at < Math.max(low, high));
    return `${axis.label} ${tick ? tick[1] : written(Number(((low + high) / 2).toPrecision(3)))[1]}`;
  };
  return `${name(axes.x, mark.x_edges, column)}, ${name(axes.y, mark.y_edges, row)}: ${shown}${has(mark.crossed) ? ", every run diverged" : ""}`;
}

/** Paint each point's class, paler where the network is less sure, and the line between two. */
function drawField(mark, panel) {
  const { x, y, context, palette, frame } = panel;
  const { side, classes, levels } = mark;
  const codes = mark.bytes[Math.min(frame, mark.bytes.length - 1)];
  if (!codes) return drawMessage({ text: "too many classes to draw" }, panel);
  const paper = channels(themeColour("field"));
  const small = el("canvas", { width: side, height: side });
  const target = small.getContext("2d");
  const image = target.createImageData(side, side);
  const colours = Array.from({ length: classes }, (_, index) => channels(palette.colours[index % palette.colours.length]));
  codes.forEach((code, index) => {
    const place = 4 * ((side - 1 - Math.floor(index / side)) * side + (index % side)); // y goes upwards
    const share = code === UNKNOWN ? 0 : STRENGTH * ((code % levels) / Math.max(levels - 1, 1));
    const colour = code === UNKNOWN ? channels(NO_NUMBER) : paper;
    const own = colours[Math.floor(code / levels)] ?? colour;
    for (let channel = 0; channel < 3; channel++) image.data[place + channel] = colour[channel] + share * (own[channel] - colour[channel]);
    image.data[place + 3] = 255;
  });
  target.putImageData(image, 0, 0);
  const [left, right, bottom, top] = [x.at(mark.x[0]), x.at(mark.x[1]), y.at(mark.y[0]), y.at(mark.y[1])];
  const [halfX, halfY] = [(right - left) / (side - 1) / 2, (bottom - top) / (side - 1) / 2]; // outer points lie on the frame
  context.imageSmoothingEnabled = true;
  context.drawImage(small, left - halfX, top - halfY, right - left + 2 * halfX, bottom - top + 2 * halfY);
  if (codes[0] === UNKNOWN) return drawMessage({ text: "diverged" }, panel);
  const signed = classes === 2 ? Array.from(codes, (code) => (code < levels ? -1 : 1) * ((code % levels) + 0.5)) : null;
  const parts = signed ? [svg("path", { d: boundaryPath(signed, side, (column) => left + (column / (side - 1)) * (right - left), (row) => bottom + (row / (side - 1)) * (top - bottom)), class: "boundary" })] : [];
  const words = right - left < NARROW / 1.5 ? constantWords(codes, mark).split(":")[0] : constantWords(codes, mark);
  return words ? [...parts, ...drawMessage({ text: words, isLow: true }, panel)] : parts;
}

/** Say what a network answers that answers the same everywhere; nothing for any other. */
function constantWords(codes, { classes, levels }) {
  const signed = (code) => (classes === 2 && code < levels ? -1 : 1) * (code % levels);
  let [low, high] = [Infinity, -Infinity];
  for (const code of codes) {
    low = Math.min(low, signed(code));
    high = Math.max(high, signed(code));
  }
  const label = Math.floor(codes[0] / levels);
  const hasOne = codes.every((code) => Math.floor(code / levels) === label);
  if (high - low > SAME || (!hasOne && (classes !== 2 || high > SAME))) return "";
  const certainty = ((Math.abs(low) + Math.abs(high)) / 2 / Math.max(levels - 1, 1)) * (1 - 1 / classes);
  const isChance = Math.max(Math.abs(low), Math.abs(high)) <= SAME;
  return `constant prediction: probability ${(1 / classes + certainty).toFixed(2)} of ${isChance ? "every class" : `class ${label}`}`;
}

/** Return the path along which signed values change their sign, square by square of the grid. */
function boundaryPath(signed, side, across, up) {
  let d = "";
  for (let row = 0; row < side - 1; row++) {
    for (let column = 0; column < side - 1; column++) {
      const corners = [[0, 0], [1, 0], [1, 1], [0, 1]].map(([dx, dy]) => [column + dx, row + dy, signed[(row + dy) * side + column + dx]]);
      const cuts = [];
      corners.forEach(([x, y, value], index) => {
        const [nextX, nextY, next] = corners[(index + 1) % 4];
        if (value * next >= 0) return;
        const share = value / (value - next);
        cuts.push(`${fixed(across(x + share * (nextX - x)))} ${fixed(up(y + share * (nextY - y)))}`);
      });
      for (let cut = 0; cut + 1 < cuts.length; cut += 2) d += `M${cuts[cut]}L${cuts[cut + 1]}`;
    }
  }
  return d;
}

function drawPoints(mark, { x, y, box, look, colours, palette }) {
  const area = (box.right - box.left) * (box.bottom - box.top);
  const radius = Math.min(3.2, Math.max(1.2, 0.2 * Math.sqrt(area / Math.max(2 * mark.x.length, 50))));
  const at = mark.x.map((value, index) => [x.at(value), y.at(mark.y[index])]);
  if (mark.values) {
    return at.map((place, index) => symbols([place], "o", radius, { fill: rampColour((mark.values[index] - colours.low) / (colours.high - colours.low || 1), colours) }));
  }
  const { colour, marker } = mark.series ? look(mark.series) : { colour: palette.colours[0], marker: "o" };
  return [symbols(at, marker, radius, { fill: colour, class: "halo point" })];
}

function drawBars(mark, { x, y, look }) {
  const base = y.at(mark.base ?? 0);
  let d = `M${fixed(x.at(mark.edges[0]))} ${fixed(base)}`;
  mark.heights.forEach((height, index) => { d += `V${fixed(y.at((mark.base ?? 0) + height))}H${fixed(x.at(mark.edges[index + 1]))}`; });
  return [svg("path", { d: `${d}V${fixed(base)}Z`, fill: look(mark.series).colour, "fill-opacity": 0.75, class: "bars" })];
}

function drawRule(mark, { x, y, box }) {
  if (mark.points) {
    const at = mark.points.map(([across, up]) => [x.at(across), position(up, y)]);
    if (mark.is_marked) return [symbols(at, "o", 4.5, { class: "best" })];
    return ["casing", "rule over"].map((name) => svg("path", { d: linePath(at), fill: "none", class: name }));
  }
  if (mark.along === "y") {
    const at = x.at(mark.at);
    const anchor = at < box.left + 40 ? "start" : at > box.right - 40 ? "end" : "middle";
    return [svg("path", { d: `M${fixed(at)} ${box.top}V${box.bottom}`, class: "rule" }),
      svg("text", { x: at, y: box.top - 4, "text-anchor": anchor, class: "outside" }, mark.label)];
  }
  return [svg("path", { d: `M${box.left} ${fixed(y.at(mark.at))}H${box.right}`, class: "rule" })];
}

function drawSpan(mark, { x, box, look }) {
  const [left, right] = [x.at(mark.low), x.at(mark.high)];
  const { colour } = look(mark.series);
  return [svg("rect", { x: left, y: box.top, width: right - left, height: box.bottom - box.top, fill: colour, "fill-opacity": 0.6 * BAND, class: "span" }),
    svg("rect", { x: left, y: box.bottom - 4, width: Math.max(right - left, 5), height: 4, fill: colour })];
}

/** Write in the middle of a panel, or at its foot where it has a field. */
function drawMessage(mark, { box, hasField }) {
  const most = Math.max(8, Math.floor((box.right - box.left - 20) / 6.4));
  const lines = mark.text.split(" ").reduce((found, word) => {
    const last = found[found.length - 1];
    if (last && last.length + word.length < most) found[found.length - 1] = `${last} ${word}`;
    else found.push(word);
    return found;
  }, []);
  const middle = (box.left + box.right) / 2;
  const top = (mark.isLow ?? hasField) ? box.bottom - 10 - 15 * (lines.length - 1) : (box.top + box.bottom) / 2 - 7.5 * (lines.length - 1);
  const width = 6.6 * Math.max(...lines.map((line) => line.length)) + 14;
  return [svg("rect", { x: middle - width / 2, y: top - 15, width, height: 15 * lines.length + 8, rx: 4, class: "message-paper" }),
    ...lines.map((line, index) => svg("text", { x: middle, y: top + 15 * index, "text-anchor": "middle", class: "message" }, line))];
}

/** Return the colour at a share of a scale's ramp. */
function rampColour(share, { colours = "sequential", is_reversed: isReversed }) {
  const ramp = data.palette.ramps[colours];
  const place = Math.min(1, Math.max(0, isReversed ? 1 - share : share)) * (ramp.length - 1);
  const index = Math.min(Math.floor(place), ramp.length - 2);
  const [low, high] = [channels(ramp[index]), channels(ramp[index + 1])];
  return `rgb(${low.map((value, channel) => Math.round(value + (place - index) * (high[channel] - value))).join(",")})`;
}

/** Return a pixel, or null where a value is not a number or a logarithm is not known. */
function position(value, scale) {
  return value === null || value === undefined || (scale.isLog && value <= 0) ? null : scale.at(value);
}

/** Write a pixel, not so far out that a browser cannot draw it. */
function fixed(pixel) {
  return Math.round(10 * Math.min(1e5, Math.max(-1e5, pixel))) / 10;
}

function linePath(at, hasSteps = false) {
  let d = "", isDown = false;
  for (const [across, up] of at) {
    if (up === null) isDown = false;
    else {
      d += !isDown ? `M${fixed(across)} ${fixed(up)}` : hasSteps ? `H${fixed(across)}V${fixed(up)}` : `L${fixed(across)} ${fixed(up)}`;
      isDown = true;
    }
  }
  return d;
}

/** Return the outline of a band, one for each stretch without a gap. */
function bandPath({ x: values, low, high }, x, y) {
  const stretches = [[]];
  values.forEach((value, index) => {
    const [foot, top] = [position(low[index], y), position(high[index], y)];
    if (foot === null || top === null) stretches.push([]);
    else stretches[stretches.length - 1].push([x.at(value), foot, top]);
  });
  return stretches.filter((each) => each.length > 1).map((each) =>
    `M${each.map(([across, , top]) => `${fixed(across)} ${fixed(top)}`).join("L")}L${[...each].reverse().map(([across, foot]) => `${fixed(across)} ${fixed(foot)}`).join("L")}Z`).join("");
}

/** Return one path with a symbol at each place. */
function symbols(at, marker, radius, attributes) {
  const shape = (SHAPES[marker] ?? SHAPES.o)(radius);
  const d = at.filter(([, up]) => up !== null).map(([across, up]) => shape.replace(/^M(-?[\d.]+) (-?[\d.]+)/, (_, dx, dy) => `M${fixed(across + Number(dx))} ${fixed(up + Number(dy))}`)).join("");
  return svg("path", { d, ...attributes });
}

function polygon(radius, corners) {
  const at = Array.from({ length: corners }, (_, index) => {
    const angle = (2 * Math.PI * index) / corners - Math.PI / 2;
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  });
  return `M${at[0].map(fixed2).join(" ")}${at.slice(1).map(([x, y], index) => `l${fixed2(x - at[index][0])} ${fixed2(y - at[index][1])}`).join("")}Z`;
}

function plus(radius) {
  const arm = (2 * radius) / 3;
  const half = arm / 2;
  return `M${-half} ${-radius}h${arm}v${radius - half}h${radius - half}v${arm}h${half - radius}v${radius - half}h${-arm}v${half - radius}h${half - radius}v${-arm}h${radius - half}Z`;
}

function fixed2(value) {
  return Math.round(100 * value) / 100;
}

/** Return how far each point moves up or down so that no two overlap, where there is room. */
function swarm(places, diameter, room) {
  const shifts = places.map(() => 0);
  const order = places.map((_, index) => index).sort((a, b) => places[a] - places[b]);
  const done = [];
  for (const index of order) {
    const near = done.filter((other) => places[index] - places[other] < diameter);
    const isFree = (shift) => near.every((other) => (places[index] - places[other]) ** 2 + (shift - shifts[other]) ** 2 >= diameter ** 2 - 0.01);
    for (let step = 0; step * diameter / 4 <= room / 2; step++) {
      const shift = (step * diameter) / 4;
      const free = [shift, -shift].find(isFree);
      if (free === undefined) continue;
      shifts[index] = free;
      break;
    }
    done.push(index);
  }
  return shifts;
}

function hatch({ x, y, width, height }) {
  let d = "";
  for (let offset = 5; offset < width + height; offset += 6) {
    const [startX, startY] = offset <= height ? [x, y + offset] : [x + offset - height, y + height];
    const [endX, endY] = offset <= width ? [x + offset, y] : [x + width, y + offset - width];
    d += `M${fixed(startX)} ${fixed(startY)}L${fixed(endX)} ${fixed(endY)}`;
  }
  return d;
}

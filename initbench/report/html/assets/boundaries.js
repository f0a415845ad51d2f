// Decision boundaries: one slider moves every scheme's panel through training at once.

const STRENGTH = 0.5; // share of a class's colour where the network is certain
const PANEL = 320; // pixels across
const FRAME_MS = 350;

/** Show the fields of a cell; returns null where there are none. */
async function showBoundaries(section, data, cell, state) {
  const field = cell.field;
  section.hidden = !field;
  if (!field) return null;
  const last = field.epochs.length - 1;
  state.epoch ??= Infinity;
  const height = Math.round(PANEL * Math.min(1.2, Math.max(0.6, (field.y[1] - field.y[0]) / (field.x[1] - field.x[0]))));
  const frames = await Promise.all(field.panels.map((panel) => unpack(panel.frames)));
  const panels = field.panels.map((panel, index) => makePanel(data, cell, field, panel, frames[index], height));
  const slider = el("input", { type: "range", min: 0, max: last, step: 1, "aria-label": "Epoch", input: () => { stop(); draw(); } });
  const label = el("output", { class: "epoch" });
  const play = el("button", { type: "button", "aria-pressed": "false", click: () => (timer ? stop() : start()) }, "▶ play");
  let timer = null;
  const known = field.epochs.findIndex((epoch) => epoch >= state.epoch);
  slider.value = known < 0 ? last : known;

  function draw() {
    const frame = Number(slider.value);
    state.epoch = frame === last ? Infinity : field.epochs[frame];
    label.textContent = `epoch ${tickText(field.epochs[frame])}`;
    slider.setAttribute("aria-valuetext", label.textContent);
    panels.forEach((panel) => panel.draw(frame));
  }
  function start() {
    if (Number(slider.value) === last) slider.value = 0;
    play.textContent = "❚❚ pause";
    play.setAttribute("aria-pressed", "true");
    timer = setInterval(step, FRAME_MS);
    draw();
  }
  function step() {
    if (Number(slider.value) === last) return stop();
    slider.value = Number(slider.value) + 1;
    draw();
  }
  function stop() {
    clearInterval(timer);
    timer = null;
    play.textContent = "▶ play";
    play.setAttribute("aria-pressed", "false");
  }

  show(
    section,
    el("p", { class: "faint" }, "Colour: the most probable class, paler where less sure. ",
      field.classes === 2 ? "Line: both classes are equally probable. " : "",
      "Points: training part. Of each scheme the run in the middle is shown. Arrow keys move the slider."),
    el("div", { class: "controls player" }, play, slider, label),
    el("div", { class: "panels" }, ...panels.map((panel) => panel.element)),
    el("div", { class: "legend" }, ...Array.from({ length: field.classes }, (_, index) =>
      el("span", { class: "class" }, dot(data.looks[index].colour), `class ${index}`))),
  );
  draw();
  return { redraw: draw, destroy: stop };
}

function makePanel(data, cell, field, panel, bytes, height) {
  const canvas = el("canvas", { width: PANEL, height, role: "img" });
  const small = el("canvas", { width: field.side, height: field.side });
  const note = el("span", { class: "faint" });
  const { label } = data.schemes[panel.scheme];
  function draw(frame) {
    const size = field.side ** 2;
    const codes = bytes.subarray(frame * size, (frame + 1) * size);
    const score = panel.scores[frame];
    const isLost = codes[0] === UNKNOWN;
    note.textContent = isLost ? `diverged, seed ${panel.seed}` : `test ${cell.score} ${compact(score)}, seed ${panel.seed}`;
    canvas.setAttribute("aria-label", `${label}: ${note.textContent}`);
    paintField(canvas, small, codes, field, data.looks);
    if (isLost) return;
    if (field.classes === 2) paintLine(canvas, codes, field);
    paintPoints(canvas, field, data.looks);
  }
  return { draw, element: el("figure", {}, el("figcaption", {}, swatch(data.looks[panel.scheme]), el("strong", {}, label), el("br"), note), canvas) };
}

/** Paint each point's class, paler where the network is less sure. */
function paintField(canvas, small, codes, field, looks) {
  const context = small.getContext("2d");
  const image = context.createImageData(field.side, field.side);
  const colours = looks.slice(0, field.classes).map((look) => channels(look.colour));
  codes.forEach((code, index) => {
    const row = field.side - 1 - Math.floor(index / field.side); // y goes upwards
    const place = 4 * (row * field.side + (index % field.side));
    const certainty = (code % field.levels) / Math.max(field.levels - 1, 1);
    const colour = colours[Math.floor(code / field.levels)] ?? [0, 0, 0];
    for (let channel = 0; channel < 3; channel++) {
      image.data[place + channel] = code === UNKNOWN ? 204 : 255 - STRENGTH * certainty * (255 - colour[channel]);
    }
    image.data[place + 3] = 255;
  });
  context.putImageData(image, 0, 0);
  const target = canvas.getContext("2d");
  const half = 1 / (field.side - 1) / 2; // the outer points lie on the frame
  target.imageSmoothingEnabled = true;
  target.drawImage(small, -half * canvas.width, -half * canvas.height, (1 + 2 * half) * canvas.width, (1 + 2 * half) * canvas.height);
}

/** Paint where two classes are equally probable, square by square of the grid. */
function paintLine(canvas, codes, field) {
  const side = field.side;
  const sign = (index) => ((codes[index] % field.levels) + 0.5) * (codes[index] < field.levels ? -1 : 1);
  const point = (column, row) => [(column / (side - 1)) * canvas.width, (1 - row / (side - 1)) * canvas.height];
  const context = canvas.getContext("2d");
  context.beginPath();
  for (let row = 0; row < side - 1; row++) {
    for (let column = 0; column < side - 1; column++) {
      const corners = [[0, 0], [1, 0], [1, 1], [0, 1]].map(([dx, dy]) => [column + dx, row + dy, sign((row + dy) * side + column + dx)]);
      const cuts = [];
      corners.forEach(([x, y, value], index) => {
        const [nextX, nextY, next] = corners[(index + 1) % 4];
        if (value * next >= 0) return;
        const share = value / (value - next);
        cuts.push(point(x + share * (nextX - x), y + share * (nextY - y)));
      });
      for (let cut = 0; cut + 1 < cuts.length; cut += 2) {
        context.moveTo(...cuts[cut]);
        context.lineTo(...cuts[cut + 1]);
      }
    }
  }
  context.strokeStyle = "#222222";
  context.lineWidth = 1.5;
  context.stroke();
}

function paintPoints(canvas, field, looks) {
  const context = canvas.getContext("2d");
  const [xs, ys] = field.points;
  context.lineWidth = 0.7;
  context.strokeStyle = "white";
  field.labels.forEach((label, index) => {
    const x = ((xs[index] - field.x[0]) / (field.x[1] - field.x[0])) * canvas.width;
    const y = (1 - (ys[index] - field.y[0]) / (field.y[1] - field.y[0])) * canvas.height;
    context.fillStyle = looks[label].colour;
    context.beginPath();
    if (label % 2) context.rect(x - 3, y - 3, 6, 6); // shape says the class, too
    else context.arc(x, y, 3.2, 0, 2 * Math.PI);
    context.fill();
    context.stroke();
  });
}

function dot(colour) {
  return svg("svg", { class: "dot", viewBox: "0 0 10 10", "aria-hidden": "true" }, svg("circle", { cx: 5, cy: 5, r: 4.5, fill: colour }));
}

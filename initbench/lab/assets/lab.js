// The lab: settings, lanes that train side by side, lessons, and links that hold it all.

const { rules, palette, looks } = JSON.parse(document.getElementById("data").textContent);
const content = document.getElementById("content");

const MOST_LANES = 4;
const FRAME_MS = 9; // of training in one frame of the screen
const MOST_POINTS = 400; // of a curve; beyond, every other one is dropped
const WIDTHS = [2, 4, 8, 16, 32];
const BATCHES = [["8", "8"], ["32", "32"], ["128", "128"], ["450", "all 450"]];
const SPEEDS = [["1", "1 step a frame"], ["4", "4 steps a frame"], ["15", "1 epoch a frame"]];
const CONFIG_EPOCHS = 100;
const RATES = { min: -4, max: 1, step: 0.1 }; // of the slider, base-10 logarithms
const REST_MS = 150; // without a change of settings, before limits are predicted
const DEFAULTS = { ...LESSONS[0].state, noise: DATASETS.moons.noise, seed: 0 };

const state = { ...DEFAULTS };
let data = null; // of loadData, with the limits of the plane and the loss of a constant prediction
let batches = null;
let lanes = [];
let step = 0, epoch = 0, speed = 4;
let isPlaying = false, turn = 0;

// Settings

const number = (text, low, high, fallback) => {
  const value = Number(text);
  return text !== null && text !== "" && Number.isFinite(value) ? Math.min(Math.max(value, low), high) : fallback;
};
const oneOf = (text, known, fallback) => (known.includes(text) ? text : fallback);

/** Return the settings of an address; whatever is not understood has its default. */
function readAddress(text) {
  const given = new URLSearchParams(text.replace(/^#/, ""));
  const name = oneOf(given.get("data"), Object.keys(DATASETS), DEFAULTS.data);
  const optimizer = oneOf(given.get("optimizer"), Object.keys(OPTIMIZERS), DEFAULTS.optimizer);
  const asked = (given.get("lanes") ?? "").split(",").flatMap((lane) => readLane(lane) ?? []).slice(0, MOST_LANES);
  return {
    data: name, noise: number(given.get("noise"), 0, 2, DATASETS[name].noise),
    activation: oneOf(given.get("activation"), Object.keys(ACTIVATIONS), DEFAULTS.activation),
    depth: Math.round(number(given.get("depth"), 1, 8, DEFAULTS.depth)),
    width: Number(oneOf(given.get("width"), WIDTHS.map(String), String(DEFAULTS.width))),
    optimizer, rate: number(given.get("rate"), 1e-5, 10, OPTIMIZERS[optimizer].rate),
    batch: Number(oneOf(given.get("batch"), BATCHES.map(([value]) => value), String(DEFAULTS.batch))),
    seed: Math.floor(number(given.get("seed"), 0, Number.MAX_SAFE_INTEGER, DEFAULTS.seed)),
    lanes: asked.length ? asked : [...DEFAULTS.lanes],
  };
}

/** Return a lane as it stands in an address, such as "random:0.5", or null. */
function readLane(text) {
  const [scheme, given] = text.split(":");
  if (!Object.hasOwn(SCHEMES, scheme)) return null;
  const { option } = SCHEMES[scheme];
  return option ? `${scheme}:${number(given ?? "", -100, 100, option.default)}` : scheme;
}

function writeAddress() {
  const given = new URLSearchParams({ ...state, lanes: state.lanes.join(",") });
  history.replaceState(null, "", `#${given.toString().replaceAll("%2C", ",").replaceAll("%3A", ":")}`);
}

/**
 * Return a labelled slider, which writes its value as text beside its name.
 *
 * range: {min, max, step} of the slider, of base-10 logarithms where isLog; a value is rounded to two digits there.
 */
function slider(name, { isLog = false, ...range }, show, value, write) {
  const text = el("output", {}, show(value));
  const input = el("input", { type: "range", ...range, "aria-label": name, "aria-valuetext": show(value), input: () => {
    const chosen = isLog ? Number((10 ** Number(input.value)).toPrecision(2)) : Number(input.value);
    text.textContent = show(chosen);
    input.setAttribute("aria-valuetext", show(chosen));
    write(chosen);
  } });
  input.value = isLog ? (value > 0 ? Math.log10(value) : range.min) : value;
  return el("label", {}, el("span", {}, `${name} `, text), input);
}

function set(key, value) {
  state[key] = value;
  if (key === "data") state.noise = DATASETS[value].noise;
  if (key === "optimizer") state.rate = OPTIMIZERS[value].rate;
  if (["data", "optimizer"].includes(key)) drawSettings();
  restart();
}

const settingsBox = el("div", { class: "settings" });
const marks = el("span", { class: "marks", "aria-hidden": "true" });
const limitsBox = el("p", { class: "limits", id: "limits" });

function drawSettings() {
  const names = (known) => Object.keys(known).map((name) => [name, name]);
  const seed = el("input", { type: "number", min: 0, max: Number.MAX_SAFE_INTEGER, step: 1, id: "seed", change: () => set("seed", Math.floor(number(seed.value, 0, Number.MAX_SAFE_INTEGER, 0))) });
  seed.value = state.seed;
  settingsBox.replaceChildren(
    picker("data", names(DATASETS), state.data, (value) => set("data", value)),
    slider("noise", { min: 0, max: state.data === "blobs" ? 2 : 0.5, step: 0.01 }, (value) => value.toFixed(2), state.noise, (value) => set("noise", value)),
    picker("activation", names(ACTIVATIONS), state.activation, (value) => set("activation", value)),
    slider("hidden layers", { min: 1, max: 8, step: 1 }, String, state.depth, (value) => set("depth", value)),
    picker("units a layer", WIDTHS.map((width) => [String(width), String(width)]), String(state.width), (value) => set("width", Number(value))),
    picker("optimizer", names(OPTIMIZERS), state.optimizer, (value) => set("optimizer", value)),
    rateSlider(),
    picker("batch size", BATCHES, String(state.batch), (value) => set("batch", Number(value))),
    el("label", {}, "seed", seed),
  );
}

/** Return the slider of the learning rate, over which the predicted limits are marked. */
function rateSlider() {
  const label = slider("learning rate", { id: "rate", ...RATES, isLog: true, "aria-describedby": "limits" }, compactRate, state.rate, (value) => set("rate", value));
  label.append(el("span", { class: "marked" }, label.querySelector("input"), marks));
  return label;
}

function compactRate(rate) {
  return rate >= 1e-3 ? String(Number(rate.toPrecision(2))) : rate.toExponential(0);
}

// Lanes

class Lane {
  constructor(text) {
    const [scheme, option] = text.split(":");
    Object.assign(this, { scheme, option: option === undefined ? null : Number(option) });
    const look = looks[scheme];
    this.colour = palette.colours[look % palette.colours.length];
    this.boundary = el("canvas", { role: "img", class: "boundary" });
    this.accuracyChart = el("canvas", { role: "img" });
    this.lossChart = el("canvas", { role: "img" });
    this.signalChart = el("canvas", { role: "img" });
    this.weights = el("div", { class: "weights" });
    this.diagnosis = el("p", { class: "diagnosis" });
    this.accuracy = el("strong");
    this.loss = el("strong");
    this.table = el("div");
    const details = el("details", { class: "caption", toggle: () => this.drawTable() }, el("summary", {}, "Numbers of each layer"), this.table);
    this.details = details;
    const choose = picker("", Object.keys(SCHEMES).map((name) => [name, name]), scheme, (name) => replaceLane(this, readLane(name)));
    choose.querySelector("select").setAttribute("aria-label", "initialization");
    this.element = el("article", { class: "lane", "aria-label": `initialization ${text}` },
      el("h2", {}, choose, el("button", { type: "button", class: "remove", "aria-label": `remove ${text}`, click: () => removeLane(this) }, "remove")),
      el("p", { class: "formula" }, `weights: ${SCHEMES[scheme].formula}`),
      this.optionSlider(), this.boundary,
      el("div", { class: "scores" }, el("span", {}, "test accuracy ", this.accuracy), el("span", {}, "training loss ", this.loss)),
      this.diagnosis,
      el("h3", {}, "Test accuracy"), this.accuracyChart,
      el("h3", {}, "Training loss"), this.lossChart,
      el("h3", {}, "Signal (solid), gradient (dashed)"), this.signalChart,
      el("h3", {}, "Weights: a column for each unit"), this.weights, details);
    this.element.style.setProperty("--look", this.colour);
  }

  get text() {
    return this.option === null ? this.scheme : `${this.scheme}:${this.option}`;
  }

  /** Return the slider of the scheme's option, on a logarithmic scale, or a line of the same height. */
  optionSlider() {
    const { option } = SCHEMES[this.scheme];
    if (!option) return el("div", { class: "no-option" });
    const label = slider(option.name, { min: -3, max: 1, step: 0.05, isLog: true }, String, this.option, (value) => {
      this.option = value;
      state.lanes[lanes.indexOf(this)] = this.text;
      restart();
    });
    label.className = "option";
    return label;
  }

  /** Return a network with the initial weights. */
  untrained() {
    const outputs = data.classes === 2 ? 1 : data.classes;
    const sizes = [2, ...Array(state.depth).fill(state.width), outputs];
    const network = new Network(sizes, state.activation, state.optimizer);
    network.initialize(this.scheme, this.option, state.seed);
    return network;
  }

  restart() {
    this.network = this.untrained();
    this.hasDiverged = false;
    this.curves = { loss: [], accuracy: [], every: 1 };
    this.weights.replaceChildren(...this.network.layers.map((layer, place) => {
      const canvas = el("canvas", { role: "img" });
      const name = place === this.network.layers.length - 1 ? "output" : `layer ${place + 1}`;
      const caption = el("figcaption", {}, name);
      return el("figure", {}, canvas, caption);
    }));
    this.record(0);
  }

  /** Note loss and accuracy after an epoch. */
  record(at) {
    const train = this.network.evaluate(data.train);
    const test = this.network.evaluate(data.test);
    this.now = { loss: train.loss, accuracy: test.accuracy, step };
    if (!Number.isFinite(train.loss)) this.hasDiverged = true;
    const { curves } = this;
    if (at % curves.every === 0) {
      curves.loss.push(train.loss);
      curves.accuracy.push(this.hasDiverged ? NaN : test.accuracy);
    }
    if (curves.loss.length > MOST_POINTS) {
      for (const name of ["loss", "accuracy"]) curves[name] = curves[name].filter((_, place) => place % 2 === 0);
      curves.every *= 2;
    }
  }

  train(points, labels) {
    if (!this.hasDiverged) this.network.train(points, labels, state.rate);
  }

  draw() {
    const { probed } = data;
    const layers = this.network.measure(probed, rules);
    this.layers = layers;
    const { kind, text } = diagnose(this.now, layers, data.chance, data.baseline, rules);
    this.diagnosis.textContent = text;
    this.diagnosis.className = `diagnosis ${{ good: "pass", bad: "fail", open: "inconclusive" }[kind]}`;
    this.accuracy.textContent = this.hasDiverged ? "–" : this.now.accuracy.toFixed(3);
    this.loss.textContent = compact(this.now.loss);
    drawBoundary(this.boundary, this.network, data, data.colours);
    this.boundary.setAttribute("aria-label", `Decision boundary of ${this.text}: ${text}`);
    const epochs = ["0", `epoch ${epoch}`];
    drawLines(this.accuracyChart, [{ values: this.curves.accuracy, dashes: [] }], { limits: [Math.min(0.4, data.baseline - 0.1), 1] }, this.colour, epochs);
    this.accuracyChart.setAttribute("aria-label", `Test accuracy up to epoch ${epoch}, now ${this.accuracy.textContent}`);
    drawLines(this.lossChart, [{ values: this.curves.loss, dashes: [] }], { limits: [0.001, Math.max(2, Math.min(1e4, ...this.curves.loss.filter(Number.isFinite).map((loss) => 1.2 * loss)))], scale: "log" }, this.colour, epochs);
    this.lossChart.setAttribute("aria-label", `Training loss up to epoch ${epoch}, now ${this.loss.textContent}`);
    const all = layers.flatMap(({ signal, gradient }) => [signal, gradient]).filter((value) => Number.isFinite(value) && value > 0);
    const ends = all.length ? [Math.min(...all), Math.max(...all)] : [0.1, 1];
    const limits = [Math.max(1e-12, Math.min(1e-2, ends[0] / 1.5)), Math.min(1e12, Math.max(10, 1.5 * ends[1]))];
    drawLines(this.signalChart, [{ values: layers.map((layer) => layer.signal), dashes: [] }, { values: layers.map((layer) => layer.gradient), dashes: [4, 3] }], { limits, scale: "log" }, this.colour, ["layer 1", "output"]);
    this.signalChart.setAttribute("aria-label", `Root mean square of preactivations, layer by layer: ${layers.map(({ signal }) => compact(signal)).join(", ")}; of gradients: ${layers.map(({ gradient }) => compact(gradient)).join(", ")}`);
    this.network.layers.forEach((layer, place) => {
      const [canvas, caption] = this.weights.children[place].children;
      drawWeights(canvas, layer, data.ramp);
      const size = Math.max(2, Math.min(6, 64 / Math.max(layer.fanIn, layer.fanOut)));
      canvas.style.width = `${Math.max(layer.fanOut * size, 8)}px`;
      canvas.style.height = `${layer.fanIn * size}px`;
      const { distinct, units } = layers[place];
      const name = layer.isLast ? "output" : `layer ${place + 1}`;
      caption.textContent = distinct === null ? name : distinct < units ? `${name}: ${distinct} of ${units} distinct` : name;
      canvas.setAttribute("aria-label", `Weights of ${name}, ${layer.fanIn} by ${layer.fanOut}${distinct === null ? "" : `, ${distinct} of ${units} units distinct`}`);
    });
    this.drawTable();
  }

  drawTable() {
    if (!this.details.open || !this.layers) return;
    const percent = (share) => `${Math.round(100 * share)} %`;
    this.table.replaceChildren(makeTable("Numbers of each layer", ["layer", "signal", "gradient", "dead", "saturated", "different units"],
      this.layers.map((layer, place) => [place === this.layers.length - 1 ? "output" : String(place + 1), compact(layer.signal), compact(layer.gradient),
        ...(layer.distinct === null ? ["–", "–", "–"] : [percent(layer.dead), percent(layer.saturated), `${layer.distinct} of ${layer.units}`])])));
  }
}

const lanesBox = el("div", { class: "lanes" });
const adder = el("button", { type: "button", id: "add", click: () => { state.lanes.push("he"); restart(); } }, "Add an initialization");

function replaceLane(lane, text) {
  const place = lanes.indexOf(lane);
  state.lanes[place] = text;
  restart();
  lanesBox.children[place].querySelector("select").focus();
}

function removeLane(lane) {
  if (lanes.length < 2) return;
  state.lanes.splice(lanes.indexOf(lane), 1);
  restart();
}

// Predicted limits of the learning rate

const sharpnesses = new Map(); // of the loss at initial weights, by all settings that they depend on
let due = 0;

const sharpnessKey = (lane) => [state.data, state.noise, state.activation, state.depth, state.width, state.seed, lane.text].join(" ");

/** Predict the limits that are not known yet once settings rest, one lane at a time, so that the page stays responsive. */
function predictLimits(wait = REST_MS) {
  clearTimeout(due);
  showLimits();
  const lane = lanes.find((each) => !sharpnesses.has(sharpnessKey(each)));
  if (!lane || !OPTIMIZERS[state.optimizer].stability) return;
  due = setTimeout(() => {
    sharpnesses.set(sharpnessKey(lane), sharpness(lane.untrained(), data.spread, rules));
    predictLimits(0);
  }, wait);
}

/** Mark the limits on the slider of the learning rate, and say them below the settings. */
function showLimits() {
  const { stability } = OPTIMIZERS[state.optimizer];
  const limits = lanes.map((lane) => ({ lane, limit: stability / sharpnesses.get(sharpnessKey(lane)) }));
  const isLimit = ({ limit }) => limit > 0 && Number.isFinite(limit);
  const place = (limit) => (Math.log10(limit) - RATES.min) / (RATES.max - RATES.min);
  marks.replaceChildren(...limits.filter((each) => isLimit(each) && place(each.limit) >= 0 && place(each.limit) <= 1).map(({ lane, limit }) => {
    const mark = el("i");
    mark.style.setProperty("--look", lane.colour);
    mark.style.setProperty("--place", place(limit));
    return mark;
  }));
  if (!stability) {
    limitsBox.replaceChildren(`No largest stable learning rate is predicted for ${state.optimizer}.`);
    return;
  }
  const items = limits.map((each) => {
    const { lane, limit } = each;
    const isKnown = sharpnesses.has(sharpnessKey(lane));
    const text = isLimit(each) ? `${compactRate(limit)}${state.rate > limit ? " (exceeded)" : ""}` : isKnown ? "none, the curvature is zero or not finite" : "…";
    const item = el("span", {}, el("i", { "aria-hidden": "true" }), `${lane.text.replace(":", " ")} `, el("strong", {}, text));
    item.style.setProperty("--look", lane.colour);
    return item;
  });
  limitsBox.replaceChildren("Largest stable learning rate, predicted before training: ", ...items.flatMap((item, at) => (at ? ["; ", item] : [item])), ".");
}

// Training

/** Load the data again where they have changed, and start all lanes from their initial weights. */
function restart() {
  const key = `${state.data} ${state.noise}`;
  if (data?.key !== key) {
    data = { key, ...loadData(state.data, state.noise) };
    const { points, labels } = data.train;
    data.limits = [0, 1].map((axis) => {
      const values = points.filter((_, place) => place % 2 === axis);
      const [low, high] = [Math.min(...values), Math.max(...values)];
      return [low - 0.15 * (high - low), high + 0.15 * (high - low)];
    });
    data.probed = { points: points.subarray(0, 2 * rules.probed), labels: labels.subarray(0, rules.probed) };
    data.spread = evenlySpaced(data.train, rules.probed);
    data.chance = constantLoss([...labels], data.classes);
    data.colours = palette.colours.slice(0, data.classes).map(rgb);
    data.ramp = palette.ramps.diverging.map(rgb);
  }
  [step, epoch] = [0, 0];
  batches = batchOrder(data.train.labels.length, state.batch, state.seed);
  if (lanes.map((lane) => lane.text).join() !== state.lanes.join()) {
    lanes = state.lanes.map((text) => new Lane(text));
    lanesBox.replaceChildren(...lanes.map((lane) => lane.element));
    lanes.forEach((lane) => { lane.element.querySelector(".remove").disabled = lanes.length < 2; });
    adder.disabled = lanes.length >= MOST_LANES;
  }
  lanes.forEach((lane) => lane.restart());
  predictLimits();
  drawAll();
  writeAddress();
  writeConfig();
}

/** Train all lanes on the next batch. */
function trainStep() {
  const { rows, ends } = batches.next().value;
  const points = new Float64Array(2 * rows.length);
  rows.forEach((row, place) => {
    points[2 * place] = data.train.points[2 * row];
    points[2 * place + 1] = data.train.points[2 * row + 1];
  });
  const labels = Uint8Array.from(rows, (row) => data.train.labels[row]);
  step += 1;
  for (const lane of lanes) lane.train(points, labels);
  if (ends !== null) {
    epoch = ends;
    for (const lane of lanes) lane.record(epoch);
  }
}

const clock = el("output", { id: "clock", "aria-live": "off" });

let isDue = false;

/** Draw all lanes before the next frame of the screen, once however often this is called. */
function drawAll() {
  showClock();
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(() => { isDue = false; lanes.forEach((lane) => lane.draw()); });
}

function showClock() {
  clock.textContent = `epoch ${epoch}, step ${step}`;
}

function frame() {
  if (!isPlaying) return;
  const start = performance.now();
  for (let done = 0; done < speed && performance.now() - start < FRAME_MS; done++) trainStep();
  turn = (turn + 1) % lanes.length;
  lanes[turn].draw();
  showClock();
  requestAnimationFrame(frame);
}

const play = el("button", { type: "button", id: "play", click: () => setPlaying(!isPlaying) }, "Play");

function setPlaying(value) {
  if (value === isPlaying) return;
  isPlaying = value;
  play.textContent = isPlaying ? "Pause" : "Play";
  if (isPlaying) requestAnimationFrame(frame);
  else drawAll();
}

// Lessons, links and configs

const lessonBox = el("div", { class: "lesson", hidden: "" });

function showLesson(lesson) {
  setPlaying(false);
  Object.assign(state, { noise: DATASETS[lesson.state.data].noise, seed: 0, ...lesson.state, lanes: [...lesson.state.lanes] });
  drawSettings();
  restart();
  lessonBox.hidden = false;
  lessonBox.replaceChildren(el("h2", {}, lesson.title), el("p", {}, lesson.text), el("p", {}, el("strong", {}, "Question: "), lesson.question),
    el("details", {}, el("summary", {}, "Answer"), el("p", {}, lesson.answer)));
}

/** Return the experiment that repeats the lanes with ten seeds, as YAML. */
function configText() {
  const initOf = (text) => {
    const [scheme, option] = text.split(":");
    if (option === undefined) return `  - ${scheme}`;
    const label = lanes.filter((lane) => lane.scheme === scheme).length > 1 ? `, label: ${scheme} ${option}` : "";
    return `  - {name: ${scheme}, ${SCHEMES[scheme].option.name}: ${option}${label}}`;
  };
  const inits = [...new Set(state.lanes)].map(initOf);
  const noise = DATASETS[state.data].option ?? "noise";
  return [
    "name: lab", `dataset: {name: ${state.data}, ${noise}: ${state.noise}}`,
    `network: {hidden: [${Array(state.depth).fill(state.width).join(", ")}], activation: ${state.activation}}`,
    "training:", `  optimizer: {name: ${state.optimizer}, learning_rate: ${state.rate}}`, `  epochs: ${Math.max(CONFIG_EPOCHS, epoch)}`, `  batch_size: ${state.batch >= 450 ? "full" : state.batch}`,
    "inits:", ...inits, "seeds: 10", "",
  ].join("\n");
}

const configBox = el("pre", { tabindex: "0", id: "config", role: "region", "aria-label": "config" });

function writeConfig() {
  configBox.textContent = configText();
}

/** Return a button that copies a text; a reader's own keys can copy it where the browser refuses. */
function copyButton(label, id, text, source) {
  const button = el("button", { type: "button", class: "copy", id, click: async () => {
    try {
      await navigator.clipboard.writeText(text());
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(source);
      button.textContent = "Selected: copy with your keyboard";
    }
    setTimeout(() => { button.textContent = label; }, 2000);
  } }, label);
  return button;
}

function build() {
  const link = el("code", { id: "link" }, "");
  content.append(
    el("section", { "aria-label": "Lessons" }, el("div", { class: "controls" }, el("strong", {}, "Lessons"), ...LESSONS.map((lesson) => el("button", { type: "button", "data-lesson": lesson.name, click: () => showLesson(lesson) }, lesson.title))), lessonBox),
    el("fieldset", {}, el("legend", {}, "The same for all"), settingsBox, limitsBox),
    el("div", { class: "controls transport", role: "group", "aria-label": "Training" }, play,
      el("button", { type: "button", id: "step", click: () => { setPlaying(false); trainStep(); drawAll(); } }, "Step"),
      el("button", { type: "button", id: "restart", click: () => { restart(); } }, "Restart"),
      el("button", { type: "button", id: "reseed", click: () => { state.seed += 1; drawSettings(); restart(); } }, "New seed"),
      picker("Speed", SPEEDS, String(speed), (value) => { speed = Number(value); }), clock, adder),
    lanesBox,
    el("section", { "aria-labelledby": "repeat" }, el("h2", { id: "repeat" }, "Repeat it with ten seeds"),
      el("p", {}, "One seed is an anecdote. Save the config as ", el("code", {}, "lab.yaml"), " and run ", el("code", {}, "initbench run lab.yaml"), ": its seed 0 trains the network that seed 0 trains here, in single instead of double precision."),
      el("div", { class: "controls" }, copyButton("Copy the config", "copy-config", () => { writeConfig(); return configText(); }, configBox), copyButton("Copy a link to this page", "copy-link", () => location.href, link)), configBox, link),
    el("p", { class: "faint" }, "The data are 600 points, of which 150 are the test part. Random numbers are those of NumPy, so a seed means the same as on the command line. Signal: root mean square of the preactivations. Gradient: root mean square of the gradient of one sample's loss by the preactivations. Largest stable learning rate: 2 / λ, with momentum 3.8 / λ, where λ is the largest eigenvalue of the loss's Hessian at the initial weights, on 128 training points. Above it, steps on all points let the loss rise at first; it may fall again later. Where the signal vanishes, λ is that of the last biases and grows as soon as the network learns."),
  );
}

function readAndRestart() {
  Object.assign(state, readAddress(location.hash));
  drawSettings();
  restart();
}

build();
addEventListener("hashchange", readAndRestart);
document.getElementById("theme").addEventListener("change", (event) => { document.documentElement.dataset.theme = event.target.value; drawAll(); });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
new ResizeObserver(() => { if (!isPlaying && lanes.length) drawAll(); }).observe(lanesBox);
addEventListener("keydown", (event) => {
  if (event.target.closest?.("input, select, button, summary, a, pre") || event.ctrlKey || event.metaKey || event.altKey) return;
  const action = { " ": () => setPlaying(!isPlaying), s: () => { setPlaying(false); trainStep(); drawAll(); }, r: restart }[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});
readAndRestart();
requestAnimationFrame(() => requestAnimationFrame(() => { document.documentElement.dataset.ready = "true"; }));

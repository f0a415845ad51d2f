// Heat maps: a statistic of every layer at every epoch, scheme by scheme on a common scale.

const RAMP = ["#00224e", "#2b446e", "#575d6d", "#7c7b78", "#a59c74", "#d3c164", "#fee838"].map(channels);

/** Show the maps of a cell; returns null where there are none. */
async function showHeatmaps(section, data, cell, state) {
  const layers = cell.layers;
  section.hidden = !layers;
  if (!layers) return null;
  const names = layers.statistics.map((each) => each.name);
  state.statistic = [state.statistic, "activation std", names[0]].find((name) => names.includes(name));
  const maps = el("div", { class: "panels" });
  const scale = el("div", { class: "scale" });

  async function draw() {
    const statistic = layers.statistics.find((each) => each.name === state.statistic);
    const bytes = await Promise.all(statistic.maps.map((each) => each && unpack(each)));
    scale.replaceChildren(...scaleBar(statistic));
    maps.replaceChildren(...bytes.flatMap((each, place) => (each ? [makeMap(data, layers, statistic, place, each)] : [])));
  }

  show(
    section,
    el("p", { class: "faint" }, "Median over seeds. Epochs go to the right, layers downwards, the first at the top. All maps share one scale."),
    el("div", { class: "controls" }, picker("Statistic", names.map((name) => [name, name]), state.statistic, (name) => { state.statistic = name; draw(); }), scale),
    maps,
  );
  await draw();
  return { redraw: () => {}, destroy: () => {} };
}

function makeMap(data, layers, statistic, place, bytes) {
  const epochs = layers.epochs.length;
  const canvas = el("canvas", { class: "map", width: epochs, height: layers.layers, role: "img" });
  const context = canvas.getContext("2d");
  const image = context.createImageData(epochs, layers.layers);
  bytes.forEach((byte, index) => {
    const [epoch, layer] = [Math.floor(index / layers.layers), index % layers.layers];
    const colour = byte === UNKNOWN ? [204, 204, 204] : rampColour(byte / (UNKNOWN - 1));
    image.data.set([...colour, 255], 4 * (layer * epochs + epoch));
  });
  context.putImageData(image, 0, 0);
  const end = (layer) => compact(valueOf(bytes[(epochs - 1) * layers.layers + layer], statistic));
  const summary = `in the end ${end(0)} in the first layer, ${end(layers.layers - 1)} in the last`;
  canvas.setAttribute("aria-label", `${data.schemes[place].label}, ${statistic.name}: ${summary}`);
  const note = el("span", { class: "faint" }, summary);
  canvas.addEventListener("pointermove", (event) => {
    const epoch = Math.min(epochs - 1, Math.floor((event.offsetX / canvas.clientWidth) * epochs));
    const layer = Math.min(layers.layers - 1, Math.floor((event.offsetY / canvas.clientHeight) * layers.layers));
    const value = compact(valueOf(bytes[epoch * layers.layers + layer], statistic));
    note.textContent = `epoch ${tickText(layers.epochs[epoch])}, layer ${layer + 1}: ${value}`;
  });
  canvas.addEventListener("pointerleave", () => { note.textContent = summary; });
  return el("figure", {}, el("figcaption", {}, swatch(data.looks[place]), el("strong", {}, data.schemes[place].label), el("br"), note), canvas);
}

/** Return the colour at a share of the ramp, which only ever gets lighter. */
function rampColour(share) {
  const place = share * (RAMP.length - 1);
  const index = Math.min(Math.floor(place), RAMP.length - 2);
  return RAMP[index].map((low, channel) => Math.round(low + (place - index) * (RAMP[index + 1][channel] - low)));
}

function scaleBar(statistic) {
  const stops = Array.from({ length: 40 }, (_, index) =>
    svg("rect", { x: 4 * index, y: 0, width: 4.5, height: 10, fill: `rgb(${rampColour(index / 39).join(",")})` }));
  const kind = statistic.log ? "logarithmic" : "linear";
  return [compact(statistic.low), svg("svg", { viewBox: "0 0 160 10", class: "ramp", "aria-hidden": "true" }, ...stops), compact(statistic.high), el("span", { class: "faint" }, `${kind}; grey: no value`)];
}

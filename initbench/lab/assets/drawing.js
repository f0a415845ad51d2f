// Drawing: what a lane shows on its canvases.

const POINTS = 150; // test points drawn over a decision boundary
const WORK = 3e6; // multiplications that one drawing of a decision boundary may take, about

/** Return the context of a canvas that fills its box at a ratio of height to width, in CSS pixels. */
function fitted(canvas, ratio) {
  const width = Math.max(canvas.clientWidth, 80);
  const height = Math.round(width * ratio);
  const scale = window.devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * scale)) {
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
  }
  const context = canvas.getContext("2d");
  context.setTransform(scale, 0, 0, scale, 0, 0);
  return { context, width, height };
}

function rgb(colour) {
  return [1, 3, 5].map((place) => parseInt(colour.slice(place, place + 2), 16));
}

/** Return the colour of a ramp at a share of its length. */
function rampColour(ramp, share) {
  const place = Math.min(Math.max(share, 0), 1) * (ramp.length - 1);
  const low = Math.min(Math.floor(place), ramp.length - 2);
  return ramp[low].map((value, channel) => value + (place - low) * (ramp[low + 1][channel] - value));
}

/** Draw class probabilities over the plane, and points of the test part on top. */
function drawBoundary(canvas, network, data, colours) {
  const { context, width, height } = fitted(canvas, 0.8);
  const weights = network.layers.reduce((sum, layer) => sum + layer.values.length, 0);
  const side = Math.max(16, Math.min(60, Math.round(Math.sqrt(WORK / weights))));
  const { test, limits } = data;
  const points = new Float64Array(2 * side * side);
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const place = 2 * (row * side + column);
      points[place] = limits[0][0] + ((column + 0.5) / side) * (limits[0][1] - limits[0][0]);
      points[place + 1] = limits[1][1] - ((row + 0.5) / side) * (limits[1][1] - limits[1][0]);
    }
  }
  const logits = network.forward(points);
  const outputs = network.layers.at(-1).fanOut;
  const image = new ImageData(side, side);
  for (let cell = 0; cell < side * side; cell++) {
    const shares = probabilities(logits, cell, outputs);
    const all = outputs === 1 ? [1 - shares[0], shares[0]] : shares;
    for (let channel = 0; channel < 3; channel++) {
      const mixed = all.reduce((sum, share, label) => sum + share * colours[label][channel], 0);
      image.data[4 * cell + channel] = 255 - 0.55 * (255 - mixed);
    }
    image.data[4 * cell + 3] = 255;
  }
  drawBoundary.buffer ??= document.createElement("canvas");
  const buffer = drawBoundary.buffer;
  buffer.width = buffer.height = side;
  buffer.getContext("2d").putImageData(image, 0, 0);
  context.imageSmoothingEnabled = true;
  context.drawImage(buffer, 0, 0, width, height);
  context.strokeStyle = "#ffffff";
  for (let row = 0; row < test.labels.length; row += Math.ceil(test.labels.length / POINTS)) {
    const x = ((test.points[2 * row] - limits[0][0]) / (limits[0][1] - limits[0][0])) * width;
    const y = ((limits[1][1] - test.points[2 * row + 1]) / (limits[1][1] - limits[1][0])) * height;
    const label = test.labels[row];
    context.fillStyle = `rgb(${colours[label].map((value) => 0.8 * value).join()})`;
    context.beginPath();
    if (label === 0) context.arc(x, y, 3, 0, 7);
    else if (label === 1) context.rect(x - 2.7, y - 2.7, 5.4, 5.4);
    else { context.moveTo(x, y - 3.6); context.lineTo(x + 3.4, y + 2.6); context.lineTo(x - 3.4, y + 2.6); context.closePath(); }
    context.fill();
    context.stroke();
  }
}

/**
 * Draw lines over whole numbers of the x axis.
 *
 * lines: {values, dashes}; axis: {limits, scale} of the y axis; names: labels of the first and last x.
 */
function drawLines(canvas, lines, axis, colour, names) {
  const { context, width, height } = fitted(canvas, 0.45);
  const [left, right, top, bottom] = [34, width - 6, 6, height - 15];
  const scale = makeScale(axis, bottom, top);
  const most = Math.max(2, ...lines.map(({ values }) => values.length));
  const across = (place) => left + ((right - left) * place) / (most - 1);
  context.clearRect(0, 0, width, height);
  context.font = "10px system-ui, sans-serif";
  context.textBaseline = "middle";
  context.textAlign = "right";
  let free = Infinity;
  for (const [value, text] of scale.ticks) {
    const y = scale.at(value);
    context.strokeStyle = themeColour("grid");
    context.lineWidth = 1;
    context.setLineDash([]);
    context.beginPath();
    context.moveTo(left, y);
    context.lineTo(right, y);
    context.stroke();
    if (free - y < 11) continue;
    free = y;
    context.fillStyle = themeColour("faint");
    context.fillText(text, left - 4, y);
  }
  context.fillStyle = themeColour("faint");
  context.textBaseline = "bottom";
  context.textAlign = "left";
  context.fillText(names[0], left, height);
  context.textAlign = "right";
  context.fillText(names[1], right, height);
  context.strokeStyle = colour;
  context.lineWidth = 2;
  for (const { values, dashes } of lines) {
    context.setLineDash(dashes);
    context.beginPath();
    let isDown = false;
    values.forEach((value, place) => {
      const isShown = Number.isFinite(value) && (axis.scale !== "log" || value > 0);
      const y = isShown ? Math.min(Math.max(scale.at(value), top), bottom) : 0;
      if (isShown && isDown) context.lineTo(across(place), y);
      else if (isShown) context.moveTo(across(place), y);
      isDown = isShown;
    });
    context.stroke();
  }
}

/** Draw the weights of a layer, a row for each input and a column for each unit. */
function drawWeights(canvas, { fanIn, fanOut, values }, ramp) {
  canvas.width = fanOut;
  canvas.height = fanIn;
  const image = new ImageData(fanOut, fanIn);
  const largest = values.subarray(0, fanIn * fanOut).reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
  for (let place = 0; place < fanIn * fanOut; place++) {
    rampColour(ramp, 0.5 + values[place] / largest / 2).forEach((value, channel) => { image.data[4 * place + channel] = value; });
    image.data[4 * place + 3] = 255;
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
}

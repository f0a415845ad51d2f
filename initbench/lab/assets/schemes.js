// Schemes: the initial weights of a layer, drawn from the same streams as in the Python package.

/**
 * Schemes by name: the label, the formula, the option that a slider sets and the function that draws.
 *
 * A draw returns the weights of a layer, row by row: the weight from input i to unit j stands at
 * i * fanOut + j. Biases start at zero.
 */
const SCHEMES = {
  zeros: { formula: "0", draw: (random, layer) => filled(layer, () => 0) },
  constant: {
    formula: "one value", option: { name: "value", default: 0.01 },
    draw: (random, layer, value) => filled(layer, () => value),
  },
  random: {
    formula: "N(0, std²)", option: { name: "std", default: 0.01 },
    draw: (random, layer, std) => filled(layer, () => std * random.normal()),
  },
  lecun: { formula: "N(0, 1 / fan_in)", draw: (random, layer) => normal(random, layer, 1 / layer.fanIn) },
  glorot: {
    formula: "U(±sqrt(6 / (fan_in + fan_out)))",
    draw: (random, layer) => {
      const bound = Math.sqrt(6 / (layer.fanIn + layer.fanOut));
      return filled(layer, () => bound * (2 * random.uniform() - 1));
    },
  },
  he: {
    formula: "N(0, 2 / ((1 + slope²) fan_in))",
    draw: (random, layer) => normal(random, layer, 2 / ((1 + layer.slope ** 2) * layer.fanIn)),
  },
  orthogonal: { formula: "a random orthogonal matrix", draw: (random, layer) => orthogonal(random, layer.fanIn, layer.fanOut) },
  mirrored: { formula: "[[H, −H], [−H, H]], H orthogonal", draw: mirrored },
};

function filled({ fanIn, fanOut }, draw) {
  return Float64Array.from({ length: fanIn * fanOut }, draw);
}

function normal(random, layer, variance) {
  const std = Math.sqrt(variance);
  return filled(layer, () => std * random.normal());
}

/** Return a matrix with orthonormal columns, or rows where there are fewer rows, row by row. */
function orthogonal(random, fanIn, fanOut) {
  const [height, width] = [Math.max(fanIn, fanOut), Math.min(fanIn, fanOut)];
  const columns = Array.from({ length: width }, () => new Float64Array(height));
  for (let row = 0; row < height; row++) for (const column of columns) column[row] = random.normal();
  columns.forEach((column, place) => {
    for (let turn = 0; turn < 2; turn++) { // Gram–Schmidt twice is exact to rounding
      for (const before of columns.slice(0, place)) {
        const part = before.reduce((sum, value, row) => sum + value * column[row], 0);
        before.forEach((value, row) => { column[row] -= part * value; });
      }
    }
    const length = Math.hypot(...column);
    column.forEach((value, row) => { column[row] = value / length; });
  });
  const weights = new Float64Array(fanIn * fanOut);
  for (let i = 0; i < fanIn; i++) {
    for (let j = 0; j < fanOut; j++) weights[i * fanOut + j] = fanIn >= fanOut ? columns[j][i] : columns[i][j];
  }
  return weights;
}

/** Return an orthogonal block and its mirror images, so that a ReLU network starts linear. */
function mirrored(random, { fanIn, fanOut, isFirst, isLast }) {
  const [rows, columns] = [fanIn / (isFirst ? 1 : 2), fanOut / (isLast ? 1 : 2)];
  const block = orthogonal(random, rows, columns);
  const weights = new Float64Array(fanIn * fanOut);
  for (let i = 0; i < fanIn; i++) {
    for (let j = 0; j < fanOut; j++) {
      const sign = i < rows === j < columns ? 1 : -1;
      weights[i * fanOut + j] = sign * block[(i % rows) * columns + (j % columns)];
    }
  }
  return weights;
}

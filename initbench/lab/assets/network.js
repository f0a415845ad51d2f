// The network: a multilayer perceptron, its loss and its optimizers, in double precision.

/** Activations by name: the function, its derivative from preactivation and output, and its second derivative from the first and the output. */
const ACTIVATIONS = {
  relu: { value: (z) => (z > 0 ? z : 0), slope: (z) => (z > 0 ? 1 : 0) },
  leaky_relu: { value: (z) => (z > 0 ? z : LEAK * z), slope: (z) => (z > 0 ? 1 : LEAK) },
  tanh: { value: Math.tanh, slope: (z, output) => 1 - output * output, bend: (slope, output) => -2 * output * slope },
  sigmoid: { value: (z) => 1 / (1 + Math.exp(-z)), slope: (z, output) => output * (1 - output), bend: (slope, output) => slope * (1 - 2 * output), steepest: 0.25 },
  linear: { value: (z) => z, slope: () => 1 },
};
const LEAK = 0.01;

/** Optimizers by name: the default learning rate, the largest stable one times the sharpness of a quadratic, and one step over a layer's parameters. */
const OPTIMIZERS = {
  sgd: { rate: 0.1, stability: 2, step: (values, gradients, state, rate) => {
    for (let place = 0; place < values.length; place++) values[place] -= rate * gradients[place];
  } },
  momentum: { rate: 0.1, stability: 2 * (1 + 0.9), step: (values, gradients, state, rate) => {
    for (let place = 0; place < values.length; place++) {
      state[0][place] = 0.9 * state[0][place] + gradients[place];
      values[place] -= rate * state[0][place];
    }
  } },
  adam: { rate: 0.001, step: (values, gradients, state, rate, step) => {
    const [first, second] = state;
    const size = rate / (1 - 0.9 ** step);
    const correction = 1 - 0.999 ** step;
    for (let place = 0; place < values.length; place++) {
      first[place] = 0.9 * first[place] + 0.1 * gradients[place];
      second[place] = 0.999 * second[place] + 0.001 * gradients[place] ** 2;
      values[place] -= (size * first[place]) / (Math.sqrt(second[place] / correction) + 1e-8);
    }
  } },
};

/** A network of one or more outputs for points of a plane. */
class Network {
  /** sizes: inputs, units of each hidden layer, outputs. */
  constructor(sizes, activation, optimizer) {
    this.activation = ACTIVATIONS[activation];
    this.optimizer = OPTIMIZERS[optimizer];
    this.slopeBelowZero = activation === "leaky_relu" ? LEAK : 0;
    this.steps = 0;
    this.layers = sizes.slice(1).map((fanOut, place) => {
      const fanIn = sizes[place];
      const count = (fanIn + 1) * fanOut; // the last row is the biases
      const zeros = () => new Float64Array(count);
      return {
        fanIn, fanOut, isFirst: place === 0, isLast: place === sizes.length - 2, slope: this.slopeBelowZero,
        values: zeros(), gradients: zeros(), state: [zeros(), zeros()], given: [], made: [], deltas: [],
      };
    });
  }

  /** Draw the initial weights of a scheme. */
  initialize(scheme, option, seed) {
    this.layers.forEach((layer, place) => {
      layer.values.set(SCHEMES[scheme].draw(new Generator(seed, STREAM.weights, place), layer, option));
    });
  }

  /** Return the logits of points (pairs in one array), row by row; keep what `backward` needs. */
  forward(points, count = points.length / 2) {
    let inputs = points;
    for (const layer of this.layers) {
      const { fanIn, fanOut, values } = layer;
      if (layer.given.length < count * fanOut) {
        for (const name of ["given", "made", "deltas"]) layer[name] = new Float64Array(count * fanOut);
      }
      const { given, made } = layer;
      for (let row = 0; row < count; row++) {
        const start = row * fanOut;
        for (let unit = 0; unit < fanOut; unit++) given[start + unit] = values[fanIn * fanOut + unit];
        for (let input = 0; input < fanIn; input++) {
          const signal = inputs[row * fanIn + input];
          if (signal === 0) continue;
          const weights = input * fanOut;
          for (let unit = 0; unit < fanOut; unit++) given[start + unit] += signal * values[weights + unit];
        }
      }
      const { value } = layer.isLast ? ACTIVATIONS.linear : this.activation;
      for (let place = 0; place < count * fanOut; place++) made[place] = value(given[place]);
      layer.inputs = inputs;
      inputs = made;
    }
    return inputs;
  }

  /** Compute the gradients of the mean loss over the points of the last `forward`. */
  backward(labels) {
    const count = labels.length;
    const last = this.layers.at(-1);
    for (let row = 0; row < count; row++) {
      const shares = probabilities(last.made, row, last.fanOut);
      for (let unit = 0; unit < last.fanOut; unit++) {
        last.deltas[row * last.fanOut + unit] = (shares[unit] - target(labels[row], unit, last.fanOut)) / count;
      }
    }
    for (let place = this.layers.length - 1; place >= 0; place--) {
      const { fanIn, fanOut, values, gradients, deltas, inputs } = this.layers[place];
      const before = this.layers[place - 1];
      gradients.fill(0);
      for (let row = 0; row < count; row++) {
        const start = row * fanOut;
        for (let unit = 0; unit < fanOut; unit++) gradients[fanIn * fanOut + unit] += deltas[start + unit];
        for (let input = 0; input < fanIn; input++) {
          const signal = inputs[row * fanIn + input];
          const weights = input * fanOut;
          let sum = 0;
          for (let unit = 0; unit < fanOut; unit++) {
            gradients[weights + unit] += signal * deltas[start + unit];
            sum += values[weights + unit] * deltas[start + unit];
          }
          if (before) {
            const at = row * fanIn + input;
            before.deltas[at] = sum * this.activation.slope(before.given[at], before.made[at]);
          }
        }
      }
    }
  }

  /** Take one step on a batch. */
  train(points, labels, rate) {
    this.forward(points, labels.length);
    this.backward(labels);
    this.steps += 1;
    for (const layer of this.layers) this.optimizer.step(layer.values, layer.gradients, layer.state, rate, this.steps);
  }

  /** Return the mean loss and the accuracy over points. */
  evaluate({ points, labels }) {
    const logits = this.forward(points, labels.length);
    const { fanOut } = this.layers.at(-1);
    let [loss, right] = [0, 0];
    labels.forEach((label, row) => {
      loss += sampleLoss(logits, row, fanOut, label);
      right += predicted(logits, row, fanOut) === label;
    });
    return { loss: loss / labels.length, accuracy: right / labels.length };
  }

  /**
   * Measure every layer on points: root mean squares of preactivations and of the gradient of one
   * sample's loss by them; in hidden layers shares of dead units and saturated activations, and the
   * number of distinct units.
   */
  measure({ points, labels }, rules) {
    this.forward(points, labels.length);
    this.backward(labels);
    const count = labels.length;
    return this.layers.map((layer) => {
      const { fanOut, given, made, deltas } = layer;
      const size = count * fanOut;
      let [signal, gradient, saturated] = [0, 0, 0];
      const steepest = new Float64Array(fanOut);
      for (let place = 0; place < size; place++) {
        signal += given[place] ** 2;
        gradient += deltas[place] ** 2;
        const slope = Math.abs(this.activation.slope(given[place], made[place])) / (this.activation.steepest ?? 1);
        saturated += slope < rules.saturated;
        steepest[place % fanOut] = Math.max(steepest[place % fanOut], slope);
      }
      return {
        signal: Math.sqrt(signal / size), gradient: count * Math.sqrt(gradient / size),
        dead: layer.isLast ? 0 : steepest.filter((slope) => slope < rules.dead).length / fanOut,
        saturated: layer.isLast ? 0 : saturated / size,
        distinct: layer.isLast ? null : distinctUnits(layer, rules), units: fanOut,
      };
    });
  }
}

/** Count the units of a layer whose incoming weights and biases differ by more than rounding. */
function distinctUnits({ fanIn, fanOut, values }, rules) {
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const tolerance = rules.rounding * Number.EPSILON * largest;
  const kinds = [];
  for (let unit = 0; unit < fanOut; unit++) {
    const isKnown = kinds.some((other) => {
      for (let row = 0; row <= fanIn; row++) {
        if (!(Math.abs(values[row * fanOut + unit] - values[row * fanOut + other]) <= tolerance)) return false;
      }
      return true;
    });
    if (!isKnown) kinds.push(unit);
  }
  return kinds.length;
}

/** Return class probabilities; with one output, that of class 1. */
function probabilities(logits, row, outputs) {
  if (outputs === 1) return [1 / (1 + Math.exp(-logits[row]))];
  const own = Array.from(logits.subarray(row * outputs, (row + 1) * outputs));
  const largest = Math.max(...own);
  const powers = own.map((logit) => Math.exp(logit - largest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

function target(label, unit, outputs) {
  return outputs === 1 ? label : Number(label === unit);
}

function sampleLoss(logits, row, outputs, label) {
  if (outputs === 1) {
    const logit = logits[row];
    return Math.max(logit, 0) - logit * label + Math.log1p(Math.exp(-Math.abs(logit)));
  }
  const own = Array.from(logits.subarray(row * outputs, (row + 1) * outputs));
  const largest = Math.max(...own);
  return largest - own[label] + Math.log(own.reduce((sum, logit) => sum + Math.exp(logit - largest), 0));
}

function predicted(logits, row, outputs) {
  if (outputs === 1) return Number(logits[row] > 0);
  let best = 0;
  for (let unit = 1; unit < outputs; unit++) if (logits[row * outputs + unit] > logits[row * outputs + best]) best = unit;
  return best;
}

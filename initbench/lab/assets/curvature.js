// Curvature: the largest eigenvalue of the loss's Hessian by the parameters, as in initbench.curvature.
// Lanczos's method (Golub and Van Loan, "Matrix computations", 4th edition, 10.1 and 10.3) needs only
// products of the Hessian with vectors, which are exact (Pearlmutter, Neural Computation 6, 1994).

/** Return at most `count` points with their labels, evenly spaced, since those of a class may be in a row. */
function evenlySpaced({ points, labels }, count) {
  const size = Math.min(count, labels.length);
  const rows = Array.from({ length: size }, (_, place) => Math.round((place * (labels.length - 1)) / Math.max(size - 1, 1)));
  return { points: Float64Array.from(rows.flatMap((row) => [points[2 * row], points[2 * row + 1]])), labels: Uint8Array.from(rows, (row) => labels[row]) };
}

/** The Hessian of the mean loss over points, by all parameters of a network, layer after layer. */
class Hessian {
  constructor(network, { points, labels }) {
    network.forward(points, labels.length);
    network.backward(labels);
    this.network = network;
    this.count = labels.length;
    this.gradient = Float64Array.from(network.layers.flatMap((layer) => [...layer.gradients]));
    // Derivatives along the vector of a product: of preactivations, activations and deltas.
    this.changes = network.layers.map(({ fanOut }) => ({ given: new Float64Array(this.count * fanOut), made: new Float64Array(this.count * fanOut), deltas: new Float64Array(this.count * fanOut) }));
  }

  /** Return the product with a vector: the derivative of the gradient along the vector. */
  product(vector) {
    const { network, count, changes } = this;
    const { layers, activation } = network;
    const starts = [0];
    for (const { values } of layers) starts.push(starts.at(-1) + values.length);
    layers.forEach(({ fanIn, fanOut, values, inputs, given, made, isLast }, place) => {
      const [own, below, along] = [changes[place], changes[place - 1], vector.subarray(starts[place], starts[place + 1])];
      for (let row = 0; row < count; row++) {
        const start = row * fanOut;
        for (let unit = 0; unit < fanOut; unit++) own.given[start + unit] = along[fanIn * fanOut + unit];
        for (let input = 0; input < fanIn; input++) {
          const signal = inputs[row * fanIn + input];
          const change = below ? below.made[row * fanIn + input] : 0;
          const weights = input * fanOut;
          if (signal === 0 && change === 0) continue;
          for (let unit = 0; unit < fanOut; unit++) own.given[start + unit] += signal * along[weights + unit] + change * values[weights + unit];
        }
      }
      for (let at = 0; at < count * fanOut; at++) own.made[at] = own.given[at] * (isLast ? 1 : activation.slope(given[at], made[at]));
    });
    const [last, end] = [layers.at(-1), changes.at(-1)];
    for (let row = 0; row < count; row++) {
      const [shares, start] = [probabilities(last.made, row, last.fanOut), row * last.fanOut];
      // With one output, the other class has the rest of the probability and a logit of zero.
      const mean = shares.reduce((sum, share, unit) => sum + share * end.given[start + unit], 0);
      shares.forEach((share, unit) => { end.deltas[start + unit] = (share * (end.given[start + unit] - mean)) / count; });
    }
    const result = new Float64Array(vector.length);
    for (let place = layers.length - 1; place >= 0; place--) {
      const { fanIn, fanOut, values, deltas, inputs } = layers[place];
      const [own, below, before] = [changes[place], changes[place - 1], layers[place - 1]];
      const [along, out] = [vector, result].map((each) => each.subarray(starts[place], starts[place + 1]));
      for (let row = 0; row < count; row++) {
        const start = row * fanOut;
        for (let unit = 0; unit < fanOut; unit++) out[fanIn * fanOut + unit] += own.deltas[start + unit];
        for (let input = 0; input < fanIn; input++) {
          const at = row * fanIn + input;
          const weights = input * fanOut;
          const signal = inputs[at];
          const change = below ? below.made[at] : 0;
          let sum = 0;
          let sumChange = 0;
          for (let unit = 0; unit < fanOut; unit++) {
            const delta = deltas[start + unit];
            const deltaChange = own.deltas[start + unit];
            out[weights + unit] += signal * deltaChange + change * delta;
            sum += values[weights + unit] * delta;
            sumChange += along[weights + unit] * delta + values[weights + unit] * deltaChange;
          }
          if (before) {
            const slope = activation.slope(before.given[at], before.made[at]);
            const bend = activation.bend ? activation.bend(slope, before.made[at]) : 0;
            below.deltas[at] = sumChange * slope + sum * bend * below.given[at];
          }
        }
      }
    }
    return result;
  }
}

/** Return the largest eigenvalue of a network's Hessian on points; NaN where it is not finite. */
function sharpness(network, part, rules) {
  const hessian = new Hessian(network, part);
  const dot = (left, right) => {
    let sum = 0;
    for (let place = 0; place < left.length; place++) sum += left[place] * right[place];
    return sum;
  };
  const length = (vector) => Math.sqrt(dot(vector, vector));
  // Half the gradient, which lies in steep directions, and half a random vector.
  const random = new Generator(0, STREAM.probe);
  let vector = hessian.gradient.map(() => random.normal());
  const [size, steepness] = [length(vector), length(hessian.gradient)];
  vector = vector.map((value, place) => value / size + (steepness > 0 ? hessian.gradient[place] / steepness : 0));
  let beside = length(vector);
  const [basis, diagonal, offDiagonal] = [[], [], []];
  for (;;) {
    basis.push(vector.map((value) => value / beside));
    vector = hessian.product(basis.at(-1));
    diagonal.push(dot(basis.at(-1), vector));
    for (let pass = 0; pass < 2; pass++) {
      for (const other of basis) {
        const share = dot(other, vector);
        for (let place = 0; place < vector.length; place++) vector[place] -= share * other[place];
      }
    }
    beside = length(vector);
    if (!Number.isFinite(beside)) return NaN;
    const [largest, lastComponent] = largestEigenvalue(diagonal, offDiagonal);
    const isKnown = lastComponent * beside <= rules.residual * Math.abs(largest);
    if (isKnown || basis.length === Math.min(rules.products, vector.length)) return largest;
    offDiagonal.push(beside);
  }
}

/** Return the largest eigenvalue of a symmetric tridiagonal matrix, and the size of its unit eigenvector's last component. */
function largestEigenvalue(diagonal, offDiagonal) {
  const count = diagonal.length;
  const reach = diagonal.map((_, place) => (offDiagonal[place - 1] ?? 0) + (offDiagonal[place] ?? 0));
  let low = Math.max(...diagonal); // the largest eigenvalue is no smaller
  let high = Math.max(...diagonal.map((value, place) => value + reach[place])); // Gershgorin
  /** Whether an eigenvalue is above a number: then a pivot of the shifted matrix is positive. */
  const hasOneAbove = (shift) => {
    let pivot = 1;
    return diagonal.some((value, place) => {
      pivot = value - shift - (place ? offDiagonal[place - 1] ** 2 / pivot : 0);
      return pivot > 0;
    });
  };
  for (let middle = (low + high) / 2; low < middle && middle < high; middle = (low + high) / 2) {
    if (hasOneAbove(middle)) low = middle;
    else high = middle;
  }
  // From the last component to the first, in which direction those of the largest eigenvalue grow.
  let [next, component, total] = [0, 1, 1];
  for (let place = count - 1; place > 0; place--) {
    const before = ((low - diagonal[place]) * component - (offDiagonal[place] ?? 0) * next) / offDiagonal[place - 1];
    [next, component] = [component, before];
    total += component * component;
  }
  return [low, 1 / Math.sqrt(total)];
}

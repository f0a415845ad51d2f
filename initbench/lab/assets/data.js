// Data: the toy sets, their split and scaling, and the order of batches, as the Python package makes them.

const TEST_FRACTION = 0.25;
const SAMPLES = 600;

/** Data sets by name: the default noise, the package's name of it where it has another, classes, points. */
const DATASETS = {
  moons: { noise: 0.2, classes: 2, make: (random, noise) => {
    const points = [];
    for (let label = 0; label < 2; label++) {
      for (const angle of evenly(0, Math.PI, SAMPLES / 2)) {
        points.push(label ? [1 - Math.cos(angle), 0.5 - Math.sin(angle)] : [Math.cos(angle), Math.sin(angle)]);
      }
    }
    return noisy(random, points, noise);
  } },
  circles: { noise: 0.1, classes: 2, make: (random, noise) => {
    const count = SAMPLES / 2;
    const points = Array.from({ length: SAMPLES }, (_, row) => onCircle((row % count) / count, row < count ? 1 : 0.5));
    return noisy(random, points, noise);
  } },
  spirals: { noise: 0.03, classes: 2, make: (random, noise) => {
    const points = [];
    for (let label = 0; label < 2; label++) {
      for (const way of evenly(0.1, 1, SAMPLES / 2)) points.push(onCircle(way + label / 2, way));
    }
    return noisy(random, points, noise);
  } },
  xor: { noise: 0.1, classes: 2, make: (random, noise) => {
    const points = Array.from({ length: SAMPLES }, () => [random.uniform(), random.uniform()]);
    for (let row = 0; row < SAMPLES; row++) {
      const sign = random.integer(1) ? 1 : -1;
      points[row][0] *= sign;
      points[row][1] *= row < SAMPLES / 2 ? sign : -sign;
    }
    return noisy(random, points, noise);
  } },
  blobs: { noise: 1, option: "spread", classes: 3, make: (random, noise) => {
    const points = Array.from({ length: SAMPLES }, (_, row) => onCircle(Math.floor((3 * row) / SAMPLES) / 3, 4));
    return noisy(random, points, noise);
  } },
};

/** Return `count` numbers from `low` to `high`, evenly spaced. */
function evenly(low, high, count) {
  const step = (high - low) / (count - 1);
  return Array.from({ length: count }, (_, place) => (place === count - 1 ? high : low + place * step));
}

function onCircle(turns, radius) {
  return [radius * Math.cos(2 * Math.PI * turns), radius * Math.sin(2 * Math.PI * turns)];
}

function noisy(random, points, noise) {
  return points.map(([x, y]) => [x + noise * random.normal(), y + noise * random.normal()]);
}

/**
 * Return a data set, split and scaled: {train, test}, each {points, labels}; {classes, baseline}.
 *
 * `points` is a Float64Array of pairs with mean 0 and standard deviation 1 over the training part;
 * `baseline` is the share of the largest class in the test part.
 */
function loadData(name, noise) {
  const { classes, make } = DATASETS[name];
  const points = make(new Generator(0, STREAM.data), noise);
  const labels = points.map((_, row) => Math.floor((classes * row) / SAMPLES));
  const split = new Generator(0, STREAM.split);
  const isTest = new Set();
  for (let label = 0; label < classes; label++) {
    const members = labels.flatMap((each, row) => (each === label ? [row] : []));
    split.permutation(members).slice(0, Math.round(TEST_FRACTION * members.length)).forEach((row) => isTest.add(row));
  }
  const rows = points.map((_, row) => row);
  const train = rows.filter((row) => !isTest.has(row));
  const scale = [0, 1].map((axis) => {
    const mean = train.reduce((sum, row) => sum + points[row][axis], 0) / train.length;
    const square = train.reduce((sum, row) => sum + (points[row][axis] - mean) ** 2, 0) / train.length;
    return [mean, Math.sqrt(square)];
  });
  const part = (chosen) => ({
    points: Float64Array.from(chosen.flatMap((row) => scale.map(([mean, std], axis) => (points[row][axis] - mean) / std))),
    labels: Uint8Array.from(chosen, (row) => labels[row]),
  });
  const test = part(rows.filter((row) => isTest.has(row)));
  const counts = Array.from({ length: classes }, (_, label) => test.labels.filter((each) => each === label).length);
  return { train: part(train), test, classes, baseline: Math.max(...counts) / test.labels.length };
}

/** Yield the rows of each batch without end, with the epoch that the batch completes, or null. */
function* batchOrder(samples, batchSize, seed) {
  const random = new Generator(seed, STREAM.batches);
  const size = Math.min(batchSize, samples);
  for (let epoch = 1; ; epoch++) {
    const order = size === samples ? Array.from({ length: samples }, (_, row) => row) : random.permutation(samples);
    for (let start = 0; start < samples; start += size) {
      yield { rows: order.slice(start, start + size), ends: start + size >= samples ? epoch : null };
    }
  }
}

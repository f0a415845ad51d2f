// Diagnosis: one sentence on a network, by the thresholds of the report.

/**
 * Return what can be said of a network: {kind, text}.
 *
 * now: {loss, accuracy, step} of the training and the test part; layers: of `Network.measure`;
 * chance: the loss of a constant prediction; baseline: the share of the largest class.
 */
function diagnose(now, layers, chance, baseline, rules) {
  const hidden = layers.slice(0, -1);
  const percent = (share) => `${Math.round(100 * share)} %`;
  const named = (places) => (places.length === hidden.length && hidden.length > 1 ? (hidden.length === 2 ? "both hidden layers" : `all ${hidden.length} hidden layers`) : `hidden layer${places.length > 1 ? "s" : ""} ${places.join(", ")}`);
  const where = (isSo) => hidden.flatMap((layer, place) => (isSo(layer) ? [place + 1] : []));
  const atChance = now.loss > rules.stalled * chance;

  if (!Number.isFinite(now.loss)) return { kind: "bad", text: `Diverged at step ${now.step}: the loss is not finite. Smaller weights or a lower learning rate help.` };
  const dead = where((layer) => layer.dead === 1);
  if (dead.length) return { kind: "bad", text: `All units are dead in ${named(dead)}: the slope is zero for every input, so no gradient passes.` };
  const collapsed = where((layer) => layer.distinct === 1 && layer.units > 1);
  if (collapsed.length) return { kind: "bad", text: `All units are identical in ${named(collapsed)}: equal weights receive equal gradients, so such a layer acts as one unit.` };
  if (now.loss > rules.overshot * chance) return { kind: "bad", text: `The training loss is ${compact(now.loss / chance)} times that of a constant prediction: the weights or the steps are too large.` };
  const saturated = where((layer) => layer.saturated > rules.manySaturated);
  const most = Math.max(...hidden.map((layer) => layer.saturated));
  const flat = saturated.length ? ` In ${named(saturated)}, up to ${percent(most)} of the activations have a slope close to zero.` : "";
  if (atChance) {
    const [first, last] = [hidden[0] ?? layers[0], layers.at(-1)];
    const ratio = first.gradient / last.gradient;
    const lost = ratio < 0.1 ? ` The gradient shrinks to ${compact(ratio)} of its size on the way back to layer 1.` : last.signal < 0.01 ? ` The signal reaches the output at a size of ${compact(last.signal)}.` : "";
    const when = now.step ? `At chance after ${now.step} steps` : "Before training";
    return { kind: "open", text: `${when}: the training loss is ${now.loss > 1.02 * chance ? "above" : "at"} that of a constant prediction.${lost}${flat}` };
  }
  const better = now.accuracy > baseline + 0.02;
  return better
    ? { kind: "good", text: `Learns: test accuracy ${now.accuracy.toFixed(3)}, where the majority class alone gives ${baseline.toFixed(3)}.${flat}` }
    : { kind: "open", text: `The training loss falls below that of a constant prediction; the test accuracy is still close to ${baseline.toFixed(3)}, the majority class.${flat}` };
}

/** Return the lowest cross-entropy of a prediction that ignores the points: the entropy of the class shares. */
function constantLoss(labels, classes) {
  const shares = Array.from({ length: classes }, (_, label) => labels.filter((each) => each === label).length / labels.length);
  return shares.reduce((sum, share) => sum - (share > 0 ? share * Math.log(share) : 0), 0);
}

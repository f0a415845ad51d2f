// Lessons: settings that show one thing, three sentences on it, a question and its answer.

const LESSONS = [
  {
    name: "three", title: "Zeros, small, He",
    state: { data: "moons", activation: "relu", depth: 2, width: 16, optimizer: "sgd", rate: 0.1, batch: 32, lanes: ["zeros", "random:0.01", "he"] },
    text: "With zeros, no gradient reaches the hidden layers. Small random weights differ, but the signal that they pass on is so small that training waits on a plateau. He's weights keep the size of the signal, and the network learns from the first epoch.",
    question: "After 30 epochs, which of the three networks has hidden units that differ from each other, and which has learned?",
    answer: "Small random weights and He's weights make different units; with zeros all units of a layer stay identical. Only He's network is far above chance after 30 epochs. The small random weights catch up later; zeros never do.",
  },
  {
    name: "constant", title: "Why not a constant?",
    state: { data: "circles", activation: "tanh", depth: 2, width: 16, optimizer: "sgd", rate: 0.1, batch: 32, lanes: ["zeros", "constant:0.1", "constant:1", "glorot"] },
    text: "A constant lets the signal through, so the weights do receive gradients. But units with equal weights compute equal outputs and receive equal gradients. They stay equal for ever, and sixteen units do the work of one.",
    question: "What does the map of the weights look like with a constant, and what shape of boundary can the network draw?",
    answer: "All columns of a map are the same: each column is one unit. The network can draw only one smooth step across the plane, which no choice of the constant changes. Random weights break the symmetry.",
  },
  {
    name: "size", title: "Too small, too large",
    state: { data: "moons", activation: "relu", depth: 4, width: 16, optimizer: "sgd", rate: 0.05, batch: 32, lanes: ["random:0.01", "random:0.1", "random:0.35", "random:2"] },
    text: "All four networks have the same random draws, times a standard deviation. Each layer multiplies the signal by a factor, so four layers multiply it by its fourth power. He's rule for 16 inputs gives a standard deviation of 0.35.",
    question: "Look at the signal in each layer before training. Which standard deviation keeps it level, and what happens with the largest one when training starts?",
    answer: "0.35, the root of 2 / 16, keeps the signal level. With 0.01 and 0.1 the signal shrinks layer by layer and training waits or never begins. With 2 the signal grows, the first losses are huge, and the steps that follow destroy the network.",
  },
  {
    name: "depth", title: "Depth 8: Xavier and He",
    state: { data: "blobs", noise: 0.5, activation: "relu", depth: 8, width: 32, optimizer: "sgd", rate: 0.0003, batch: 32, lanes: ["glorot", "he"] },
    text: "Xavier's (Glorot's) variance is made for units that are linear around zero. ReLU sets half of its inputs to zero, so with Xavier's variance a layer halves the mean square of the signal. He's variance is twice as large and makes up for it.",
    question: "How much smaller is the signal at the output with Xavier than with He, and which network is ahead after 20 epochs? Try some seeds.",
    answer: "It is tens of times smaller: each of seven layers halves its mean square, and the first layer starts from less. The gradient shrinks as much on its way back, so Xavier's network waits. Over 20 seeds the median test accuracy at epoch 20 is 0.96 with He and 0.36 with Xavier; a single seed can show the opposite.",
  },
  {
    name: "tanh", title: "Saturated tanh",
    state: { data: "moons", activation: "tanh", depth: 4, width: 16, optimizer: "sgd", rate: 0.1, batch: 32, lanes: ["random:0.1", "glorot", "random:5"] },
    text: "tanh is flat far from zero. Large weights push the preactivations there: the units are saturated, their slopes are close to zero and so are the gradients. Glorot's variance keeps most units where tanh is steep.",
    question: "Which share of the activations is saturated with a standard deviation of 5, and does training undo it?",
    answer: "About nine in ten from the second layer on, and training does not undo it. The boundary is jagged from the start, the loss begins far above that of a constant prediction, and mostly the last layer learns: over ten seeds the median test accuracy at epoch 60 is 0.87, where it is 0.98 with Glorot.",
  },
  {
    name: "rate", title: "Or just a higher learning rate?",
    state: { data: "moons", activation: "relu", depth: 3, width: 16, optimizer: "sgd", rate: 1, batch: 32, lanes: ["zeros", "random:0.01", "he", "random:1"] },
    text: "A higher learning rate shortens the plateau of small weights, because each step is larger. It cannot help zeros, whose gradients are zero. And with large weights it makes training fail.",
    question: "Move the learning rate between 0.001 and 1. Is there one at which all four networks learn? Which network learns at most of them?",
    answer: "There is none: zeros learns at no learning rate. He's network learns at the widest range of them. That is the practical reason for a good initialization: it leaves room for the learning rate.",
  },
];

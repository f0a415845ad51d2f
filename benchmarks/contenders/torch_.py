"""PyTorch: runs stacked, with gradients by hand or by autograd; and one model at a time.

Stacked products are `baddbmm` and `bmm`. By hand, a plain descent is fused into the products that
give the gradients, and activations are changed in place; Adam is PyTorch's own, fused.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from benchmarks.contenders import Turn
from benchmarks.workloads import Job, Weights, Workload


def by_hand(job: Job) -> Turn:
    """Get ready to train a stack without autograd."""
    order, X, targets = map(torch.from_numpy, (job.order_of_runs, job.X, job.targets))
    is_plain = job.workload.optimizer == "sgd"
    rate = job.workload.learning_rate if is_plain else 0.0

    @torch.no_grad()
    def turn() -> Weights:
        matrices, biases = _start(job)
        for parameter in (*matrices, *biases):
            parameter.grad = torch.empty_like(parameter)
        optimizer = None if is_plain else _optimizer([*matrices, *biases], job.workload)
        for samples in order:
            signals = _signals(matrices, biases, X[samples])
            delta = _delta(signals[-1], targets[samples])
            _backward(matrices, biases, signals, delta, rate)
            if optimizer is not None:
                optimizer.step()
        return _finish(matrices, biases)

    return turn


def autograd(job: Job) -> Turn:
    """Get ready to train a stack as PyTorch is usually written."""
    order, X = torch.from_numpy(job.order_of_runs), torch.from_numpy(job.X)
    answers = torch.from_numpy(_answers(job))

    def turn() -> Weights:
        matrices, biases = _start(job)
        parameters = [parameter.requires_grad_() for parameter in (*matrices, *biases)]
        optimizer = _optimizer(parameters, job.workload)
        for samples in order:
            signal = X[samples]
            for W, b in zip(matrices[:-1], biases[:-1], strict=True):
                signal = torch.relu(torch.baddbmm(b, signal, W))
            logits = torch.baddbmm(biases[-1], signal, matrices[-1])
            loss = _loss(logits.flatten(0, 1), answers[samples].flatten(0, 1), "sum")
            optimizer.zero_grad()
            (loss / samples.shape[-1]).backward()
            optimizer.step()
        return _finish(matrices, biases)

    return turn


def loop(job: Job) -> Turn:
    """Get ready to train `torch.nn` models one after another."""
    order, X = torch.from_numpy(job.order), torch.from_numpy(job.X)
    answers = torch.from_numpy(_answers(job))

    def turn() -> Weights:
        models = []
        for run in range(job.workload.runs):
            models.append(model := _model(job, run))
            optimizer = _optimizer(list(model.parameters()), job.workload)
            for samples in order[:, run // job.workload.variants]:
                loss = _loss(model(X[samples]), answers[samples], "mean")
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
        layers = zip(*(model[::2] for model in models), strict=True)
        return [
            (
                torch.stack([linear.weight.detach().T for linear in layer]).numpy(),
                torch.stack([linear.bias.detach() for linear in layer]).numpy(),
            )
            for layer in layers
        ]

    return turn


def _start(job: Job) -> tuple[list[Tensor], list[Tensor]]:
    matrices = [torch.from_numpy(W.copy()) for W, _ in job.weights]
    return matrices, [torch.from_numpy(b[:, None].copy()) for _, b in job.weights]


def _finish(matrices: Sequence[Tensor], biases: Sequence[Tensor]) -> Weights:
    pairs = zip(matrices, biases, strict=True)
    return [(W.detach().numpy(), b.detach()[:, 0].numpy()) for W, b in pairs]


def _signals(matrices: list[Tensor], biases: list[Tensor], inputs: Tensor) -> list[Tensor]:
    """Return what each layer is given, and the logits."""
    signals = [inputs]
    for W, b in zip(matrices[:-1], biases[:-1], strict=True):
        signals.append(torch.baddbmm(b, signals[-1], W).relu_())
    return [*signals, torch.baddbmm(biases[-1], signals[-1], matrices[-1])]


def _delta(logits: Tensor, targets: Tensor) -> Tensor:
    likely = torch.sigmoid(logits) if logits.shape[-1] == 1 else torch.softmax(logits, -1)
    return likely.sub_(targets).mul_(1.0 / logits.shape[-2])


def _backward(
    matrices: list[Tensor], biases: list[Tensor], signals: list[Tensor], delta: Tensor, rate: float
) -> None:
    """Descend at once where there is a rate, else leave the gradients."""
    for layer in reversed(range(len(matrices))):
        W, b, given, above = matrices[layer], biases[layer], signals[layer], delta
        if layer:
            delta = torch.bmm(above, W.mT)
            delta = torch.ops.aten.threshold_backward(delta, given, 0)
        if rate:
            W.baddbmm_(given.mT, above, alpha=-rate)
            b.sub_(above.sum(1, keepdim=True), alpha=rate)
        else:
            torch.bmm(given.mT, above, out=W.grad)
            torch.sum(above, 1, keepdim=True, out=b.grad)


def _optimizer(parameters: list[Tensor], workload: Workload) -> torch.optim.Optimizer:
    kind = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}[workload.optimizer]
    return kind(parameters, lr=workload.learning_rate, fused=True)


def _answers(job: Job):  # noqa: ANN202  # floats for one output, classes for more
    return job.targets if job.workload.sizes[-1] == 1 else job.labels


def _loss(logits: Tensor, answers: Tensor, reduction: str) -> Tensor:
    if logits.shape[-1] == 1:
        return binary_cross_entropy_with_logits(logits, answers, reduction=reduction)
    return cross_entropy(logits, answers, reduction=reduction)


def _model(job: Job, run: int) -> torch.nn.Sequential:
    parts: list[torch.nn.Module] = []
    for W, b in job.weights:
        linear = torch.nn.Linear(*W.shape[1:], dtype=torch.from_numpy(W).dtype)
        linear.weight.data = torch.from_numpy(W[run].T.copy())
        linear.bias.data = torch.from_numpy(b[run].copy())
        parts += [linear, torch.nn.ReLU()]
    return torch.nn.Sequential(*parts[:-1])

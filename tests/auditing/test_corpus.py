"""The corpus: publicly reported mistakes are found and named, and correct twins pass."""

import zlib

import numpy as np
import pytest
import yaml

from initbench.auditing import audit
from initbench.initializers import bind, layers_of
from tests.auditing.corpus import BUGS, TWINS


def audited(entry):
    """Return the audit of one checkpoint of the corpus, drawn from a seed of its own."""
    rng = np.random.default_rng(zlib.crc32(entry.name.encode()))
    claims = yaml.safe_load(entry.claims) if isinstance(entry.claims, str) else entry.claims
    return audit(entry.make(rng), claims)


def test_the_corpus_has_thirty_mistakes():
    """Each has a name of its own."""
    assert len({entry.name for entry in BUGS}) == len(BUGS) >= 30


@pytest.mark.parametrize("entry", BUGS, ids=lambda entry: entry.name)
def test_a_reported_mistake_is_found_and_named(entry):
    """There is a finding, and the likely cause of some finding is the mistake that was made."""
    result = audited(entry)
    assert not result.consistent
    causes = [tensor.cause for tensor in result.tensors if tensor.findings]
    assert any(entry.cause in cause for cause in causes), causes
    checks = [check for tensor in result.tensors for check in tensor.checks]
    assert all(0 <= check.p_value <= 1 for check in checks)
    assert {check.p_value for check in checks if check.is_exact} <= {0, 1}


@pytest.mark.parametrize("entry", TWINS, ids=lambda entry: entry.name)
def test_a_correct_twin_passes(entry):
    """There is no finding."""
    found = [(tensor.name, tensor.findings) for tensor in audited(entry).tensors if tensor.findings]
    assert found == []


def test_at_most_one_correct_tensor_in_a_thousand_is_doubted():
    """1,600 tensors of 160 networks, drawn as claimed, in three precisions."""
    names = ("he_normal", "glorot_uniform", "torch:linear", "keras:he_normal")
    doubted = total = 0
    for name in names:
        claim = bind(name)
        for seed in range(40):
            layers = layers_of([20, 30, 7, 16, 12, 3], "relu")
            arrays = {}
            for index, (weights, biases) in enumerate(claim.draw(layers, 1000 + seed), start=1):
                dtype = (np.float64, np.float32, np.float16)[seed % 3]
                arrays |= {f"W{index}": weights.astype(dtype), f"b{index}": biases.astype(dtype)}
            result = audit(arrays, claim)
            total += len(result.tensors)
            doubted += sum(bool(tensor.findings) for tensor in result.tensors)
    assert total == 1600
    assert doubted <= total // 1000

"""Spectrum: Lanczos finds the eigenvalues of the full matrix, and Hutchinson its trace."""

import numpy as np
import pytest

from initbench.curvature.products import Linearization
from initbench.curvature.spectrum import hutchinson_trace, leading_eigenvalues
from tests.curvature.conftest import a_batch, a_network, matrix_of


def product_of(matrices):
    """Return the product of a stack of matrices (R, P, P) with vectors (R, P)."""
    return lambda vectors: np.matmul(matrices, vectors[..., np.newaxis])[..., 0]


def a_stack(*spectra):
    """Return symmetric matrices with these eigenvalues, and random vectors."""
    rng = np.random.default_rng(0)
    size = len(spectra[0])
    bases = np.linalg.qr(rng.standard_normal((len(spectra), size, size)))[0]
    matrices = bases @ (np.array(spectra)[:, :, np.newaxis] * bases.mT)
    return matrices, rng.standard_normal((len(spectra), size))


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_the_eigenvalues_are_those_of_the_full_matrix(activation):
    """The three largest of Hessian and Gauss–Newton matrix agree with NumPy's to 1e-8."""
    network = a_network((3, 4, 4, 2), activation)
    batch = a_batch(3, 2, "mean_squared_error")
    linear = Linearization(network, *batch)
    start = np.random.default_rng(1).standard_normal(network.parameters.shape)
    for product in (linear.hessian_product, linear.gauss_newton_product):
        expected = np.linalg.eigvalsh(matrix_of(product, network))[:, :-4:-1]
        found = leading_eigenvalues(product, start, tolerance=1e-9)
        np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-8)


def test_the_default_tolerance_gives_three_digits_of_the_largest():
    """A few products suffice for an eigenvalue apart from the others, as curvature has them."""
    rest = np.linspace(-1.0, 1.0, 197)
    matrices, start = a_stack([40.0, 20.0, 9.0, *rest], [3.0, 2.5, 2.0, *rest])
    products = []

    def product(vectors):
        products.append(None)
        return product_of(matrices)(vectors)

    found = leading_eigenvalues(product, start)
    np.testing.assert_allclose(found[:, 0], [40.0, 3.0], rtol=1e-3)
    assert len(products) < 30


def test_largest_means_largest_and_not_farthest_from_zero():
    """A large negative eigenvalue does not hide the largest positive one."""
    matrices, start = a_stack([2.0, 1.0, 0.5, *np.linspace(-50, 0, 27)])
    found = leading_eigenvalues(product_of(matrices), start, tolerance=1e-6)
    np.testing.assert_allclose(found, [[2.0, 1.0, 0.5]], rtol=1e-5)


@pytest.mark.parametrize(
    ("spectrum", "expected"),
    [
        ([0.0] * 6, [0.0, 0.0, 0.0]),
        ([5.0, *[0.0] * 5], [5.0, 0.0, 0.0]),
        ([4.0] * 6, [4.0] * 3),
        ([4.0] * 3 + [0.0] * 800, [4.0] * 3),
    ],
)
def test_an_exhausted_space_is_searched_further(spectrum, expected):
    """Where the first vector spans one direction of an eigenvalue only, others are found too.

    Among hundreds of zeros, another random vector has nearly nothing of the directions sought.
    """
    matrices, start = a_stack(spectrum)
    found = leading_eigenvalues(product_of(matrices), start)
    np.testing.assert_allclose(found, [expected], rtol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_an_eigenvalue_within_rounding_of_zero_is_zero(dtype):
    """Below 100 machine epsilons of the largest, here or below zero, a number says nothing."""
    epsilon = np.finfo(dtype).eps
    matrices = np.zeros((3, 50, 50), dtype)
    matrices[:, 0, 0] = 8.0, 8.0, -8.0
    matrices[:, 1, 1] = 1000 * 8 * epsilon, 10 * 8 * epsilon, 10 * 8 * epsilon
    start = np.random.default_rng(0).standard_normal((3, 50)).astype(dtype)
    found = leading_eigenvalues(product_of(matrices), start, tolerance=float(epsilon))
    np.testing.assert_allclose(found[0, :2], [8.0, 8000 * epsilon], rtol=1e-2)
    np.testing.assert_allclose(found[1], [8.0, 0.0, 0.0], rtol=1e-6)
    np.testing.assert_array_equal(found[2], [0.0, 0.0, 0.0])


def test_a_matrix_of_fewer_rows_has_fewer_eigenvalues():
    """Two parameters have two eigenvalues; the third is NaN."""
    matrices, start = a_stack([3.0, 1.0])
    found = leading_eigenvalues(product_of(matrices), start)
    np.testing.assert_allclose(found, [[3.0, 1.0, np.nan]])


def test_a_run_that_is_not_finite_is_nan_and_changes_no_other():
    """One run overflows, another needs more steps: both are as alone."""
    matrices, start = a_stack(np.linspace(0, 9, 40), [7.0, *np.linspace(0, 1, 39)], [1.0] * 40)
    matrices[1, 0, 0] = np.inf
    with np.errstate(invalid="ignore"):
        together = leading_eigenvalues(product_of(matrices), start)
    assert np.isnan(together[1]).all()
    for run in (0, 2):
        alone = leading_eigenvalues(product_of(matrices[run : run + 1]), start[run : run + 1])
        np.testing.assert_array_equal(alone[0], together[run])


def test_hutchinsons_estimate_is_the_trace_on_average():
    """The mean over many sign vectors lies within four standard errors, and a diagonal is exact."""
    matrices, _ = a_stack(np.linspace(-1, 3, 20))
    rng = np.random.default_rng(2)
    signs = rng.choice([-1.0, 1.0], (400, 1, 20))
    each = np.array([hutchinson_trace(product_of(matrices), [one])[0] for one in signs])
    assert abs(each.mean() - 20.0) < 4 * each.std() / np.sqrt(len(each))
    assert hutchinson_trace(product_of(matrices), signs)[0] == pytest.approx(each.mean())
    diagonal = np.diag(np.arange(20.0))[np.newaxis]
    assert hutchinson_trace(product_of(diagonal), signs[:2])[0] == pytest.approx(190.0)

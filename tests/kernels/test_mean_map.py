"""Mean map kernels: loop references with scikit-learn's kernels, literals, identities."""

import numpy as np
import pandas as pd
import pytest
from kernel_cases import (
    KERNELS,
    LITERAL,
    MEMORIES,
    TOLERANCE,
    X,
    Y,
    draw,
    loop_kernel,
    loop_mmd,
    options,
)
from sklearn.metrics import pairwise

from sksets import SetArray
from sksets.kernels import mean_map_kernel, mmd_squared
from sksets.kernels._element_kernels import ElementKernel


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("kernel", KERNELS)
def test_kernel_is_the_loop_over_pairs(kernel, dtype):
    single = [[elements.astype(dtype) for elements in sets] for sets in (X, Y)]
    for memory in MEMORIES:
        for pair in (single, single[::-1], (single[1], single[1])):
            # one pair a block is slow: small sets alone
            x, y = (sets[:3] if memory == MEMORIES[-1] else sets for sets in pair)
            found = mean_map_kernel(x, y, working_memory=memory, **options(kernel))
            expected = loop_kernel(x, y, kernel)
            assert found.dtype == dtype
            error = np.abs(found - expected).max() / np.abs(expected).max()
            assert error < TOLERANCE[dtype]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("kernel", KERNELS)
def test_symmetric_equals_general(kernel, dtype):
    single = [elements.astype(dtype) for elements in X]
    general = mean_map_kernel(single, single, **options(kernel))
    for memory in MEMORIES[:2]:
        symmetric = mean_map_kernel(single, working_memory=memory, **options(kernel))
        np.testing.assert_array_equal(symmetric, symmetric.T)
        error = np.abs(symmetric - general).max() / np.abs(general).max()
        assert error < TOLERANCE[dtype]


@pytest.mark.parametrize(
    "kernel, expected",
    [
        # exponentials of -d^2 / 2 and -d / 2, products of the means 1/2 and 2, (xy / 2 + 1)^2
        ("rbf", [[(1 + np.exp(-0.5)) / 2, (np.exp(-2) + np.exp(-0.5)) / 2], [None, 1]]),
        ("laplacian", [[(1 + np.exp(-0.5)) / 2, (np.exp(-1) + np.exp(-0.5)) / 2], [None, 1]]),
        ("linear", [[0.25, 1], [None, 4]]),
        ("polynomial", [[(3 + 1.5**2) / 4, (1 + 2**2) / 2], [None, 9]]),
    ],
)
def test_kernel_literal(kernel, expected):
    expected[1][0] = expected[0][1]
    found = mean_map_kernel(LITERAL, element_kernel=kernel, element_gamma=0.5, degree=2)
    np.testing.assert_allclose(found, expected, rtol=1e-14)


def test_one_element_a_set_is_the_kernel_of_elements():
    table = np.random.default_rng(0).normal(size=(50, 4))
    np.testing.assert_allclose(mean_map_kernel(table), pairwise.rbf_kernel(table), rtol=1e-12)


def test_many_small_sets():
    many = draw(np.random.default_rng(0).integers(1, 6, size=250), n_features=2)
    expected = loop_kernel(many[:5], many, "rbf")
    np.testing.assert_allclose(
        mean_map_kernel(many[:5], many, **options("rbf")), expected, rtol=1e-11
    )
    symmetric = mean_map_kernel(many, **options("rbf"))
    np.testing.assert_allclose(symmetric[:5], expected, rtol=1e-11)
    np.testing.assert_allclose(symmetric[-5:, :5], expected[:, -5:].T, rtol=1e-11)


def test_blocks_of_large_sets():
    # 3,000 x 3,000 pairs are nine blocks and more
    large = draw([1700, 1300], n_features=2)
    expected = loop_kernel(large, large, "rbf")
    for dtype, tolerance in TOLERANCE.items():
        single = [elements.astype(dtype) for elements in large]
        for other in (None, single):
            found = mean_map_kernel(single, other, **options("rbf"))
            np.testing.assert_allclose(found, expected, rtol=tolerance)


def test_kernel_is_positive_semi_definite():
    for name in ("rbf", "laplacian", "linear", "polynomial"):
        assert np.linalg.eigvalsh(mean_map_kernel(X, element_kernel=name)).min() > -1e-10


def test_order_of_the_elements_does_not_matter():
    rng = np.random.default_rng(0)
    mixed = [rng.permutation(elements) for elements in X]
    for name in KERNELS:
        for function in (mean_map_kernel, mmd_squared):
            expected = function(X, Y, **options(name))
            np.testing.assert_allclose(function(mixed, Y, **options(name)), expected, rtol=1e-9)


@pytest.mark.parametrize("kernel", ["rbf", "laplacian"])
def test_float32_far_from_the_origin(kernel):
    far = draw([40, 70, 200], dtype=np.float32, offset=1000.0)
    # the reference has the same rounded elements
    expected = loop_kernel(far, far, kernel)
    np.testing.assert_allclose(mean_map_kernel(far, **options(kernel)), expected, rtol=1e-4)
    near = [elements.astype(np.float64) - 1000 for elements in far]
    found = mmd_squared(far, **options(kernel))
    np.testing.assert_allclose(found, loop_mmd(near, near, kernel, True), atol=1e-5)


def test_float32_of_a_very_narrow_kernel():
    # gamma |x|^2 is 1e7, of which single precision has no digit after the point
    sets = [100 * elements for elements in draw([3, 4, 2], dtype=np.float32)]
    found = mean_map_kernel(sets, element_gamma=300.0)
    np.testing.assert_allclose(found, np.diag([1 / 3, 1 / 4, 1 / 2]), atol=1e-6)
    assert found.dtype == np.float32


@pytest.mark.parametrize("dtype, power", [(np.float32, 30), (np.float64, 150)])
def test_very_distant_elements(dtype, power):
    sets = [np.array([[0.0], [10.0**power]], dtype=dtype), np.zeros((1, 1), dtype=dtype)]
    for name in ("rbf", "laplacian"):
        found = mean_map_kernel(sets, element_kernel=name)
        np.testing.assert_allclose(found, [[0.5, 0.5], [0.5, 1]], rtol=1e-6)


def test_any_container_and_dtype():
    integers = [np.array([[1, 2], [3, 4]]), np.array([[0, 1]])]
    expected = mean_map_kernel([elements.astype(float) for elements in integers])
    assert expected.dtype == np.float64
    read_only = SetArray.from_sets(integers)
    read_only.values.setflags(write=False)
    for container in (
        integers,
        read_only,
        SetArray.from_sets(integers, context=[1, 2]),
        pd.Series(integers),
        [elements.astype(np.float16) for elements in integers],
        [elements[::-1, ::-1].astype(">f8")[::-1, ::-1] for elements in integers],
    ):
        np.testing.assert_allclose(mean_map_kernel(container), expected, rtol=1e-14)
    mixed = [[elements.astype(dtype) for elements in integers] for dtype in (np.float32, float)]
    assert mean_map_kernel(mixed[0]).dtype == np.float32
    assert mean_map_kernel(mixed[0], mixed[0]).dtype == np.float32
    assert mean_map_kernel(*mixed).dtype == np.float64
    np.testing.assert_allclose(mean_map_kernel([[1.0], [3.0]]), pairwise.rbf_kernel([[1], [3]]))


def test_arguments_are_left_as_they_are():
    before = [elements.copy() for elements in X]
    for name in KERNELS:
        mmd_squared(X, X, biased=True, element_kernel=name)
    for elements, expected in zip(X, before, strict=True):
        np.testing.assert_array_equal(elements, expected)


# ---------------------------------------------------------------- memory


@pytest.mark.parametrize("memory", [0.03, 1, 64])
def test_blocks_stay_under_the_working_memory(memory, monkeypatch):
    pairs, block = [], ElementKernel.block

    def recorded(self, left, right, buffer):
        pairs.append(len(left) * len(right))
        assert pairs[-1] <= len(buffer)
        pairs.append(len(buffer))
        return block(self, left, right, buffer)

    monkeypatch.setattr(ElementKernel, "block", recorded)
    large = draw([300, 10, 100] if memory < 1 else [1500, 700], n_features=2)
    for other in (None, large, draw([1], n_features=2)):
        for sets in ((large, other), (other, large)):
            if sets[0] is not None:
                mean_map_kernel(*sets, working_memory=memory)
    # a block of doubles, and three times as much for its sums
    assert 0 < max(pairs) * 4 * 8 <= memory * 2**20

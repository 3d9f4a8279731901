"""Mean map kernels and MMD: loop references with scikit-learn's kernels, literals, identities."""

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.metrics import pairwise

from sksets import SetArray
from sksets.kernels import (
    ELEMENT_KERNELS,
    SHIFT_INVARIANT_KERNELS,
    mean_map_kernel,
    mmd_kernel,
    mmd_squared,
)
from sksets.kernels._element_kernels import ElementKernel

KERNELS = {
    "rbf": (pairwise.rbf_kernel, {"gamma": 0.3}),
    "laplacian": (pairwise.laplacian_kernel, {"gamma": 0.3}),
    "linear": (pairwise.linear_kernel, {}),
    "polynomial": (pairwise.polynomial_kernel, {"gamma": 0.3, "degree": 2, "coef0": 0.7}),
}
# Bounds of the relative error.
TOLERANCE = {np.float64: 1e-12, np.float32: 1e-5}
# One block for all, blocks that cut sets, and one pair a block.
MEMORIES = (64, 0.03, 1e-9)
LITERAL = [np.array([[0.0], [1.0]]), np.array([[2.0]])]


def draw(sizes, n_features=3, seed=0, dtype=np.float64, offset=0.0):
    """Draw sets of correlated normals, each with a mean of its own."""
    rng = np.random.default_rng(seed)
    mix = rng.normal(size=(n_features, n_features)) / np.sqrt(n_features)
    sets = [rng.normal(size=(n, n_features)) @ mix + rng.normal(size=n_features) for n in sizes]
    return [(elements + offset).astype(dtype) for elements in sets]


X = draw([1, 7, 2, 40, 5, 1, 150])
Y = draw([3, 1, 60, 2], seed=1)


def options(kernel):
    """Return the keywords of ours that give scikit-learn's kernel."""
    names = {"gamma": "element_gamma"}
    given = {names.get(name, name): value for name, value in KERNELS[kernel][1].items()}
    return {"element_kernel": kernel, **given}


def loop_kernel(X, Y, kernel):
    """The mean over all pairs of elements, two sets at a time, in double."""
    function, parameters = KERNELS[kernel]
    double = [[elements.astype(np.float64) for elements in sets] for sets in (X, Y)]
    return np.array([[function(x, y, **parameters).mean() for y in double[1]] for x in double[0]])


def off_diagonal(K):
    return K.sum() - np.trace(K)


def loop_mmd(X, Y, kernel, biased):
    """Equations 5 and 3 of Gretton et al. (2012), two sets at a time."""
    function, parameters = KERNELS[kernel]

    def within(x):
        K = function(x, x, **parameters)
        return K.mean() if biased else off_diagonal(K) / (len(x) * (len(x) - 1))

    def between(x, y):
        return function(x, y, **parameters).mean()

    return np.array([[within(x) + within(y) - 2 * between(x, y) for y in Y] for x in X])


# ---------------------------------------------------------------- mean_map_kernel


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


def test_defaults_are_those_of_scikit_learn():
    for name, (function, _) in KERNELS.items():
        found = mean_map_kernel(X, Y, element_kernel=name)
        expected = [[function(x, y).mean() for y in Y] for x in X]
        np.testing.assert_allclose(found, expected, rtol=1e-11)


def test_names_of_element_kernels():
    assert set(ELEMENT_KERNELS) == set(KERNELS)
    moved = [elements + 1 for elements in LITERAL]
    for name in ELEMENT_KERNELS:
        here, away = (mean_map_kernel(sets, element_kernel=name) for sets in (LITERAL, moved))
        assert (name in SHIFT_INVARIANT_KERNELS) == np.allclose(here, away, rtol=1e-12)


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


# ---------------------------------------------------------------- memory and threads


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


def test_threads_change_nothing_and_are_given_back():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        single = draw([150, 120, 130], dtype=np.float32)
        for name in KERNELS:
            expected = mmd_squared(single, single, n_jobs=1, **options(name))
            for n_jobs in (2, -1, None):
                found = mmd_squared(single, single, n_jobs=n_jobs, **options(name))
                np.testing.assert_array_equal(found, expected)
            assert torch.get_num_threads() == 2
        with pytest.raises(ValueError, match="too large"):
            mean_map_kernel([np.full((1, 1), 1e300)], element_kernel="polynomial", n_jobs=1)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
    with pytest.raises(ValueError, match=r"n_jobs must be None, 1 or more, or negative .*found 0"):
        mean_map_kernel(X, n_jobs=0)


# ---------------------------------------------------------------- MMD


@pytest.mark.parametrize("biased", [True, False])
@pytest.mark.parametrize("kernel", KERNELS)
def test_mmd_is_the_loop_over_pairs(kernel, biased):
    x, y = ([elements for elements in sets if len(elements) > 1] for sets in (X, Y))
    for dtype in (np.float64, np.float32):
        single = [[elements.astype(dtype) for elements in sets] for sets in (x, y)]
        for memory in MEMORIES[:2]:
            found = mmd_squared(*single, biased=biased, working_memory=memory, **options(kernel))
            expected = loop_mmd(x, y, kernel, biased)
            scale = loop_kernel(x, x, kernel).max() + loop_kernel(y, y, kernel).max()
            assert found.dtype == dtype
            assert np.abs(found - expected).max() < 10 * TOLERANCE[dtype] * scale
            symmetric = mmd_squared(single[0], biased=biased, **options(kernel))
            expected = loop_mmd(x, x, kernel, biased)
            np.fill_diagonal(expected, 0)
            assert np.abs(symmetric - expected).max() < 10 * TOLERANCE[dtype] * scale
            np.testing.assert_array_equal(np.diagonal(symmetric), 0)
            np.testing.assert_array_equal(symmetric, symmetric.T)


def test_mmd_literal():
    # 1/2 (1 + a) + 1 - (a + a^4) for a = exp(-1/2), the distances being 1, 2 and 1
    a = np.exp(-0.5)
    expected = (1 + a) / 2 + 1 - (a + a**4)
    found = mmd_squared(LITERAL, element_gamma=0.5)
    np.testing.assert_allclose(found, [[0, expected], [expected, 0]], rtol=1e-14)
    # without the pairs of an element with itself, a is left of the first
    both = [LITERAL[0], np.array([[2.0], [2.0]])]
    expected = a + 1 - (a + a**4)
    found = mmd_squared(both, both, element_gamma=0.5, biased=False)
    np.testing.assert_allclose(found[0, 1], expected, rtol=1e-14)


@pytest.mark.parametrize("kernel", KERNELS)
def test_a_set_against_itself_has_no_distance(kernel):
    for dtype, tolerance in TOLERANCE.items():
        single = [elements.astype(dtype) for elements in X]
        found = mmd_squared(single, single, **options(kernel))
        assert (found >= 0).all()
        scale = loop_kernel(X, X, kernel).max()
        assert np.diagonal(found).max() < 10 * tolerance * scale
        # nor against one that has each element twice
        twice = [np.repeat(elements, 2, axis=0) for elements in single]
        assert np.diagonal(mmd_squared(single, twice, **options(kernel))).max() < (
            10 * tolerance * scale
        )


def test_linear_mmd_is_the_distance_of_the_means():
    for offset in (0.0, 1e7):
        moved = [[elements + offset for elements in sets] for sets in (X, Y)]
        means = [np.array([elements.mean(axis=0) for elements in sets]) for sets in moved]
        expected = pairwise.euclidean_distances(means[0] - offset, means[1] - offset) ** 2
        found = mmd_squared(*moved, element_kernel="linear")
        np.testing.assert_allclose(found, expected, rtol=1e-7)


def test_unbiased_is_the_biased_one_less_the_pairs_of_an_element_with_itself():
    x, y = draw([5, 9, 30]), draw([12, 4], seed=1)
    # of the rbf kernel, K' = K - (1 - K) / (M - 1)
    shift = [
        (1 - np.diagonal(mean_map_kernel(sets))) / [len(elements) - 1 for elements in sets]
        for sets in (x, y)
    ]
    expected = mmd_squared(x, y) - shift[0][:, None] - shift[1]
    np.testing.assert_allclose(mmd_squared(x, y, biased=False), expected, atol=1e-13)


def test_unbiased_has_mean_zero():
    rng = np.random.default_rng(0)
    x, y = ([rng.normal(size=(10, 2)) for _ in range(400)] for _ in range(2))
    pairs = np.diagonal(mmd_squared(x, y, biased=False))
    error = pairs.std() / np.sqrt(len(pairs))
    assert abs(pairs.mean()) < 3 * error
    assert np.diagonal(mmd_squared(x, y)).mean() > 20 * error
    assert (pairs < 0).any()


def test_mmd_kernel_is_the_exponential():
    for gamma in (1.0, 2.5):
        squared = mmd_squared(X, Y, element_kernel="laplacian")
        found = mmd_kernel(X, Y, element_kernel="laplacian", gamma=gamma)
        np.testing.assert_allclose(found, np.exp(-gamma * squared), rtol=1e-14)
    K = mmd_kernel(X, gamma=3.0)
    np.testing.assert_array_equal(np.diagonal(K), 1)
    assert np.linalg.eigvalsh(K).min() > 0
    assert mmd_kernel([elements.astype(np.float32) for elements in X]).dtype == np.float32


# ---------------------------------------------------------------- errors


@pytest.mark.parametrize(
    "keywords, error, text",
    [
        ({"element_kernel": "rfb"}, ValueError, "Unknown element_kernel 'rfb'; did you mean 'rbf'"),
        ({"element_kernel": 3}, ValueError, "Unknown element_kernel 3. Known: rbf, laplacian, lin"),
        (
            {"element_gamma": 0},
            ValueError,
            "element_gamma must be None or a positive .* found 0",
        ),
        ({"element_gamma": -1.0}, ValueError, "element_gamma must be None or .* found -1.0"),
        ({"element_gamma": np.nan}, ValueError, "element_gamma must be .* found nan"),
        ({"element_gamma": np.inf}, ValueError, "element_gamma must be .* found inf"),
        ({"element_gamma": "median"}, ValueError, "element_gamma must be .* found 'median'"),
        ({"degree": 0}, ValueError, "degree == 0, must be >= 1"),
        ({"degree": 2.5}, TypeError, "degree must be an instance of int"),
        ({"coef0": np.nan}, ValueError, "coef0 must be a finite number, found nan"),
        ({"coef0": "1"}, TypeError, "coef0 must be an instance of float"),
        ({"working_memory": 0}, ValueError, "working_memory must be a positive number, found 0"),
        ({"working_memory": -1}, ValueError, "working_memory must be a positive number, found -1"),
    ],
)
def test_parameter_errors(keywords, error, text):
    for function in (mean_map_kernel, mmd_squared, mmd_kernel):
        with pytest.raises(error, match=text):
            function(X, **keywords)


def test_mmd_parameter_errors():
    with pytest.raises(ValueError, match="gamma must be a positive number, found 0"):
        mmd_kernel(X, gamma=0)
    sets = [np.ones((2, 1)), np.ones((1, 1))]
    with pytest.raises(ValueError, match=r"needs two elements a set; set 1 of X has 1\. Use biase"):
        mmd_squared(sets, biased=False)
    with pytest.raises(ValueError, match=r"needs two elements a set; set 1 of Y has 1\."):
        mmd_squared(sets[:1], sets, biased=False)


GOOD = [np.ones((2, 3)), np.ones((1, 3))]


@pytest.mark.parametrize(
    "bad, error, text",
    [
        (3, TypeError, "Cannot read {}, one array of elements a set: X is a int"),
        ([], ValueError, "Cannot read {}, one array of elements a set: "),
        ([["a", "b"], ["c"]], ValueError, "{} holds string tokens, but a kernel of sets takes num"),
        ([np.ones((2, 3)), np.ones((0, 3))], ValueError, r"Set 1 of {} is empty; .* Drop it, and"),
        ([np.ones((0, 3))], ValueError, "Set 0 of {} is empty"),
        ([GOOD[0], np.full((2, 3), np.nan)], ValueError, "{} contains NaN: set 1, element 0. Rem"),
        ([GOOD[0], np.array([[1, 1, np.inf]])], ValueError, "{} contains infinity: set 1, element"),
        ([np.ones((2, 3, 4))], ValueError, r"{} has elements of shape \(3, 4\). Flatten them"),
        ([np.ones((2, 0))], ValueError, r"vectors of one feature or more .*{} has .* shape \(0,\)"),
    ],
)
def test_errors_of_sets(bad, error, text):
    with pytest.raises(error, match=text.format("X")):
        mean_map_kernel(bad)
    with pytest.raises(error, match=text.format("Y")):
        mmd_squared(GOOD, bad)


def test_numbers_of_features_must_agree():
    with pytest.raises(ValueError, match="same number of features; X has 3, Y has 2. Give both"):
        mean_map_kernel(GOOD, [np.ones((2, 2))])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_too_large_elements(dtype):
    huge = [np.zeros((1, 2), dtype=dtype), np.full((1, 2), np.finfo(dtype).max / 2, dtype=dtype)]
    names = ["polynomial", "linear"] + (["rbf"] if dtype == np.float64 else [])
    for name in names:
        text = f"too large for the {name} kernel in {dtype.__name__}: that of set . of X is not fin"
        for function in (mean_map_kernel, mmd_squared):
            with pytest.raises(ValueError, match=text):
                function(huge, element_kernel=name)
    # the kernel of each with itself alone
    with pytest.raises(ValueError, match="that of set 1 of Y is not finite. Scale the elements"):
        mmd_squared(huge[:1], huge, element_kernel="polynomial")


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("element_kernel", ["rbf", "laplacian", "polynomial"])
def test_sets_of_the_same_elements_have_no_distance(element_kernel, dtype):
    elements = np.random.default_rng(0).normal(3, 1, size=(300, 4)).astype(dtype)
    X = [elements, elements[::-1], np.roll(elements, 7, axis=0)]
    assert not np.any(mmd_squared(X, element_kernel=element_kernel))
    assert not np.any(mmd_squared(X, X[1:], element_kernel=element_kernel))

"""Divergences by nearest neighbours: closed forms, a loop over scikit-learn's, identities."""

import numpy as np
import pytest
from scipy.special import digamma, gamma
from sklearn.neighbors import NearestNeighbors

from sksets import SetArray
from sksets.kernels import DIVERGENCES, ORDERED_DIVERGENCES, _knn, knn_divergence, knn_divergences

NAMES = ("kl", "renyi", "tsallis", "hellinger", "bhattacharyya", "l2", "jensen_shannon")


def draw_sets(rng, sizes, n_features, loc=0.0, scale=1.0):
    """Draw Gaussian sets, their means ``loc`` apart in the first feature."""
    mean = loc * np.eye(n_features)[0]
    return [mean + scale * rng.normal(size=(n, n_features)) for n in sizes]


# ---------------------------------------------------------------- closed forms


def log_mixture_mean(loc, scale, n_features):
    """Jensen-Shannon of N(0, I) and N(loc e_1, scale^2 I) on a grid, in one or two dimensions.

    With scale 1, all features but the first cancel.
    """
    n_features = 1 if scale == 1 else n_features
    axis = np.linspace(-8, 9, 1201)
    grid = np.stack(np.meshgrid(*[axis] * n_features), axis=-1)
    log_p = -(grid**2).sum(-1) / 2
    log_q = -((grid - loc * np.eye(n_features)[0]) ** 2).sum(-1) / (2 * scale**2)
    log_q -= n_features * np.log(scale)
    log_p, log_q = (logs - n_features / 2 * np.log(2 * np.pi) for logs in (log_p, log_q))
    log_mixture = np.logaddexp(log_p, log_q) - np.log(2)
    values = np.exp(log_p) * (log_p - log_mixture) + np.exp(log_q) * (log_q - log_mixture)
    return values.sum() * (axis[1] - axis[0]) ** n_features / 2


def gaussian_divergences(loc, scale, n_features, alpha):
    """The truth for N(0, I) and N(loc e_1, scale^2 I), in the order of NAMES."""
    d = n_features
    kl = (d / scale**2 + loc**2 / scale**2 - d + 2 * d * np.log(scale)) / 2

    def integral(alpha):
        variance = alpha * scale**2 + 1 - alpha
        exponent = alpha * (1 - alpha) * loc**2 / (2 * variance)
        return (scale**alpha / np.sqrt(variance)) ** d * np.exp(-exponent)

    def product(loc, variance):
        return np.exp(-(loc**2) / (2 * variance)) / (2 * np.pi * variance) ** (d / 2)

    power, affinity = integral(alpha), integral(0.5)
    squares = product(0, 2) - 2 * product(loc, 1 + scale**2) + product(0, 2 * scale**2)
    return np.array(
        [
            kl,
            np.log(power) / (alpha - 1),
            (power - 1) / (alpha - 1),
            np.sqrt(1 - affinity),
            -np.log(affinity),
            squares,
            log_mixture_mean(loc, scale, d),
        ]
    )


# The last is the bias that remains: relative, it grows with the features.
@pytest.mark.parametrize(
    "loc, scale, n_features, alpha, bias",
    [
        (1.0, 1.5, 1, 0.8, 0.02),
        (1.0, 1.0, 1, 1.5, 0.05),
        (0.8, 1.2, 2, 0.5, 0.05),
        (0.8, 1.0, 5, 0.8, 0.15),
    ],
)
def test_gaussians(loc, scale, n_features, alpha, bias):
    rng = np.random.default_rng(0)
    X = draw_sets(rng, [1500] * 6, n_features)
    Y = draw_sets(rng, [2000] * 6, n_features, loc, scale)
    found = knn_divergences(X, Y, divergences=NAMES, n_neighbors=(3, 6), alpha=alpha)
    pairs = found[:, :, np.arange(6), np.arange(6)]  # six independent estimates
    errors = pairs.std(axis=2, ddof=1) / np.sqrt(6)
    truth = gaussian_divergences(loc, scale, n_features, alpha)[:, None]
    assert (np.abs(pairs.mean(axis=2) - truth) < 4 * errors + bias * truth).all()
    assert (errors < 0.12 * truth).all()


@pytest.mark.parametrize("k", [1, 2, 5])
@pytest.mark.parametrize("alpha", [0.6, 1.4])
def test_uniform_densities(k, alpha):
    """Both densities are constant where p is: what is wrong is a constant of an estimator."""
    rng = np.random.default_rng(1)
    X = [rng.uniform(0, 1, size=(2000, 1)) for _ in range(4)]
    Y = [rng.uniform(-1, 2, size=(9000, 1)) for _ in range(4)]
    names = [name for name in NAMES if k > 1 or name != "l2"]
    found = knn_divergences(X, Y, divergences=names, n_neighbors=(k,), alpha=alpha)[:, 0]
    power, affinity = 3 ** (alpha - 1), 3**-0.5
    truth = {
        "kl": np.log(3),
        "renyi": np.log(3),
        "tsallis": (power - 1) / (alpha - 1),
        "hellinger": np.sqrt(1 - affinity),
        "bhattacharyya": -np.log(affinity),
        "l2": 1 - 2 / 3 + 1 / 3,
        "jensen_shannon": np.log(3 / 2) / 2 + np.log(1 / 2) / 6 + np.log(2) / 3,
    }
    for values, name in zip(found, names, strict=True):
        # With k up to 2, negative powers have a large variance, and logarithms of weights a bias.
        rtol = 0.2 if k <= 2 and name in ("l2", "renyi", "tsallis", "jensen_shannon") else 0.06
        np.testing.assert_allclose(np.diag(values).mean(), truth[name], rtol=rtol, err_msg=name)


@pytest.mark.parametrize("sizes", [(400, 400), (200, 600)])
def test_equal_densities_have_estimates_about_zero(sizes):
    rng = np.random.default_rng(2)
    X, Y = (draw_sets(rng, [size] * 20, 2) for size in sizes)
    names = [name for name in NAMES if name != "hellinger"]
    found = knn_divergences(X, Y, divergences=names, n_neighbors=(3,), alpha=0.8)[:, 0]
    found = np.diagonal(found, axis1=1, axis2=2)
    errors = found.std(axis=1, ddof=1) / np.sqrt(20)
    assert (np.abs(found.mean(axis=1)) < 4 * errors + 0.01).all()
    assert (found < 0).any(axis=1).all()  # nothing is cut off


def test_jensen_shannon_of_sets_far_apart_is_log_2():
    rng = np.random.default_rng(0)
    X, Y = draw_sets(rng, [300, 500], 2), draw_sets(rng, [400], 2, 100.0)
    found = knn_divergence(X, Y, divergence="jensen_shannon", n_neighbors=5)
    np.testing.assert_allclose(found, np.log(2), atol=0.04)


# ---------------------------------------------------------------- a loop over scikit-learn's


def distances(target, queries, k, own=False):
    search = NearestNeighbors(n_neighbors=k + own, algorithm="brute").fit(target)
    return search.kneighbors(queries)[0][:, k - 1 + own]


def half_jensen_shannon(x, y, k):
    """Half the mean of log(2 p / (p + q)) over x, element by element."""
    d, values = x.shape[1], []
    rho = distances(x, x, k, own=True)
    weights = np.r_[np.full(len(x), 0.5 / (len(x) - 1)), np.full(len(y), 0.5 / len(y))]
    search = NearestNeighbors(n_neighbors=2 * k + 1, algorithm="brute").fit(np.vstack([x, y]))
    radii, nearest = search.kneighbors(x)
    for i in range(len(x)):
        near = weights[nearest[i, 1:]]
        log_weight = np.log(near.mean()) + near.var(ddof=1) / (2 * k) / (2 * near.mean() ** 2)
        log_p = digamma(k) - np.log(len(x) - 1) - d * np.log(rho[i])
        values.append(log_p - (digamma(2 * k) + log_weight - d * np.log(radii[i, -1])))
    return np.mean(values) / 2


def loop_divergences(x, y, k, alpha):
    """All divergences of two sets, in the order of NAMES."""
    (n, d), m = x.shape, len(y)
    volume = np.pi ** (d / 2) / gamma(d / 2 + 1)
    rho, nu = distances(x, x, k, own=True), distances(y, x, k)
    kl = d * np.mean(np.log(nu / rho)) + np.log(m / (n - 1))

    def integral(alpha):
        bias = gamma(k) ** 2 / (gamma(k - alpha + 1) * gamma(k + alpha - 1))
        return np.mean(((n - 1) * rho**d / (m * nu**d)) ** (1 - alpha)) * bias

    power, affinity = integral(alpha), integral(0.5)
    l2 = np.mean((k - 1) / ((n - 1) * volume * rho**d))
    l2 -= 2 * np.mean((k - 1) / (m * volume * nu**d))
    l2 += np.mean((k - 1) / ((m - 1) * volume * distances(y, y, k, own=True) ** d))
    return [
        kl,
        np.log(power) / (alpha - 1),
        (power - 1) / (alpha - 1),
        np.sqrt(max(0, 1 - affinity)),
        -np.log(affinity),
        l2,
        half_jensen_shannon(x, y, k) + half_jensen_shannon(y, x, k),
    ]


@pytest.fixture(params=["tree", "products"])
def search(request, monkeypatch):
    """Search as is done in few dimensions and as in many."""
    if request.param == "products":
        monkeypatch.setattr(_knn, "TREE_FEATURES", 0)
        monkeypatch.setattr(_knn, "TREE_ELEMENTS", 0)


@pytest.mark.usefixtures("search")
@pytest.mark.parametrize("n_features", [1, 3])
def test_values_are_those_of_a_loop(n_features):
    rng = np.random.default_rng(0)
    X = draw_sets(rng, [6, 12, 40], n_features)
    Y = draw_sets(rng, [30, 6], n_features, 0.5, 1.3)
    options = {"divergences": NAMES, "n_neighbors": (5, 2, 3), "alpha": 0.7}
    found = knn_divergences(X, Y, **options)
    assert found.shape == (7, 3, 3, 2) and found.dtype == np.float64
    expected = [[[loop_divergences(x, y, k, 0.7) for y in Y] for x in X] for k in (5, 2, 3)]
    np.testing.assert_allclose(found, np.moveaxis(expected, -1, 0), rtol=1e-9, atol=1e-12)

    within = knn_divergences(X, **options)
    expected = [[[loop_divergences(x, y, k, 0.7) for y in X] for x in X] for k in (5, 2, 3)]
    off = ~np.eye(3, dtype=bool)
    np.testing.assert_allclose(
        within[..., off], np.moveaxis(expected, -1, 0)[..., off], rtol=1e-9, atol=1e-12
    )
    assert (within[..., ~off] == 0).all()


def test_products_find_what_a_tree_finds_in_many_dimensions(monkeypatch):
    rng = np.random.default_rng(0)
    X = draw_sets(rng, [250, 300, 20], 12)
    X[0][:7] = X[1][:7] = X[1][7:14]  # duplicates
    X = [x + 1e6 for x in X]  # far from the origin
    options = {"divergences": NAMES, "n_neighbors": (2, 4)}
    by_products = knn_divergences(X, **options)
    monkeypatch.setattr(_knn, "TREE_FEATURES", 12)
    np.testing.assert_allclose(by_products, knn_divergences(X, **options), rtol=1e-6, atol=1e-8)


@pytest.mark.usefixtures("search")
def test_blocks_do_not_change_a_value(monkeypatch):
    rng = np.random.default_rng(0)
    X, Y = draw_sets(rng, [9, 30, 5, 8, 8], 2), draw_sets(rng, [20, 7], 2)
    options = {"divergences": NAMES, "n_neighbors": (3,)}
    expected = knn_divergences(X, Y, **options)
    monkeypatch.setattr(_knn, "BLOCK", 60)
    monkeypatch.setattr(_knn, "PRODUCT_BLOCK", 60)
    np.testing.assert_allclose(knn_divergences(X, Y, **options), expected, rtol=1e-12)
    for part in (slice(1, 3), [4, 0]):
        chosen = SetArray.from_sets(X)[part]
        np.testing.assert_allclose(
            knn_divergences(chosen, Y, **options), expected[:, :, part], rtol=1e-12
        )


# ---------------------------------------------------------------- identities


def test_one_divergence_is_a_part_of_several():
    rng = np.random.default_rng(0)
    X, Y = draw_sets(rng, [20, 30], 2), draw_sets(rng, [25, 9, 14], 2)
    several = knn_divergences(X, Y, divergences=NAMES, n_neighbors=(2, 3), alpha=1.2)
    for i, name in enumerate(NAMES):
        for j, k in enumerate((2, 3)):
            one = knn_divergence(X, Y, divergence=name, n_neighbors=k, alpha=1.2)
            np.testing.assert_allclose(one, several[i, j], rtol=1e-12)


def test_symmetric_is_the_mean_of_both_ways():
    rng = np.random.default_rng(0)
    X, Y = draw_sets(rng, [20, 30], 2), draw_sets(rng, [25, 9, 14], 2)
    options = {"divergences": NAMES, "n_neighbors": (2, 3)}
    there, back = knn_divergences(X, Y, **options), knn_divergences(Y, X, **options)
    both = knn_divergences(X, Y, symmetric=True, **options)
    np.testing.assert_allclose(both, (there + back.swapaxes(2, 3)) / 2, rtol=1e-12)
    np.testing.assert_allclose(there[6], back[6].swapaxes(1, 2), rtol=1e-12)  # Jensen-Shannon
    within = knn_divergences(X, symmetric=True, **options)
    np.testing.assert_array_equal(within, within.swapaxes(2, 3))
    one_way = knn_divergences(X, **options)
    np.testing.assert_allclose(within, (one_way + one_way.swapaxes(2, 3)) / 2, rtol=1e-12)


def test_sets_against_themselves():
    """Passed as Y, each element is its own neighbour; without Y, the diagonal is 0."""
    rng = np.random.default_rng(0)
    X = draw_sets(rng, [400, 300], 2)
    options = {"divergences": NAMES, "n_neighbors": (4,)}
    within, against = knn_divergences(X, **options), knn_divergences(X, X, **options)
    off = ~np.eye(2, dtype=bool)
    np.testing.assert_array_equal(within[..., off], against[..., off])
    assert (within[..., ~off] == 0).all()
    np.testing.assert_allclose(np.diag(against[0, 0]), -1 / 3, atol=0.05)


def test_order_of_elements_and_units_do_not_matter():
    rng = np.random.default_rng(0)
    X, Y = draw_sets(rng, [20, 30], 3), draw_sets(rng, [25, 9], 3)
    options = {"divergences": NAMES, "n_neighbors": (3,)}
    expected = knn_divergences(X, Y, **options)
    shuffled = [[rng.permutation(x) for x in sets] for sets in (X, Y)]
    np.testing.assert_allclose(knn_divergences(*shuffled, **options), expected, rtol=1e-10)
    scaled = knn_divergences(*[[1000 * x - 5 for x in sets] for sets in (X, Y)], **options)
    expected[5] /= 1000**3  # the square of a density, integrated
    np.testing.assert_allclose(scaled, expected, rtol=1e-8, atol=1e-18)


@pytest.mark.parametrize("n_features", [2, 12])
def test_dtypes_containers_and_threads(n_features):
    rng = np.random.default_rng(0)
    X = [x.astype(np.float32) for x in draw_sets(rng, [300, 250], n_features)]
    options = {"divergences": NAMES, "n_neighbors": (2, 3)}
    single = knn_divergences(X, **options)
    double = knn_divergences([x.astype(np.float64) for x in X], **options)
    assert (single.dtype, double.dtype) == (np.float32, np.float64)
    np.testing.assert_allclose(single, double, rtol=1e-5, atol=1e-7)
    packed = SetArray.from_sets(X)
    np.testing.assert_array_equal(knn_divergences(packed, n_jobs=2, **options), single)
    packed.values.setflags(write=False)
    np.testing.assert_array_equal(knn_divergences(packed, **options), single)


# ---------------------------------------------------------------- zero distances, large numbers


@pytest.mark.usefixtures("search")
def test_zero_distances_literal():
    # k = 1: rho is 0, 0, 1, 4 and counts as 1, 1, 1, 4; nu is 0, 0, 1, 3 and counts as 1, 1, 1, 3.
    X, Y = [[[0.0], [0.0], [1.0], [5.0]]], [[[0.0], [2.0]]]
    found = knn_divergence([np.array(x) for x in X], [np.array(y) for y in Y], n_neighbors=1)
    assert found == pytest.approx(np.log(3 / 4) / 4 + np.log(2 / 3), rel=1e-12)


@pytest.mark.usefixtures("search")
@pytest.mark.parametrize("n_features", [1, 32])
@pytest.mark.parametrize("dtype, exponent", [("f4", 30), ("f8", 140)])
@pytest.mark.parametrize("sign", [-1, 0, 1])
def test_values_are_finite(n_features, dtype, exponent, sign):
    rng = np.random.default_rng(0)
    scale = 10.0 ** (sign * exponent)
    whole = rng.integers(2, size=(60, n_features))
    equal = np.ones((10, n_features))
    sets = [whole, equal, 2 * equal, 0 * equal, rng.normal(size=(9, n_features)), whole[:30]]
    X = [(scale * x).astype(dtype) for x in sets]
    for Y in (None, X):
        found = knn_divergences(X, Y, divergences=NAMES, n_neighbors=(2, 5), alpha=0.1)
        assert np.isfinite(found).all()
        symmetric = knn_divergences(X, Y, divergences=NAMES, n_neighbors=(2, 5), symmetric=True)
        assert np.isfinite(symmetric).all()


def test_equal_elements_elsewhere_are_far_apart():
    X = [np.full((5, 2), place) for place in (1.0, 2.0)]
    found = knn_divergence(X, n_neighbors=2)
    assert (found[[0, 1], [1, 0]] > 50).all()


# ---------------------------------------------------------------- errors


RNG = np.random.default_rng(0)
SETS = draw_sets(RNG, [6, 7, 9], 2)


@pytest.mark.parametrize(
    "Y, options, text",
    [
        (None, {"n_neighbors": (5, 6)}, "n_neighbors=6 needs sets of at least 7 elements; set 0 o"),
        (SETS[:2] + [SETS[2][:4]], {}, "n_neighbors=4 needs .* 5 elements; set 2 of Y has 4. Take"),
        (SETS[:2] + [SETS[2][:0]], {}, "Set 2 of Y is empty"),
        ([SETS[0][:, :1]], {}, "same number of features; X has 2, Y has 1"),
        ([["a", "b"]], {}, "Y holds string tokens"),
        ([SETS[0] * [[1], [1], [np.nan], [1], [1], [1]]], {}, "Y contains NaN: set 0, element 2"),
        ([SETS[0] * 1e160], {}, r"Y has a coordinate of size .*e\+160; .* below 1e\+150. Scale"),
        (
            None,
            {"divergences": ("kl", "hellinge")},
            "Unknown divergence 'hellinge'; did you mean",
        ),
        (None, {"divergences": (3,)}, "Unknown divergence 3"),
        (None, {"divergences": "kl"}, r"divergences must be a tuple .* found 'kl'"),
        (None, {"divergences": ()}, r"divergences must be a tuple .* found \(\)"),
        (None, {"n_neighbors": ()}, "n_neighbors is empty"),
        (None, {"n_neighbors": 3}, "n_neighbors must be a sequence of .* found 3"),
        (None, {"n_neighbors": "3"}, "n_neighbors must be a sequence of .* found '3'"),
        (None, {"n_neighbors": (2, 0)}, "n_neighbors must be whole numbers of 1 .* found 0"),
        (None, {"n_neighbors": (2.0,)}, "n_neighbors must be whole numbers of 1 .* found 2.0"),
        (None, {"n_neighbors": (True,)}, "n_neighbors must be whole .* found True"),
        (None, {"alpha": 1.0}, r"alpha must be .* other than 1.*\('kl'\); found 1.0"),
        (None, {"alpha": 0}, "alpha must be a number above 0 .*found 0"),
        (None, {"alpha": np.nan}, "alpha must be a number above 0 .*found nan"),
        (None, {"alpha": "0.5"}, "alpha must be a number above 0 .*found '0.5'"),
        (
            None,
            {"alpha": 3.5, "n_neighbors": (4, 2), "divergences": ("renyi",)},
            r"alpha=3.5 needs n_neighbors above 2.5, abs\(alpha - 1\); found 2",
        ),
        (
            None,
            {"n_neighbors": (3, 1), "divergences": ("kl", "l2")},
            "'l2' needs n_neighbors of 2 or more, found 1",
        ),
        (None, {"n_jobs": 0}, "n_jobs must be"),
    ],
)
def test_errors(Y, options, text):
    with pytest.raises(ValueError, match=text):
        knn_divergences(SETS, Y, **{"n_neighbors": (4,), **options})


def test_errors_of_one_divergence():
    with pytest.raises(ValueError, match="Unknown divergence 'KL'"):
        knn_divergence(SETS, divergence="KL")
    with pytest.raises(ValueError, match=r"n_neighbors must be whole numbers .* found \(3,\)"):
        knn_divergence(SETS, n_neighbors=(3,))


def test_names_of_divergences():
    assert set(DIVERGENCES) == set(NAMES)
    orders = [
        knn_divergences(SETS, divergences=DIVERGENCES, n_neighbors=(3,), alpha=alpha)
        for alpha in (0.5, 0.8)
    ]
    depends = (orders[0] != orders[1]).any(axis=(1, 2, 3))
    assert [name for name, does in zip(DIVERGENCES, depends, strict=True) if does] == list(
        ORDERED_DIVERGENCES
    )

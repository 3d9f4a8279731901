"""Sets drawn from Gaussians: the statistics are true, and the estimates are as good as can be."""

import numpy as np
import pytest
from scipy import stats

from sksets.datasets import make_population_statistics

TASKS = ["rotation", "correlation", "rank1", "random"]
LENGTHS = {"rotation": 2, "correlation": 32, "rank1": 32, "random": 32}


@pytest.fixture(scope="module")
def drawn():
    return {task: make_population_statistics(task, 400, random_state=0) for task in TASKS}


def mean_squared_error(data, name):
    return np.mean((data[name] - data.target) ** 2)


def covariance(task, data, parameter):
    """The covariance of one set, from the definition of its family."""
    if task == "rotation":
        cos, sin = np.cos(parameter), np.sin(parameter)
        rotation = np.array([[cos, -sin], [sin, cos]])
        return rotation @ data.fixed @ rotation.T
    if task == "correlation":
        return np.block(
            [[data.fixed, parameter * data.fixed], [parameter * data.fixed, data.fixed]]
        )
    return np.eye(32) + parameter * np.outer(data.fixed, data.fixed)


def statistic(task, cov):
    """The statistic of a Gaussian, from scipy's entropies of it and of its margins."""

    def entropy(columns):
        return stats.multivariate_normal(cov=cov[np.ix_(columns, columns)]).entropy()

    if task == "rotation":
        return stats.norm(scale=np.sqrt(cov[0, 0])).entropy()
    halves, every = [range(16), range(16, 32)], [[i] for i in range(32)]
    parts = halves if task == "correlation" else every
    return sum(entropy(part) for part in parts) - entropy(range(32))


# ---------------------------------------------------------------- sets and targets


@pytest.mark.parametrize("task", TASKS)
def test_sets_and_arrays(task, drawn):
    data = drawn[task]
    assert data.data.shape == data.target.shape == (400,)
    assert data.data.values.shape[1] == LENGTHS[task] and data.data.values.dtype == np.float64
    assert 300 <= data.data.sizes.min() < 310 and 490 < data.data.sizes.max() <= 500
    assert (data.parameter is None) == (data.fixed is None) == (task == "random")
    assert f'Task "{task}"' in data.DESCR and "400 sets of 30" in data.DESCR


def test_sizes_are_all_of_the_range():
    data = make_population_statistics("rotation", 200, size=(3, 6), random_state=0)
    assert set(data.data.sizes) == {3, 4, 5, 6}
    data = make_population_statistics("rank1", 2, size=33, random_state=0)
    assert data.data.sizes.tolist() == [33, 33]
    for name in ("plug_in", "unbiased", "oracle"):
        assert np.isfinite(data[name]).all()


@pytest.mark.parametrize("task", TASKS[:3])
def test_targets_are_the_statistics_of_the_family(task, drawn):
    data = drawn[task]
    expected = [statistic(task, covariance(task, data, p)) for p in data.parameter[:50]]
    np.testing.assert_allclose(data.target[:50], expected, rtol=1e-9, atol=1e-12)


def test_targets_in_closed_form(drawn):
    data = drawn["correlation"]
    np.testing.assert_allclose(data.target, -8 * np.log(1 - data.parameter**2), atol=1e-10)
    data = drawn["rank1"]
    strength = data.parameter[:, None]
    expected = np.log1p(strength * data.fixed**2).sum(axis=1) - np.log1p(data.parameter)
    np.testing.assert_allclose(data.target, expected / 2, atol=1e-12)
    data = drawn["rotation"]
    values, vectors = np.linalg.eigh(data.fixed)
    axis = np.arctan2(vectors[1, 1], vectors[0, 1])
    variance = values[0] + np.diff(values) * np.cos(data.parameter + axis) ** 2
    np.testing.assert_allclose(data.target, np.log(2 * np.pi * np.e * variance) / 2)


@pytest.mark.parametrize(
    "task, low, high", [("rotation", 0, np.pi), ("correlation", -0.99, 0.99), ("rank1", 0, 1)]
)
def test_parameters_are_uniform(task, low, high, drawn):
    scaled = (drawn[task].parameter - low) / (high - low)
    assert stats.kstest(scaled, "uniform").pvalue > 0.01


def test_what_the_sets_of_a_family_share(drawn):
    A = np.random.RandomState(3).random_sample((2, 2))
    np.testing.assert_allclose(drawn["rotation"].fixed, A @ A.T)
    A = np.random.RandomState(3).random_sample((16, 16))
    expected = (A @ A.T + np.eye(16)) / (A**2).sum()
    np.testing.assert_allclose(drawn["correlation"].fixed, expected)
    v = np.random.RandomState(3).random_sample(32)
    np.testing.assert_allclose(drawn["rank1"].fixed, v / np.sqrt((v**2).sum()))


def test_variance_of_the_random_statistics(drawn):
    rng = np.random.RandomState(5)
    targets = []
    for _ in range(150):
        A = rng.random_sample((32, 32))
        targets.append(statistic("random", (A @ A.T + np.eye(32)) / (A**2).sum()))
    assert stats.ks_2samp(drawn["random"].target, targets).pvalue > 0.01
    assert np.var(targets) == pytest.approx(np.var(drawn["random"].target), rel=0.3)


@pytest.mark.parametrize("task", TASKS[:3])
def test_elements_have_the_covariance_of_their_set(task):
    data = make_population_statistics(task, 3, size=20_000, random_state=0)
    for elements, parameter in zip(data.data, data.parameter, strict=True):
        expected = covariance(task, data, parameter)
        scale = np.sqrt(np.outer(np.diag(expected), np.diag(expected)))
        found = elements.T @ elements / len(elements)
        # 5 standard deviations: that of a correlation is 1 / 140, of a variance 1.4 / 140
        assert (np.abs(found - expected) / scale).max() < 5 * 1.4 / 140
        assert np.abs(elements.mean(axis=0) / np.sqrt(np.diag(expected))).max() < 5 / 140


def test_elements_of_random_covariances_give_their_statistic():
    data = make_population_statistics("random", 3, size=20_000, random_state=0)
    for elements, target in zip(data.data, data.target, strict=True):
        found = elements.T @ elements / len(elements)
        assert statistic("random", found) == pytest.approx(target, abs=0.5)
    np.testing.assert_allclose(data.plug_in, data.unbiased, atol=0.03)


@pytest.mark.parametrize("task", TASKS)
def test_sets_repeat(task):
    def draw(seed, **options):
        return make_population_statistics(task, 5, size=40, random_state=seed, **options)

    data, again, other = draw(0), draw(0), draw(1)
    for name in ("target", "plug_in", "unbiased", "oracle"):
        np.testing.assert_array_equal(data[name], again[name])
        assert (data[name] != other[name]).all()
    np.testing.assert_array_equal(data.data.values, again.data.values)
    assert (data.data.values != other.data.values).all()
    if task != "random":
        np.testing.assert_array_equal(data.fixed, other.fixed)
        assert (data.fixed != draw(0, family_random_state=4).fixed).all()


def test_many_blocks_of_sets_and_float32():
    options = {"size": 3, "random_state": 0}
    data = make_population_statistics("rotation", 2500, **options)
    single = make_population_statistics("rotation", 2500, dtype="float32", **options)
    assert single.data.values.dtype == np.float32
    np.testing.assert_array_equal(single.data.values, data.data.values.astype(np.float32))
    for name in ("target", "parameter", "plug_in", "unbiased", "oracle"):
        assert data[name].shape == (2500,)
        np.testing.assert_array_equal(single[name], data[name])
    found = [np.log(2 * np.pi * np.e * s[:, 0].var(ddof=1)) / 2 for s in data.data]
    np.testing.assert_allclose(data.plug_in, found)


# ---------------------------------------------------------------- estimates


@pytest.mark.parametrize("task", TASKS)
def test_plug_in_is_the_statistic_of_the_sample_covariance(task, drawn):
    data = drawn[task]
    expected = [statistic(task, np.cov(elements.T)) for elements in data.data[:20]]
    np.testing.assert_allclose(data.plug_in[:20], expected, rtol=1e-9)


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("size", [40, (300, 500)])
def test_bias_is_taken_away(task, size):
    data = make_population_statistics(task, 600, size=size, random_state=1)
    error = data.unbiased - data.target
    assert abs(error.mean()) < 4 * error.std() / np.sqrt(600)
    if task != "rotation":  # where the bias is small
        bias = data.plug_in - data.target
        assert bias.mean() > 15 * bias.std() / np.sqrt(600)


def test_mean_squared_errors_are_ordered(drawn):
    for task in TASKS:
        plug_in, unbiased, oracle = (
            mean_squared_error(drawn[task], name) for name in ("plug_in", "unbiased", "oracle")
        )
        assert oracle < 0.7 * unbiased
        assert unbiased < plug_in
        assert oracle < np.var(drawn[task].target)


def cramer_rao(task, data):
    """The bound of the error of an unbiased estimate of the statistic, its derivative known."""
    size, p = data.data.sizes, data.parameter
    if task == "correlation":
        slope = 16 * p / (1 - p**2)
        information = 16 * size * (1 + p**2) / (1 - p**2) ** 2
        return np.mean(slope**2 / information)
    (low, high), vectors = np.linalg.eigh(data.fixed)
    angle = p + np.arctan2(vectors[1, 1], vectors[0, 1])
    slope = (low - high) * np.sin(2 * angle) / (low + (high - low) * np.cos(angle) ** 2) / 2
    return np.mean(slope**2 * low * high / (size * (high - low) ** 2))


@pytest.mark.parametrize("task, n_sets", [("rotation", 6000), ("correlation", 700)])
def test_oracle_is_near_the_bound(task, n_sets):
    data = make_population_statistics(task, n_sets, random_state=0)
    assert mean_squared_error(data, "oracle") == pytest.approx(cramer_rao(task, data), rel=0.15)


@pytest.mark.parametrize("task", ["rotation", "correlation"])
def test_oracle_is_the_likeliest_of_the_family(task):
    data = make_population_statistics(task, 8, size=100, random_state=2)
    ends = (0, np.pi) if task == "rotation" else (-0.99, 0.99)
    grid = np.linspace(*ends, 4001)
    covariances = [covariance(task, data, p) for p in grid]
    inverses = np.array([np.linalg.inv(cov).ravel() for cov in covariances])
    determinants = np.array([np.linalg.slogdet(cov)[1] for cov in covariances])
    for elements, found in zip(data.data, data.oracle, strict=True):
        moments = elements.T @ elements / len(elements)
        best = np.argmin(determinants + inverses @ moments.ravel())
        near = [statistic(task, covariances[i]) for i in (best - 1, best, best + 1)]
        assert min(near) - 1e-9 <= found <= max(near) + 1e-9


def test_oracle_of_correlations_at_the_end_of_the_range():
    data = make_population_statistics("correlation", 2000, size=33, random_state=1)
    largest = -8 * np.log(1 - 0.99**2)
    assert data.unbiased.max() > 1.02 * largest and data.unbiased.min() < 0
    assert data.oracle.max() == pytest.approx(largest) and data.oracle.min() >= -1e-12


def test_oracle_of_rank_one_is_the_mean_given_the_set():
    data = make_population_statistics("rank1", 400, size=50, random_state=0)
    nodes = np.linspace(0, 1, 20_001)
    variance = 1 + nodes
    values = np.log1p(nodes[:, None] * data.fixed**2).sum(axis=1) / 2 - np.log(variance) / 2
    for elements, found in zip(data.data[:20], data.oracle, strict=False):
        logs = stats.norm.logpdf((elements @ data.fixed)[:, None], scale=np.sqrt(variance))
        weights = np.exp(logs.sum(axis=0) - logs.sum(axis=0).max())
        assert found == pytest.approx(np.average(values, weights=weights), rel=1e-3)
    # of predictions that are stretched or shrunk about the mean, the mean given the set is best
    centre = data.target.mean()
    errors = [
        np.mean((centre + k * (data.oracle - centre) - data.target) ** 2) for k in (0.7, 1, 1.3)
    ]
    assert errors[1] == min(errors)


def test_oracle_of_random_covariances_is_not_worth_stretching():
    data = make_population_statistics("random", 700, random_state=0)
    slope, intercept = np.polyfit(data.oracle, data.target, 1)
    assert slope == pytest.approx(1, abs=0.05)
    assert mean_squared_error(data, "oracle") < 0.2 * np.var(data.target)


# ---------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    "parameters, message",
    [
        ({"task": "rotatoin"}, "Unknown task 'rotatoin'; did you mean 'rotation'. Known: corr"),
        ({"task": 1}, r"Unknown task 1\. Known: correlation, random, rank1, rotation"),
        ({"dtype": "float23"}, "Unknown dtype 'float23'; did you mean 'float32'"),
        ({"n_sets": 0}, "n_sets == 0, must be >= 1"),
        ({"size": 32}, "size == 32, must be >= 33"),
        ({"task": "rotation", "size": 2}, "size == 2, must be >= 3"),
        ({"size": (50, 40)}, "size == 40, must be >= 50"),
        ({"size": (50, 60, 70)}, r"integer or a pair \(min, max\), got \(50, 60, 70\)"),
    ],
)
def test_parameters_are_checked(parameters, message):
    with pytest.raises(ValueError, match=message):
        make_population_statistics(**{"task": "rank1", "n_sets": 2} | parameters)


def test_types_are_checked():
    with pytest.raises(TypeError, match="n_sets must be an instance of"):
        make_population_statistics("rank1", 2.5)
    with pytest.raises(TypeError, match="size must be an instance of"):
        make_population_statistics("rank1", 2, size=(300, 500.0))

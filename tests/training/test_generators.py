"""Randomness is a fit's own: equal in other processes, threads and backends of joblib."""

import subprocess
import sys

import joblib
import numpy as np
import pytest
import torch
from network_cases import NETWORKS, make_sets, make_targets, outputs
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from sksets import DeepSetsRegressor, SetArray
from sksets._training.generators import isolated_rng, set_generators
from sksets.nn import SetDropout

REPEAT = """
import sys, numpy as np, torch
torch.set_num_threads(int(sys.argv[1]))
import sksets
rng = np.random.default_rng(0)
sets = [rng.normal(size=(n, 3)) for n in rng.integers(1, 200, size=300)]
of_sets, of_elements = [int(s.mean() > 0) for s in sets], [(s[:, 0] > 0) * 1 for s in sets]
found = {}
for name, y, method, parameters in (
    ("DeepSetsClassifier", of_sets, "transform", {"pooling": ("sum", "max")}),
    ("DeepSetsRegressor", of_sets, "transform", {"pooling": ("sum", "max")}),
    ("DeepSetsElementClassifier", of_elements, "predict_proba", {"equivariant_form": "attention"}),
    ("DeepSetsElementRegressor", of_elements, "predict", {"residual": True, "set_norm": True}),
    ("SetOutlierDetector", None, "score_samples", {"equivariant_pooling": "sum"}),
):
    for dtype in ("float32", "float64"):
        estimator = getattr(sksets, name)(
            max_epochs=2, batch_size=64, dropout=0.1, random_state=0, dtype=dtype, **parameters
        )
        rows = np.concatenate(list(getattr(estimator.fit(sets, y), method)(sets)))
        found[f"{name} {dtype}"] = rows.astype(np.float64)
np.savez(sys.argv[2], **found)
"""


def test_fits_repeat_across_processes_and_agree_across_thread_counts(tmp_path):
    runs = []
    for i, threads in enumerate(("1", "2", "2")):
        path = tmp_path / f"{i}.npz"
        subprocess.run([sys.executable, "-c", REPEAT, threads, path], check=True)
        with np.load(path) as saved:
            runs.append(dict(saved))
    one, two, again = runs
    assert len(one) == 2 * len(NETWORKS)
    for name, rows in two.items():
        np.testing.assert_array_equal(again[name], rows)
        if name.endswith("float64"):
            # Gradients are sums over all elements, in an order that may depend on the threads.
            np.testing.assert_allclose(one[name], rows, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_fits_are_equal_to_the_bit_across_joblib_backends(backend):
    sets = make_sets(60)
    networks = [cls(max_epochs=3, dropout=0.2, random_state=0) for cls in NETWORKS]
    targets = [make_targets(cls, sets) for cls in NETWORKS]
    jobs = list(zip(networks, targets, strict=True))
    with joblib.parallel_backend(backend, n_jobs=2):
        fits = joblib.Parallel()(joblib.delayed(clone(e).fit)(sets, y) for e, y in 2 * jobs)
    for (estimator, y), fit in zip(2 * jobs, fits, strict=True):
        expected = outputs(clone(estimator).fit(sets, y), sets)
        np.testing.assert_array_equal(outputs(fit, sets), expected)


@pytest.mark.parametrize("cls", NETWORKS)
def test_global_generators_are_untouched(cls):
    sets = make_sets()
    y = make_targets(cls, sets)
    np.random.seed(7)  # noqa: NPY002
    torch.manual_seed(7)
    expected = np.random.random(), torch.rand(1).item()  # noqa: NPY002
    np.random.seed(7)  # noqa: NPY002
    torch.manual_seed(7)
    outputs(cls(max_epochs=2, dropout=0.5, random_state=0).fit(sets, y), sets)
    assert (np.random.random(), torch.rand(1).item()) == expected  # noqa: NPY002


def noisy_encoder():
    return torch.nn.Sequential(torch.nn.Linear(3, 8), torch.nn.RReLU(), torch.nn.Dropout(0.3))


def noisy_augmentation(batch, generator):
    return batch.replace(batch.values + 0.1 * torch.randn_like(batch.values))


@pytest.mark.parametrize(
    "parameters",
    [{"element_encoder": noisy_encoder()}, {"augmentation": noisy_augmentation}],
    ids=["encoder", "augmentation"],
)
@pytest.mark.parametrize("cls", NETWORKS)
def test_what_draws_from_the_global_generator_is_given_one_of_the_fit(cls, parameters):
    sets = make_sets()
    y = make_targets(cls, sets)
    fits = []
    for seed in (7, 8):
        torch.manual_seed(seed)
        expected = torch.rand(1).item()
        torch.manual_seed(seed)
        model = cls(max_epochs=2, early_stopping=True, random_state=0, **parameters).fit(sets, y)
        assert torch.rand(1).item() == expected
        fits.append(outputs(model, sets))
    np.testing.assert_array_equal(*fits)
    quiet = cls(max_epochs=2, early_stopping=True, random_state=0).fit(sets, y)
    assert not np.array_equal(outputs(quiet, sets), fits[0])
    model.partial_fit(sets, y) if hasattr(model, "partial_fit") else model.fit(sets, y)
    assert torch.rand(1).item() != expected


def test_epochs_and_streams_draw_anew():
    draws = []

    def augmentation(batch, generator):
        draws.append(torch.rand(1).item())
        return batch

    sets = make_sets()
    y = make_targets(DeepSetsRegressor, sets)
    model = DeepSetsRegressor(
        pooling="sum", augmentation=augmentation, max_epochs=3, random_state=0
    )
    model.fit(sets, y).partial_fit(sets, y).partial_fit(sets, y)
    assert len(set(draws)) == len(draws) >= 5


def test_a_fit_inside_an_augmentation_of_another_fit():
    sets = make_sets()
    y = make_targets(DeepSetsRegressor, sets)
    inner = DeepSetsRegressor(max_epochs=1, random_state=1)

    def augmentation(batch, generator):
        inner.fit(sets, y)
        return batch.replace(batch.values + torch.rand(1))

    model = DeepSetsRegressor(augmentation=augmentation, max_epochs=2, random_state=0)
    expected = model.fit(sets, y).predict(sets)
    np.testing.assert_array_equal(model.fit(sets, y).predict(sets), expected)


def test_random_state_none_draws_its_seed_from_numpy():
    sets = make_sets()
    y = make_targets(DeepSetsRegressor, sets)
    fits = []
    for seed in (3, 3, 4):
        np.random.seed(seed)  # noqa: NPY002
        fits.append(DeepSetsRegressor(max_epochs=1).fit(sets, y).predict(sets))
    np.testing.assert_array_equal(fits[0], fits[1])
    assert not np.array_equal(fits[0], fits[2])


def test_dask_backend():
    distributed = pytest.importorskip("distributed")
    sets = make_sets(min_size=1)
    y = make_targets(DeepSetsRegressor, sets)
    reg = DeepSetsRegressor(max_epochs=3, random_state=0)
    grid = GridSearchCV(reg, {"pooling": ["sum", "mean"]}, cv=2)
    X = SetArray.from_sets(sets)
    expected = clone(grid).fit(X, y).cv_results_["mean_test_score"]
    with (
        distributed.Client(n_workers=2, threads_per_worker=1, dashboard_address=None),
        joblib.parallel_backend("dask"),
    ):
        found = clone(grid).set_params(n_jobs=2).fit(X, y).cv_results_["mean_test_score"]
    np.testing.assert_array_equal(found, expected)


def test_a_seeded_block_gives_the_generator_back():
    torch.manual_seed(7)
    expected = torch.rand(2)
    torch.manual_seed(7)
    with isolated_rng(0):
        first = torch.rand(2)
    with pytest.raises(ZeroDivisionError), isolated_rng(0):
        assert torch.equal(torch.rand(2), first)
        1 / 0  # noqa: B018
    assert torch.equal(torch.rand(2), expected)


def test_layers_that_draw_take_the_generator():
    dropout = SetDropout(0.5)
    module = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Sequential(dropout))
    generator = torch.Generator()
    set_generators(module, generator)
    assert dropout.generator is generator
    assert not hasattr(module[0], "generator")

"""What DeepSetsRegressor and DeepSetsClassifier promise, through their public interface."""

import re
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from skorch.callbacks import Callback

from sksets import DeepSetsClassifier, DeepSetsRegressor, SetArray
from sksets.datasets import load_digit_sums


def sums(n_sets=300, seed=0, low=0.0, high=1.0, max_size=8):
    rng = np.random.default_rng(seed)
    sets = [rng.uniform(low, high, (rng.integers(0, max_size), 2)) for _ in range(n_sets)]
    sets[0] = np.array([[0.5, 0.25], [1.0, 0.0]])
    return sets, np.array([s.sum() for s in sets])


@pytest.mark.parametrize("loss", ["squared_error", "absolute_error", "huber"])
def test_regressor_learns_a_sum(loss):
    X, y = sums(600)
    reg = DeepSetsRegressor(loss=loss, random_state=0).fit(X[:400], y[:400])
    assert reg.score(X[400:], y[400:]) > 0.99
    assert reg.predict(X[:1]).shape == (1,)
    assert reg.n_features_in_ == 2
    assert reg.n_context_features_ == 0
    assert reg.n_iter_ == reg.max_epochs == len(reg.history_)


def test_scale_and_shift_of_the_target_do_not_matter():
    X, y = sums()
    reg = DeepSetsRegressor(max_epochs=5, dtype="float64", random_state=0)
    small = reg.fit(X, y).predict(X)
    large = reg.fit(X, 1e6 * y - 3e7).predict(X)
    assert_allclose(large, 1e6 * small - 3e7, rtol=1e-6)


def test_poisson_predicts_rates_and_refuses_negative_targets():
    rng = np.random.default_rng(0)
    X, rate = sums(800)
    y = rng.poisson(rate)
    # Counts are noisy: the default number of epochs would learn the noise of 800 sets too.
    reg = DeepSetsRegressor(loss="poisson", max_epochs=50, random_state=0).fit(X, y)
    assert (reg.predict(X) > 0).all()
    assert np.corrcoef(reg.predict(X), rate)[0, 1] > 0.95
    with pytest.raises(ValueError, match="y of set 1 is -1"):
        reg.fit(X[:2], [1, -1])


def test_several_outputs():
    X, y = sums(600)
    both = np.column_stack([y, [len(s) for s in X]])
    reg = DeepSetsRegressor(random_state=0).fit(X[:400], both[:400])
    assert reg.predict(X[400:]).shape == (200, 2)
    assert reg.score(X[400:], both[400:]) > 0.98
    with pytest.raises(ValueError, match="y has 1 outputs, but .* with 2"):
        reg.set_params(warm_start=True).fit(X, y)


def test_string_labels_probabilities_and_classes():
    X, y = sums(600)
    labels = np.where(y > 3, "many", np.where(y > 1, "few", "none"))
    clf = DeepSetsClassifier(random_state=0).fit(X[:400], labels[:400])
    assert_array_equal(clf.classes_, ["few", "many", "none"])
    proba = clf.predict_proba(X[400:])
    assert_allclose(proba.sum(axis=1), 1)
    assert_array_equal(clf.predict(X[400:]), clf.classes_[proba.argmax(axis=1)])
    assert clf.score(X[400:], labels[400:]) > 0.9


def test_multilabel_targets_go_through_a_sigmoid():
    X, y = sums(600)
    labels = np.column_stack([y > 2, [len(s) > 3 for s in X], np.zeros(len(X))]).astype(int)
    clf = DeepSetsClassifier(random_state=0).fit(X[:400], labels[:400])
    predicted = clf.predict(X[400:])
    assert predicted.shape == (200, 3)
    assert (predicted == labels[400:]).mean(axis=0).min() > 0.9
    assert not np.allclose(clf.predict_proba(X).sum(axis=1), 1)
    with pytest.raises(ValueError, match="y has 2 labels, but .* with 3"):
        clf.set_params(warm_start=True).fit(X, labels[:, :2])


def test_class_weight_moves_predictions_towards_the_rare_class():
    rng = np.random.default_rng(0)
    X = [rng.normal(size=(5, 1)) for _ in range(400)]
    y = rng.random(400) < 0.1
    plain = DeepSetsClassifier(max_epochs=20, random_state=0).fit(X, y)
    balanced = DeepSetsClassifier(max_epochs=20, class_weight="balanced", random_state=0).fit(X, y)
    by_hand = DeepSetsClassifier(max_epochs=20, class_weight={True: 1 / 0.2, False: 1 / 1.8})
    assert balanced.predict(X).mean() > 0.2 > plain.predict(X).mean()
    weight = np.where(y, len(y) / (2 * y.sum()), len(y) / (2 * (~y).sum()))
    weighted = DeepSetsClassifier(max_epochs=20, random_state=0).fit(X, y, sample_weight=weight)
    assert_array_equal(balanced.predict_proba(X), weighted.predict_proba(X))
    assert by_hand.fit(X, y).predict(X).mean() > 0.2


@pytest.mark.parametrize("normalize", ["features", "set", None])
def test_a_weight_of_zero_is_removal_and_of_two_repetition(normalize):
    X, y = sums(30, seed=1)
    X = [s for s in X if len(s)]
    y = y[: len(X)]
    weight = np.arange(len(X)) % 3
    reg = DeepSetsRegressor(
        max_epochs=20, batch_size=1000, dtype="float64", random_state=0, normalize=normalize
    )
    weighted = reg.fit(X, y, sample_weight=weight).predict(X)
    index = np.repeat(np.arange(len(X)), weight)
    repeated = reg.fit([X[i] for i in index], y[index]).predict(X)
    assert_allclose(weighted, repeated, rtol=1e-6)


def test_bad_sample_weights():
    X, y = sums(20)
    with pytest.raises(ValueError, match="zero"):
        DeepSetsRegressor().fit(X, y, sample_weight=np.zeros(20))
    with pytest.raises(ValueError, match="sample_weight.shape"):
        DeepSetsRegressor().fit(X, y, sample_weight=np.ones(3))
    with pytest.raises(ValueError, match="Negative values"):
        DeepSetsRegressor().fit(X, y, sample_weight=-np.ones(20))


def test_context_reaches_rho():
    X, y = sums(600)
    z = np.random.default_rng(2).normal(size=(600, 1))
    X = SetArray.from_sets(X, context=100 * z)
    y = y + 2 * z[:, 0]
    reg = DeepSetsRegressor(random_state=0).fit(X[:400], y[:400])
    assert reg.n_context_features_ == 1
    assert reg.score(X[400:], y[400:]) > 0.98
    without = SetArray(X.values, X.offsets)
    with pytest.raises(ValueError, match="no context, but DeepSetsRegressor was fitted with 1"):
        reg.predict(without)


@pytest.mark.parametrize("kind", ["string", "integer"])
def test_tokens_are_sets_too(kind):
    rng = np.random.default_rng(0)
    sizes = rng.integers(1, 6, size=600)
    sets = [rng.integers(0, 10, size=n) for n in sizes]
    y = np.array([s.sum() for s in sets])
    X = [[f"w{t}" for t in s] for s in sets] if kind == "string" else sets
    reg = DeepSetsRegressor(
        element_kind="auto" if kind == "string" else "token", random_state=0
    ).fit(X[:400], y[:400])
    assert len(reg.vocabulary_) == 10
    assert reg.score(X[400:], y[400:]) > 0.98
    unknown, other = (["never seen"], ["nor this"]) if kind == "string" else ([99], [98])
    unknown, other = np.asarray(unknown), np.asarray(other)
    assert reg.predict([unknown]) == reg.predict([other])
    with pytest.raises(ValueError, match="was fitted on|Tokens must be"):
        reg.predict([np.zeros((2, 3))])


def test_a_convolutional_encoder_reads_images():
    data = load_digit_sums(n_sets=300, max_size=3, random_state=0)
    X, y = data.images, data.target
    reg = DeepSetsRegressor(element_encoder="conv", max_epochs=10, random_state=0)
    reg.fit(X[:250], y[:250])
    assert reg.score(X[250:], y[250:]) > 0.5
    with pytest.raises(ValueError, match="elements of shape"):
        DeepSetsRegressor().fit(X, y)


def test_any_module_encodes_elements_and_is_not_changed():
    X, y = sums(400)
    encoder = torch.nn.Sequential(torch.nn.Linear(2, 5), torch.nn.Tanh())
    before = [p.clone() for p in encoder.parameters()]
    reg = DeepSetsRegressor(element_encoder=encoder, random_state=0).fit(X, y)
    assert reg.score(X, y) > 0.98
    for old, new in zip(before, encoder.parameters(), strict=True):
        assert torch.equal(old, new)
    bad = torch.nn.Sequential(torch.nn.Linear(2, 5), torch.nn.Flatten(0))
    with pytest.raises(ValueError, match="element_encoder must map"):
        DeepSetsRegressor(element_encoder=bad).fit(X, y)
    with pytest.raises(ValueError, match=r"must map \(M, 2\) to \(M, h\); given two elements"):
        DeepSetsRegressor(element_encoder=torch.nn.Linear(7, 5)).fit(X, y)


def double_values(values, set_ids, generator):
    return 2 * values


def test_augmentation_is_called_on_training_batches_only():
    X, y = sums(300)
    reg = DeepSetsRegressor(max_epochs=3, normalize=None, random_state=0)
    augmented = reg.set_params(augmentation=double_values).fit(X, y).predict(X)
    doubled = reg.set_params(augmentation=None).fit([2 * s for s in X], y).predict(X)
    assert_allclose(augmented, doubled, rtol=1e-4, atol=1e-4)
    with pytest.raises(ValueError, match="augmentation must return a real tensor"):
        reg.set_params(augmentation=lambda values, set_ids, generator: values[:1]).fit(X, y)


def test_early_stopping_restores_the_best_weights():
    rng = np.random.default_rng(0)
    X = [rng.normal(size=(4, 3)) for _ in range(120)]
    y = rng.integers(0, 2, size=120)
    clf = DeepSetsClassifier(
        early_stopping=True, n_iter_no_change=5, validation_fraction=0.3, random_state=0
    ).fit(X, y)
    losses = [row["valid_loss"] for row in clf.history_]
    assert clf.n_iter_ < clf.max_epochs
    assert clf.n_iter_ == np.argmin(losses) + 1 + 5
    best = clf.set_params(early_stopping=True, max_epochs=int(np.argmin(losses)) + 1)
    expected = best.fit(X, y).history_[-1]["valid_loss"]
    assert expected == pytest.approx(min(losses), rel=0.2)


def test_early_stopping_with_more_classes_than_held_out_sets():
    X = [np.full((2, 1), i) for i in range(12)]
    y = [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    clf = DeepSetsClassifier(early_stopping=True, max_epochs=2, random_state=0).fit(X, y)
    assert_array_equal(clf.classes_, range(6))
    with pytest.raises(ValueError, match="leave none to hold out"):
        clf.fit(X[:1], y[:1])


def test_warm_start_goes_on():
    X, y = sums(200)
    reg = DeepSetsRegressor(max_epochs=10, warm_start=True, random_state=0).fit(X, y)
    first = reg.history_[-1]["train_loss"]
    reg.fit(X, y)
    assert reg.n_iter_ == 20
    assert [row["epoch"] for row in reg.history_] == list(range(1, 21))
    assert reg.history_[-1]["train_loss"] < first
    reg.set_params(warm_start=False).fit(X, y)
    assert reg.n_iter_ == 10


def test_partial_fit_learns_from_a_stream():
    X, y = sums(600)
    reg = DeepSetsRegressor(random_state=0)
    for _ in range(10):
        for start in range(0, 400, 100):
            reg.partial_fit(X[start : start + 100], y[start : start + 100])
    assert reg.n_iter_ == 40
    assert reg.score(X[400:], y[400:]) > 0.95
    clf = DeepSetsClassifier(random_state=0).partial_fit(X[:2], ["a", "a"], classes=["a", "b"])
    clf.partial_fit(X[2:4], ["b", "b"])
    with pytest.raises(ValueError, match=r"does not know: \['c'\]"):
        clf.partial_fit(X[:1], ["c"])


def test_partial_fit_holds_nothing_out():
    X, y = sums(40)
    reg = DeepSetsRegressor(learning_rate="constant", early_stopping=True, random_state=0)
    assert "valid_loss" not in reg.partial_fit(X, y).history_[0]
    assert "valid_loss" in reg.fit(X, y).history_[0]


@pytest.mark.parametrize(
    "changed", [{"loss": "huber"}, {"phi_layer_sizes": (8,)}, {"optimizer": "sgd"}]
)
def test_warm_start_refuses_what_the_network_was_not_built_with(changed):
    X, y = sums(40)
    reg = DeepSetsRegressor(max_epochs=2, warm_start=True, random_state=0).fit(X, y)
    before = reg.predict(X)
    name = next(iter(changed))
    for fit in (reg.set_params(**changed).fit, reg.partial_fit):
        with pytest.raises(ValueError, match=f"built with {name}=.*Use fit with warm_start=False"):
            fit(X, y)
    assert_array_equal(reg.predict(X), before)
    assert reg.set_params(warm_start=False).fit(X, y).n_iter_ == 2


def test_a_prediction_does_not_depend_on_the_loss_set_after_fit():
    X, y = sums(40)
    reg = DeepSetsRegressor(max_epochs=2, random_state=0).fit(X, y)
    before = reg.predict(X)
    assert_array_equal(reg.set_params(loss="poisson").predict(X), before)


def test_warm_start_takes_a_new_learning_rate():
    X, y = sums(40)
    reg = DeepSetsRegressor(max_epochs=2, warm_start=True, random_state=0).fit(X, y)
    before = reg.predict(X)
    reg.set_params(learning_rate_init=1e-12, learning_rate="constant").fit(X, y)
    assert_allclose(reg.predict(X), before, rtol=1e-5)


def test_verbose_shows_a_progress_bar(capsys):
    X, y = sums(60)
    DeepSetsRegressor(max_epochs=2, early_stopping=True, verbose=1).fit(X, y)
    shown = capsys.readouterr().err
    for word in ("2/2", "train_loss", "valid_loss", "elements/s"):
        assert word in shown
    DeepSetsRegressor(max_epochs=2).fit(X, y)
    captured = capsys.readouterr()
    assert captured.err == captured.out == ""


def test_a_memory_mapped_array_is_fitted_as_one_in_memory(tmp_path):
    X, y = sums(100)
    X = SetArray.from_sets(X)
    np.save(tmp_path / "values.npy", X.values)
    mapped = SetArray(np.load(tmp_path / "values.npy", mmap_mode="r"), X.offsets)
    reg = DeepSetsRegressor(max_epochs=2, max_elements_per_batch=100, random_state=0)
    assert_array_equal(reg.fit(mapped, y).predict(mapped), reg.fit(X, y).predict(X))


class MemoryProbe(Callback):
    """Writes down, batch by batch, the memory that no file backs: what was really loaded."""

    peaks = []

    def on_batch_end(self, net, **kwargs):
        self.peaks.append(anonymous_memory())


def anonymous_memory():
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return 1024 * int(re.search(r"RssAnon:\s+(\d+) kB", status)[1])


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_memory_mapped_array_is_never_loaded_whole(tmp_path):
    n_sets, size = 1500, 1000
    path = tmp_path / "values.npy"
    np.save(path, np.tile(np.arange(20, dtype=np.float32), (n_sets * size, 1)))
    X = SetArray(np.load(path, mmap_mode="r"), np.arange(n_sets + 1) * size)
    reg = DeepSetsRegressor(phi_layer_sizes=(8,), batch_size=8, max_elements_per_batch=5_000)
    reg.set_params(max_epochs=1, callbacks=[MemoryProbe()], early_stopping=True)
    reg.fit(X[:50], np.arange(50.0)).predict(X[:50])
    before, MemoryProbe.peaks[:] = anonymous_memory(), []
    reg.fit(X, np.arange(n_sets)).predict(X)
    assert len(MemoryProbe.peaks) >= n_sets / 8
    assert max(*MemoryProbe.peaks, anonymous_memory()) - before < X.values.nbytes / 2


@pytest.mark.parametrize(
    "pooling", ["sum", "mean", "std", "log_std", "max", "logsumexp", "attention"]
)
def test_a_large_set_is_pooled_in_pieces(pooling):
    X, y = sums(60)
    reg = DeepSetsRegressor(
        pooling=pooling, equivariant_layer_sizes=(8,), max_epochs=2, random_state=0
    ).fit(X, y)
    large = np.random.default_rng(0).normal(size=(5_000, 2))
    whole = reg.transform([large, X[0]])
    reg.set_params(max_elements_per_batch=128)
    assert_allclose(reg.transform([large, X[0]]), whole, rtol=1e-3, atol=1e-4)


def test_embedding_of_a_sum_is_additive():
    X, y = sums(100)
    reg = DeepSetsRegressor(max_epochs=2, dtype="float64", random_state=0).fit(X, y)
    parts = reg.transform([X[0][:1], X[0][1:], X[0]])
    assert parts.shape[1] == reg.phi_layer_sizes[-1]
    assert_allclose(parts[0] + parts[1], parts[2], atol=1e-10)
    assert len(reg.get_feature_names_out()) == parts.shape[1]


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_embeddings_as_a_frame(library):
    pytest.importorskip(library)
    X, y = sums(40)
    reg = DeepSetsRegressor(max_epochs=1, phi_layer_sizes=(3,), random_state=0).fit(X, y)
    expected = reg.transform(X)
    frame = reg.set_output(transform=library).transform(X)
    names = ["deepsetsregressor0", "deepsetsregressor1", "deepsetsregressor2"]
    assert list(frame.columns) == list(reg.get_feature_names_out()) == names
    assert_array_equal(frame.to_numpy(), expected)


def test_a_linear_sum_network_extrapolates_to_longer_sets():
    X, y = sums(500)
    reg = DeepSetsRegressor(rho_layer_sizes=(), random_state=0).fit(X, y)
    rng = np.random.default_rng(3)
    long = [rng.uniform(size=(1000, 2)) for _ in range(5)]
    truth = np.array([s.sum() for s in long])
    assert_allclose(reg.predict(long), truth, rtol=0.02)


@pytest.mark.parametrize(
    ("parameter", "text"),
    [
        ({"pooling": "summ"}, "did you mean 'sum'"),
        ({"pooling": ("mean", "maxx")}, "did you mean 'max'"),
        ({"activation": "rellu"}, "activation"),
        ({"dropout": 1.5}, "dropout"),
        ({"learning_rate_init": 0}, "learning_rate_init"),
        ({"normalize": "standard"}, "normalize"),
        ({"device": "gpu"}, "device"),
        ({"device": "meta"}, "device='meta' cannot be used"),
        ({"phi_layer_sizes": (0,)}, "phi_layer_sizes"),
        ({"callbacks": [3]}, "callbacks must be skorch callbacks, .* found 3"),
        ({"phi_layer_sizes": ("a",)}, "phi_layer_sizes"),
    ],
)
def test_unknown_parameters_are_named(parameter, text):
    X, y = sums(20)
    with pytest.raises(ValueError, match=text):
        DeepSetsRegressor(**parameter).fit(X, y)


def test_max_grad_norm_bounds_a_step():
    X, y = sums(50)

    def weights(rate, bound):
        reg = DeepSetsRegressor(
            optimizer="sgd",
            learning_rate="constant",
            learning_rate_init=rate,
            max_grad_norm=bound,
            max_epochs=1,
            batch_size=50,
            random_state=0,
        )
        module = reg.fit(X, y).net_.module_
        return torch.cat([p.detach().flatten() for p in module.parameters()])

    start = weights(1e-30, None)
    # The first step of Nesterov's momentum is 1 + 0.9 times the gradient.
    for bound in (1e-2, 1e-3):
        step = torch.linalg.norm(weights(1.0, bound) - start)
        assert_allclose(step, 1.9 * bound, rtol=1e-3)

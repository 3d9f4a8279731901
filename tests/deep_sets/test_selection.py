"""What is chosen for "auto" on held-out sets: the pooling, dropout, the number of epochs."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal
from sklearn.base import clone

from sksets import DeepSetsClassifier, DeepSetsRegressor
from sksets.nn import SetPooling

RNG = np.random.default_rng(0)
X = [RNG.normal(size=(size, 2)) for size in RNG.integers(1, 11, size=200)]
SUMS = np.array([x[:, 0].sum() for x in X])
MEANS = np.array([x[:, 0].mean() for x in X])
LARGEST = np.array([x[:, 0].max() for x in X])


def auto(cls=DeepSetsRegressor, **params):
    return cls(**{"dropout": 0.0, "batch_size": 64, "random_state": 0} | params)


def weights(model):
    return np.concatenate([p.detach().numpy().ravel() for p in model.net_.module_.parameters()])


# ---------------------------------------------------------------- the pooling


@pytest.mark.parametrize(
    ("y", "chosen"),
    [(SUMS, ["sum"]), (MEANS, ["mean", ("mean", "std")]), (LARGEST, [("mean", "max")])],
)
def test_a_pooling_that_the_target_is_a_function_of(y, chosen):
    reg = auto(max_epochs=100).fit(X, y)
    assert reg.pooling_ in chosen
    assert [trial["pooling"] for trial in reg.selection_] == [
        "sum",
        "mean",
        ("mean", "max"),
        ("mean", "std"),
    ]
    best = min(reg.selection_, key=lambda trial: trial["held_out_loss"])
    assert best["pooling"] == reg.pooling_
    assert reg.n_iter_ == 100
    assert reg.pooling == "auto"


def test_a_chosen_sum_extrapolates():
    reg = auto(max_epochs=100).fit(X, SUMS)
    large = [RNG.normal(size=(50, 2)) for _ in range(20)]
    assert reg.score(large, [x[:, 0].sum() for x in large]) > 0.99


def test_losses_are_compared_in_one_unit():
    """A sum has its targets about their line over the sizes, and so on another scale."""
    noise = np.random.default_rng(1).normal(size=len(X))
    sizes = np.array([len(x) for x in X])
    reg = auto(max_epochs=1).fit(X, 100 * sizes + noise)
    losses = {trial["pooling"]: trial["held_out_loss"] for trial in reg.selection_}
    assert losses["sum"] < 0.01 < losses["mean"]


def test_the_network_is_that_of_the_pooling_by_its_name():
    options = {"max_epochs": 5, "dtype": "float64"}
    chosen = auto(**options).fit(X, MEANS)
    named = auto(**options | {"pooling": chosen.pooling_}).fit(X, MEANS)
    assert named.pooling_ == chosen.pooling_
    assert named.selection_ == []
    assert_array_equal(weights(chosen), weights(named))


def test_a_choice_is_repeated():
    for options in ({"max_epochs": 3}, {"max_epochs": "auto", "dropout": "auto"}):
        first, second = (auto(DeepSetsClassifier, **options).fit(X, MEANS > 0) for _ in range(2))
        assert first.selection_ == second.selection_
        assert first.n_iter_ == second.n_iter_
        assert_array_equal(weights(first), weights(second))


def test_a_rho_of_the_users_has_one_width():
    torch.manual_seed(0)
    reg = auto(max_epochs=2, phi_layer_sizes=(8,), rho=torch.nn.Linear(8, 1)).fit(X, SUMS)
    assert {trial["pooling"] for trial in reg.selection_} == {"sum", "mean"}


@pytest.mark.parametrize("cls", [DeepSetsClassifier, DeepSetsRegressor])
def test_too_few_sets_to_hold_any_out(cls):
    model = auto(cls, max_epochs="auto", dropout="auto").fit(X[:19], MEANS[:19] > 0)
    assert model.pooling_ == "sum"
    assert model.selection_ == []
    assert model.n_iter_ == 200


@pytest.mark.filterwarnings("ignore:The number of unique classes")
def test_a_class_keeps_its_last_set():
    alone = auto(DeepSetsClassifier, max_epochs=2).fit(X[:50], np.arange(50))
    assert (alone.pooling_, alone.selection_) == ("sum", [])
    pairs = auto(DeepSetsClassifier, max_epochs=2).fit(X[:50], np.arange(50) // 2)
    assert len(pairs.selection_) == 4


def test_sets_without_a_weight_are_not_held_out():
    weight = np.zeros(len(X))
    weight[:30] = 1
    other = MEANS.copy()
    other[30:] = 1e6
    reg = auto(max_epochs=100).fit(X, other, sample_weight=weight)
    assert reg.pooling_ != "sum"
    assert len(reg.selection_) == 4
    few = auto(max_epochs=1).fit(X, MEANS, sample_weight=np.arange(len(X)) < 19)
    assert few.selection_ == []


def test_a_layer_of_the_users_is_no_choice():
    class Total(SetPooling):
        def reduce(self, h, batch):
            return (h.new_zeros(len(batch), h.shape[1]).index_add(0, batch.set_ids, h),)

        def merge(self, state, pieces):
            return self.reduce(state[0], pieces)

    reg = auto(pooling=Total(8), phi_layer_sizes=(8,), max_epochs=2).fit(X, SUMS)
    assert reg.selection_ == []
    assert isinstance(reg.pooling_, Total)


# ---------------------------------------------------------------- the layers


def topics(n_sets, seed):
    """Sets of ten words, most of which are rare, of one of two topics with words of its own."""
    rng = np.random.default_rng(seed)
    y = np.arange(n_sets) % 2
    words = rng.integers(0, 400, size=(n_sets, 10))
    of_topic = rng.random(words.shape) < 0.6
    return list(np.where(of_topic, 2 * (words // 2) + y[:, None], words).astype(str)), y


def test_rare_words_are_pooled_as_they_are():
    words, y = topics(200, 0)
    new, truth = topics(500, 1)
    clf = auto(DeepSetsClassifier, max_epochs="auto", embedding_dim=5).fit(words, y)
    best = min(clf.selection_, key=lambda trial: trial["held_out_loss"])
    assert best["phi_layer_sizes"] == best["rho_layer_sizes"] == ()
    assert clf.transform(new).shape == (500, 5)
    deep = auto(
        DeepSetsClassifier, phi_layer_sizes=(64, 64), rho_layer_sizes=(64,), max_epochs="auto"
    ).fit(words, y)
    assert {trial["phi_layer_sizes"] for trial in deep.selection_} == {(64, 64)}
    assert clf.score(new, truth) > deep.score(new, truth)


@pytest.mark.parametrize(
    "params",
    [
        {"rho_layer_sizes": (8,)},
        {"phi_layer_sizes": (8,)},
        {"equivariant_layer_sizes": (8,)},
        {"rho": torch.nn.Linear(64, 2)},
    ],
    ids=str,
)
def test_layers_that_are_said_are_no_choice(params):
    words, y = topics(40, 0)
    clf = auto(DeepSetsClassifier, pooling="sum", max_epochs=1, **params).fit(words, y)
    assert clf.selection_ == []


def test_a_pooling_that_is_said_is_that_of_all_trials():
    words, y = topics(40, 0)
    clf = auto(DeepSetsClassifier, pooling="max", max_epochs=1).fit(words, y)
    assert [(t["pooling"], t["phi_layer_sizes"]) for t in clf.selection_] == [
        ("max", (64, 64)),
        ("max", ()),
    ]
    numbers = auto(pooling="max", max_epochs=1).fit(X, SUMS)
    assert numbers.selection_ == []


# ---------------------------------------------------------------- epochs and dropout


def test_noise_is_learned_for_few_epochs():
    noise = np.random.default_rng(2).normal(size=len(X))
    reg = auto(pooling="mean", max_epochs="auto").fit(X, 0.3 * MEANS + noise)
    (trial,) = reg.selection_
    assert reg.n_iter_ == trial["best_epoch"] < 40
    long = auto(pooling="mean", max_epochs=200).fit(X, 0.3 * MEANS + noise)
    new = [np.random.default_rng(i).normal(size=(5, 2)) for i in range(500)]
    error, long_error = (
        np.mean((model.predict(new) - [0.3 * x[:, 0].mean() for x in new]) ** 2)
        for model in (reg, long)
    )
    assert error < 0.5 * long_error


def test_what_falls_to_the_end_is_learned_for_all_epochs():
    reg = auto(pooling="mean", max_epochs="auto", dropout="auto").fit(X, MEANS)
    (trial,) = reg.selection_
    assert trial["best_epoch"] > 37
    assert reg.n_iter_ == 200
    many = auto(pooling="mean", max_epochs="auto").fit(X * 8, np.tile(MEANS, 8))
    assert many.n_iter_ == 100


def test_dropout_where_the_network_overfits():
    noise = np.random.default_rng(2).normal(size=len(X))
    reg = auto(pooling="mean", max_epochs="auto", dropout="auto").fit(X, MEANS + noise)
    assert [trial["dropout"] for trial in reg.selection_] == [0.0, 0.3]
    best = min(reg.selection_, key=lambda trial: trial["held_out_loss"])
    layers = reg.net_.module_.modules()
    rates = {layer.p for layer in layers if type(layer).__name__ == "Dropout"}
    assert rates == ({best["dropout"]} if best["dropout"] else set())
    assert reg.n_iter_ == best["best_epoch"]


def test_early_stopping_chooses_the_epochs_itself():
    reg = auto(max_epochs="auto", early_stopping=True).fit(X, MEANS)
    assert len(reg.selection_) == 4
    assert reg.n_iter_ <= 200
    assert "valid_loss" in reg.history_[0]


# ---------------------------------------------------------------- around it


def test_callbacks_are_for_the_fit_alone():
    from skorch.callbacks import Callback

    epochs = []

    class Count(Callback):
        def on_epoch_end(self, net, **kwargs):
            epochs.append(len(net.history))

    auto(max_epochs=3, callbacks=[Count()]).fit(X, SUMS)
    assert epochs == [1, 2, 3]


def test_a_warm_start_goes_on_with_what_was_chosen():
    reg = auto(max_epochs="auto", warm_start=True).fit(X, SUMS)
    chosen, n = reg.selection_, reg.n_iter_
    reg.fit(X, SUMS)
    assert reg.selection_ == chosen
    assert reg.pooling_ == "sum"
    assert reg.n_iter_ == 2 * n


def test_a_stream_has_nothing_to_choose_on():
    reg = auto(max_epochs="auto", dropout="auto").partial_fit(X, MEANS)
    assert (reg.pooling_, reg.selection_, reg.n_iter_) == ("sum", [], 1)


def test_unknown_words():
    for name in ("pooling", "dropout", "max_epochs", "phi_layer_sizes", "batch_size"):
        with pytest.raises(ValueError, match=name):
            auto(**{name: "best"}).fit(X, SUMS)


def test_a_pooling_that_is_no_choice():
    with pytest.raises(ValueError, match=r"Unknown pooling 'autoo'; did you mean 'auto'\?"):
        auto(pooling="autoo").fit(X, SUMS)
    with pytest.raises(ValueError, match="cannot be one of several"):
        auto(pooling=("auto", "sum")).fit(X, SUMS)


def test_a_pooling_that_diverges_is_not_chosen():
    huge = clone(auto(max_epochs=2, learning_rate_init=1e38))
    with pytest.raises(FloatingPointError, match="Lower learning_rate_init"):
        huge.fit(X, SUMS)
    assert not hasattr(huge, "selection_")


def test_augmentation_reaches_the_trials():
    batches = []

    def count(batch, generator):
        batches.append(len(batch))
        return batch

    auto(max_epochs=1, augmentation=count).fit(X, SUMS)
    # Four trials of an epoch on 170 sets, then one on all.
    assert batches == [64, 64, 42] * 4 + [64, 64, 64, 8]


@pytest.mark.parametrize(("n_sets", "expected"), [(40, 16), (400, 25), (2000, 64)])
def test_batches_of_few_sets_are_small(n_sets, expected):
    batches = []

    def count(batch, generator):
        batches.append(len(batch))
        return batch

    sets = [X[i % len(X)] for i in range(n_sets)]
    reg = auto(pooling="sum", batch_size="auto", max_epochs=1, augmentation=count)
    reg.fit(sets, np.arange(n_sets))
    assert batches == [expected] * (n_sets // expected) + [n_sets % expected] * (
        n_sets % expected > 0
    )


def test_a_warm_start_takes_the_epochs_that_are_set():
    reg = DeepSetsRegressor(max_epochs=3, warm_start=True, random_state=0).fit(X, SUMS)
    reg.set_params(max_epochs=2).fit(X, SUMS)
    assert reg.n_iter_ == 5

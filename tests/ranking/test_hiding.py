"""What is hidden from training sets, and which negatives are drawn."""

import numpy as np
import pytest
import torch

from sksets import SetArray
from sksets._ranking.hiding import Hiding
from sksets._training import dataset as packed_dataset
from sksets._training.batches import PackedIterator
from sksets._training.dataset import PackedDataset

N_ITEMS = 9


def repeated(items, n_sets):
    """Return ``n_sets`` sets of the same items."""
    return SetArray(np.tile(items, n_sets), np.arange(n_sets + 1) * len(items))


def drawn_sets(n_sets=200, seed=0):
    """Return sets of 0 to 6 of the items."""
    rng = np.random.default_rng(seed)
    return SetArray.from_sets([rng.permutation(N_ITEMS)[: rng.integers(7)] for _ in range(n_sets)])


def make(
    sets,
    is_hidden=None,
    *,
    context=False,
    seed=0,
    vectors=None,
    chances=None,
    n_negatives=None,
    shown_too=False,
    max_shown=None,
):
    ids = sets.values.astype(np.int64)
    if is_hidden is None:
        is_hidden = np.zeros(len(ids), dtype=bool)
    z = np.arange(len(sets), dtype=float)[:, None] if context else None
    types = {"device": torch.device("cpu"), "dtype": torch.float64}
    elements = SetArray(ids if vectors is None else vectors[ids], sets.offsets, z)
    dataset = PackedDataset(elements, ids, is_hidden, elementwise=True, **types)
    dataset.transform = Hiding(
        shown_too=shown_too,
        max_shown=max_shown,
        rng=np.random.default_rng(seed),
        chances=np.full(N_ITEMS, 1 / N_ITEMS) if chances is None else np.asarray(chances),
        n_negatives=n_negatives,
        **types,
    )
    return dataset


def one_batch(dataset):
    ((batch, targets),) = dataset.batches(torch.arange(len(dataset)), [len(dataset)])
    assert targets == (None, None)
    return batch


def by_set(values, set_ids, n_sets):
    return [values[set_ids == i] for i in range(n_sets)]


def parts(batch):
    """Return the items shown and those hidden of each set."""
    shown = np.split(batch.values.numpy(), batch.offsets[1:-1])
    hidden = by_set(batch.hidden.items.numpy(), batch.hidden.set_ids.numpy(), len(batch))
    return shown, hidden


def hide_some(sets, seed=1):
    return np.random.default_rng(seed).uniform(size=len(sets.values)) < 0.4


# ---------------------------------------------------------------- which items are shown


@pytest.mark.parametrize("context", [False, True])
@pytest.mark.parametrize("with_y", [False, True])
def test_shown_and_hidden_items_are_the_set(context, with_y):
    sets = drawn_sets()
    is_hidden = hide_some(sets) if with_y else None
    dataset = make(sets, is_hidden, context=context)
    batch = one_batch(dataset)
    for original, shown, hidden in zip(sets, *parts(batch), strict=True):
        assert sorted([*shown, *hidden]) == sorted(original)
    sizes = batch.offsets.diff()
    assert batch.sizes.tolist() == sizes.tolist()
    assert batch.set_ids.tolist() == np.repeat(np.arange(len(sets)), sizes).tolist()
    assert (batch.hidden.set_ids.diff() >= 0).all()
    if context:
        assert batch.context[:, 0].tolist() == list(range(len(sets)))


def test_batches_hold_the_sets_that_were_asked_for():
    sets = drawn_sets()
    index = torch.tensor([7, 3, 150, 3, 99, 20])
    rest = index
    for batch, _ in make(sets, context=True).batches(index, [1, 3, 2]):
        here, rest = rest[: len(batch)], rest[len(batch) :]
        assert batch.context[:, 0].tolist() == here.tolist()
        for i, shown, hidden in zip(here, *parts(batch), strict=True):
            assert sorted([*shown, *hidden]) == sorted(sets[int(i)])
    assert len(rest) == 0


@pytest.mark.parametrize(
    ("context", "n_y", "expected"),
    [
        # Of five items, without y at least one is hidden, and without context one shown.
        (False, 0, [0, 1 / 4, 1 / 4, 1 / 4, 1 / 4, 0]),
        (True, 0, [1 / 5, 1 / 5, 1 / 5, 1 / 5, 1 / 5, 0]),
        (False, 1, [0, 1 / 4, 1 / 4, 1 / 4, 1 / 4, 0]),
        (True, 1, [1 / 5, 1 / 5, 1 / 5, 1 / 5, 1 / 5, 0]),
        (False, 3, [0, 1 / 2, 1 / 2, 0, 0, 0]),
        (True, 3, [1 / 3, 1 / 3, 1 / 3, 0, 0, 0]),
        (False, 4, [0, 1, 0, 0, 0, 0]),
        (True, 5, [1, 0, 0, 0, 0, 0]),
        (False, 5, [1, 0, 0, 0, 0, 0]),
    ],
)
def test_the_number_shown_is_uniform_over_its_range(context, n_y, expected):
    n_sets = 4000
    sets = repeated([2, 5, 0, 7, 4], n_sets)
    is_hidden = np.tile(np.arange(5) < n_y, n_sets)
    batch = one_batch(make(sets, is_hidden, context=context))
    found = np.bincount(batch.sizes, minlength=6) / n_sets
    np.testing.assert_allclose(found, expected, atol=0.03)
    assert (found[np.array(expected) == 0] == 0).all()
    # Which of those that may be shown are, is uniform too.
    shown = np.bincount(batch.values, minlength=N_ITEMS) / n_sets
    assert (shown[[2, 5, 0, 7, 4][:n_y]] == 0).all()
    mean = np.arange(6) @ expected
    may_be = np.array([2, 5, 0, 7, 4][n_y:], dtype=int)
    np.testing.assert_allclose(shown[may_be], mean / max(1, len(may_be)), atol=0.03)


@pytest.mark.parametrize(
    ("context", "max_shown", "expected"),
    [
        (False, 1, [0, 1, 0, 0, 0]),
        (False, 2, [0, 1 / 2, 1 / 2, 0, 0]),
        (True, 2, [1 / 3, 1 / 3, 1 / 3, 0, 0]),
        (False, 3, [0, 1 / 3, 1 / 3, 1 / 3, 0]),
        (False, 9, [0, 1 / 3, 1 / 3, 1 / 3, 0]),
    ],
)
def test_no_more_are_shown_than_may_be(context, max_shown, expected):
    n_sets = 4000
    sets = repeated([2, 5, 0, 7], n_sets)
    batch = one_batch(make(sets, context=context, max_shown=max_shown))
    found = np.bincount(batch.sizes, minlength=5) / n_sets
    np.testing.assert_allclose(found, expected, atol=0.03)
    assert (found[np.array(expected) == 0] == 0).all()
    for original, shown, hidden in zip(sets, *parts(batch), strict=True):
        assert sorted([*shown, *hidden]) == sorted(original)


def test_the_subsets_of_one_size_are_equally_likely():
    batch = one_batch(make(repeated([0, 1, 2, 3], 6000)))
    pairs = [tuple(sorted(s)) for s in parts(batch)[0] if len(s) == 2]
    _, counts = np.unique(pairs, axis=0, return_counts=True)
    assert len(counts) == 6
    np.testing.assert_allclose(counts / len(pairs), 1 / 6, atol=0.04)


def test_items_of_y_are_never_shown():
    sets = drawn_sets(400)
    is_hidden = hide_some(sets)
    batch = one_batch(make(sets, is_hidden))
    of_y = set((sets.set_ids * N_ITEMS + sets.values)[is_hidden].tolist())
    shown = set((batch.set_ids * N_ITEMS + batch.values).tolist())
    assert len(of_y) > 100 and not of_y & shown


def test_empty_queries_are_those_of_single_items_or_with_a_context():
    sets = drawn_sets(500)
    batch = one_batch(make(sets))
    np.testing.assert_array_equal(batch.sizes == 0, sets.sizes < 2)
    # With y, those that have nothing that may be shown.
    is_hidden = hide_some(sets)
    n_free = np.bincount(sets.set_ids[~is_hidden], minlength=500)
    one = sets.sizes == 1
    batch = one_batch(make(sets, is_hidden))
    np.testing.assert_array_equal(batch.sizes == 0, (n_free == 0) | one)
    batch = one_batch(make(sets, context=True))
    share = np.mean((batch.sizes == 0).numpy()[sets.sizes == 4])
    assert 0.1 < share < 0.4


def test_vectors_are_hidden_as_ids_are():
    sets = drawn_sets()
    vectors = np.random.default_rng(2).normal(size=(N_ITEMS, 3))
    of_ids, of_vectors = one_batch(make(sets)), one_batch(make(sets, vectors=vectors))
    np.testing.assert_array_equal(of_vectors.values, vectors[of_ids.values])
    assert of_vectors.hidden.items.tolist() == of_ids.hidden.items.tolist()


def test_what_is_shown_may_be_a_target_too():
    sets = drawn_sets()
    hidden, all_items = (
        one_batch(make(sets, hide_some(sets), shown_too=shown_too)) for shown_too in (False, True)
    )
    assert hidden.values.tolist() == all_items.values.tolist()
    wanted = by_set(all_items.hidden.items, all_items.hidden.set_ids, len(sets))
    for i, items in enumerate(wanted):
        assert sorted(items.tolist()) == sorted(sets[i].tolist())


# ---------------------------------------------------------------- negatives


def test_there_are_no_negatives_of_a_softmax_over_all():
    hidden = one_batch(make(drawn_sets())).hidden
    assert hidden.negatives is hidden.members is hidden.log_expected is None


def test_negatives_of_a_batch():
    sets = drawn_sets()
    chances = np.arange(1, N_ITEMS + 1) / 45
    hidden = one_batch(make(sets, hide_some(sets), n_negatives=6, chances=chances)).hidden
    assert hidden.negatives.shape == (6,) and hidden.members.shape == (len(sets), 6)
    # Whether shown or hidden, a member of the set is no negative.
    expected = [[int(x) in s for x in hidden.negatives] for s in sets]
    np.testing.assert_array_equal(hidden.members, expected)
    np.testing.assert_allclose(hidden.log_expected, np.log(6 * chances[hidden.negatives]))


def test_negatives_are_drawn_by_their_chances():
    chances = np.array([0, 0.3, 0, 0.05, 0.05, 0.2, 0.1, 0.3, 0])
    sets = drawn_sets(5)
    dataset = make(sets, n_negatives=4000, chances=chances)
    counts = np.bincount(one_batch(dataset).hidden.negatives.flatten(), minlength=N_ITEMS)
    np.testing.assert_allclose(counts / counts.sum(), chances, atol=0.02)
    assert counts[chances == 0].sum() == 0


# ---------------------------------------------------------------- randomness


def tensors(batch):
    """Return what was drawn for a batch."""
    hidden = batch.hidden
    drawn = (batch.values, batch.offsets, hidden.items, hidden.set_ids, hidden.negatives)
    return [part.tolist() for part in drawn]


def test_draws_do_not_depend_on_how_many_sets_are_gathered_at_once(monkeypatch):
    found = []
    for n_bytes in (2**19, 2**12, 1):
        monkeypatch.setattr(packed_dataset, "GATHER_BYTES", n_bytes)
        dataset = make(drawn_sets(), n_negatives=3)
        batches = PackedIterator(dataset, 16, rng=np.random.default_rng(5))
        found.append([tensors(batch) for batch, _ in batches])
    assert found[0] == found[1] == found[2]


def test_the_generator_decides_on_every_draw():
    first, again, other = (
        tensors(one_batch(make(drawn_sets(), seed=seed, n_negatives=2))) for seed in (0, 0, 1)
    )
    assert first == again
    assert first[0] != other[0] and first[4] != other[4]


def test_each_pass_hides_others():
    dataset = make(drawn_sets(), n_negatives=2)
    first, second = tensors(one_batch(dataset)), tensors(one_batch(dataset))
    assert first[0] != second[0] and first[1] != second[1] and first[4][:9] != second[4][:9]


def test_a_part_of_the_sets():
    sets = drawn_sets()
    part = make(sets).subset(np.array([5, 199, 42]))
    for i, shown, hidden in zip([5, 199, 42], *parts(one_batch(part)), strict=True):
        assert sorted([*shown, *hidden]) == sorted(sets[i])

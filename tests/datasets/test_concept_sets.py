"""Sets of items that are drawn from latent concepts."""

import numpy as np
import pytest

from sksets.datasets import make_concept_sets


def test_concept_sets_hold_different_items():
    concepts = make_concept_sets(400, min_size=1, max_size=20, noise=0.5, random_state=0)
    assert set(concepts.data.sizes) == set(range(1, 21))
    assert concepts.data.values.dtype == np.int64 and concepts.item_features is None
    assert set(concepts.data.values) == set(range(200))
    assert all(len(set(items)) == len(items) for items in concepts.data)
    assert set(concepts.set_concepts) == set(range(10))
    counts = np.bincount(make_concept_sets(1, n_items=203, random_state=0).item_concepts)
    assert sorted(counts) == [20] * 7 + [21] * 3


@pytest.mark.parametrize("noise", [0, 0.1, 0.6, 1])
def test_share_of_other_concepts(noise):
    concepts = make_concept_sets(2000, noise=noise, random_state=0)
    of_set = concepts.set_concepts[concepts.data.set_ids]
    is_other = concepts.item_concepts[concepts.data.values] != of_set
    error = np.sqrt(noise * (1 - noise) / len(is_other))
    assert abs(is_other.mean() - noise) <= 4 * error
    # in random order: as many in the first place as in the last
    first, last = concepts.data.offsets[:-1], concepts.data.offsets[1:] - 1
    error = np.sqrt(2 * noise * (1 - noise) / len(first))
    assert abs(is_other[first].mean() - is_other[last].mean()) <= 4 * error


@pytest.mark.parametrize("noise", [0, 1])
def test_items_are_drawn_by_their_rank(noise):
    # sets of one item: no item is left out because it was drawn before
    concepts = make_concept_sets(
        16_000, n_items=8, n_concepts=2, min_size=1, max_size=1, noise=noise, random_state=0
    )
    drawn = concepts.set_concepts if noise == 0 else 1 - concepts.set_concepts
    np.testing.assert_array_equal(concepts.item_concepts[concepts.data.values], drawn)
    counts = np.bincount(concepts.data.values, minlength=8)
    harmonic = 1 / np.arange(1, 5)
    for concept in (0, 1):
        found = np.sort(counts[concepts.item_concepts == concept])[::-1]
        np.testing.assert_allclose(found / found.sum(), harmonic / harmonic.sum(), atol=0.02)


def test_the_number_of_an_item_tells_nothing():
    concepts = make_concept_sets(1, n_items=20_000, n_concepts=10, random_state=0)
    for part in np.split(concepts.item_concepts, 10):
        assert abs(np.bincount(part, minlength=10) - 200).max() < 70  # 5 standard deviations
    steps = np.bincount(np.diff(concepts.item_concepts) % 10, minlength=10)
    assert abs(steps - 2000).max() < 220


def test_features_are_around_the_centre_of_the_concept():
    concepts = make_concept_sets(n_items=4000, n_concepts=40, n_features=10, random_state=0)
    of_concept = concepts.item_concepts == np.arange(40)[:, None]
    centres = np.stack([concepts.item_features[items].mean(axis=0) for items in of_concept])
    np.testing.assert_allclose(centres.std(), 1, rtol=0.15)
    spread = concepts.item_features - centres[concepts.item_concepts]
    np.testing.assert_allclose(spread.std(), 0.5, rtol=0.02)
    distances = np.linalg.norm(concepts.item_features[:, None] - centres, axis=2)
    assert (distances.argmin(axis=1) == concepts.item_concepts).mean() > 0.95


def test_concept_sets_repeat():
    concepts = make_concept_sets(random_state=3)
    again = make_concept_sets(n_features=2, random_state=3)
    other = make_concept_sets(random_state=4)
    np.testing.assert_array_equal(again.data.values, concepts.data.values)
    np.testing.assert_array_equal(again.item_concepts, concepts.item_concepts)
    np.testing.assert_array_equal(again.set_concepts, concepts.set_concepts)
    assert (other.item_concepts != concepts.item_concepts).any()
    assert again.item_features.shape == (200, 2)


@pytest.mark.parametrize(
    "parameters, message",
    [
        ({"n_sets": 0}, "n_sets == 0"),
        ({"n_items": 0}, "n_items == 0"),
        ({"n_concepts": 1}, "n_concepts == 1, must be >= 2"),
        ({"min_size": 0}, "min_size == 0"),
        ({"max_size": 3}, "max_size == 3, must be >= 4"),
        ({"noise": 1.5}, "noise == 1.5"),
        ({"n_features": -1}, "n_features == -1"),
        (
            {"n_items": 99},
            "as many items as the largest set, 10; 99 items in 10 concepts are 9 in the smallest",
        ),
    ],
)
def test_concept_parameters_are_checked(parameters, message):
    with pytest.raises(ValueError, match=message):
        make_concept_sets(**parameters)

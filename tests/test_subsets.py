"""Subsets of the elements of sets: uniform, and decided by the set alone."""

from itertools import combinations

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from sksets import SetArray
from sksets._subsets import choose, draw_fresh, element_keys, mix, seed_of

RNG = np.random.default_rng(0)


def by_set(places, sizes, n):
    return np.split(places, np.cumsum(np.minimum(sizes, n))[:-1])


def assert_uniform(subsets, size, n):
    """All subsets come, none much oftener than others."""
    known = {subset: i for i, subset in enumerate(combinations(range(size), n))}
    counts = np.bincount([known[tuple(s.tolist())] for s in subsets], minlength=len(known))
    expected = len(subsets) / len(known)
    assert np.abs(counts - expected).max() < 5 * np.sqrt(expected)


@pytest.mark.parametrize(("size", "n"), [(5, 1), (5, 2), (6, 3), (5, 3), (5, 4)])
def test_fresh_subsets_are_uniform(size, n):
    sizes = np.full(5000, size)
    places = draw_fresh(np.arange(5000), sizes, n, seed=1)
    assert_uniform(by_set(places, sizes, n), size, n)


def test_fresh_subsets_of_sets_of_all_sizes():
    sizes = np.array([0, 3, 1, 10, 0, 4, 5, 1000, 8, 0])
    places = by_set(draw_fresh(np.arange(10), sizes, 4, seed=3), sizes, 4)
    for part, size in zip(places, sizes, strict=True):
        assert len(part) == min(size, 4) and (np.diff(part) > 0).all()
        assert ((part >= 0) & (part < size)).all()
    for i in (1, 2, 5):
        assert_array_equal(places[i], np.arange(sizes[i]))


def test_a_fresh_subset_is_the_sets_own():
    """It is the same among other sets, another one for another seed or number of the set."""
    ids, sizes = RNG.integers(10**9, size=30), RNG.integers(0, 60, size=30)
    all_sets = by_set(draw_fresh(ids, sizes, 20, seed=3), sizes, 20)
    some = [17, 3, 29]
    among_others = by_set(draw_fresh(ids[some], sizes[some], 20, 3), sizes[some], 20)
    for i, part in zip(some, among_others, strict=True):
        assert_array_equal(part, all_sets[i])
    other = draw_fresh(ids, sizes, 20, seed=4)
    assert not np.array_equal(other, np.concatenate(all_sets))
    twins = by_set(draw_fresh(np.array([1, 2]), np.array([50, 50]), 20, 3), np.array([50, 50]), 20)
    assert not np.array_equal(*twins)


def test_no_sets_and_no_elements():
    nothing = np.empty(0, dtype=np.int64)
    assert len(draw_fresh(nothing, nothing, 3, 0)) == 0
    assert len(draw_fresh(np.arange(2), np.zeros(2, dtype=np.int64), 3, 0)) == 0
    empty = SetArray(np.empty((0, 2)), [0, 0, 0])
    rows, offsets = choose(element_keys(empty), empty.offsets, 2, seed_of(0))
    assert (len(rows), offsets.tolist()) == (0, [0, 0, 0])
    rows, offsets = choose(np.empty(0, dtype=np.uint64), np.array([0]), 2, seed_of(0))
    assert (len(rows), offsets.tolist()) == (0, [0])


# ---------------------------------------------------------------- repeatable ones


def chosen(X, n, *seed):
    """Return the chosen elements of each set."""
    rows, offsets = choose(element_keys(X), X.offsets, n, seed_of(*seed))
    return list(SetArray(X.values[rows], offsets))


def make(sizes=(3, 0, 1, 40, 7), width=2):
    values = RNG.normal(size=(sum(sizes), width))
    return SetArray(values, np.cumsum([0, *sizes]))


@pytest.mark.parametrize(("size", "n"), [(5, 2), (5, 3)])
def test_repeatable_subsets_are_uniform_over_sets_and_over_votes(size, n):
    X = SetArray(RNG.normal(size=(5000 * size, 1)), np.arange(0, 5000 * size + 1, size))
    rows, _ = choose(element_keys(X), X.offsets, n, seed_of(0, 0))
    assert_uniform(rows.reshape(-1, n) % size, size, n)
    one = X[:1]
    keys = element_keys(one)
    votes = [choose(keys, one.offsets, n, seed_of(0, vote))[0] for vote in range(3000)]
    assert_uniform(votes, size, n)


def test_they_are_the_smallest_of_all_keys():
    X = make((50, 0, 4, 1000, 301))
    keys = element_keys(X)
    spread = [keys, keys | np.uint64(2**63), keys >> np.uint64(3)]
    for part in spread:
        for n in (1, 5, 300, 999):
            rows, offsets = choose(part, X.offsets, n, seed_of())
            mixed = mix(part + seed_of())
            for i, (start, stop) in enumerate(zip(X.offsets[:-1], X.offsets[1:], strict=True)):
                expected = start + np.sort(np.argsort(mixed[start:stop])[:n])
                assert_array_equal(rows[offsets[i] : offsets[i + 1]], expected)


@pytest.mark.parametrize("width", [1, 2, 7])
def test_order_and_other_sets_do_not_matter(width):
    X = make(width=width)
    X = SetArray(np.vstack([X.values, X.values[[5, 5, 5, 6]]]), [*X.offsets[:-1], 55])
    before = chosen(X, 4, 9)
    orders = [RNG.permutation(size) for size in X.sizes]
    shuffled = SetArray.from_sets([s[order] for s, order in zip(X, orders, strict=True)])
    for a, b in zip(before, chosen(shuffled, 4, 9), strict=True):
        assert_array_equal(np.sort(a, axis=0), np.sort(b, axis=0))
    for i in range(5):
        assert_array_equal(chosen(X[[i]], 4, 9)[0], before[i])
    assert not np.array_equal(chosen(X, 4, 9)[3], chosen(X, 4, 10)[3])


def test_equal_elements_are_told_apart():
    X = SetArray(np.repeat([1.0, 2.0], [60, 40])[:, None], [0, 60, 100])
    assert [len(s) for s in chosen(X, 7, 0)] == [7, 7]
    mixed = SetArray(np.tile([[1.0], [2.0]], (50, 1)), [0, 100])
    numbers = [(s == 1).sum() for seed in range(200) for s in chosen(mixed, 10, seed)]
    assert 4.5 < np.mean(numbers) < 5.5 and np.std(numbers) > 1


def test_a_token_is_not_drawn_in_all_sets_or_none():
    X = SetArray.from_sets([["a", "b", f"w{i}"] for i in range(300)])
    share = np.mean(["a" in s for s in chosen(X, 2, 0)])
    assert 0.58 < share < 0.75


@pytest.mark.parametrize("dtype", ["f2", "f4", ">f8", "i1", "u1", "i8", "u8", ">i4"])
def test_numbers_of_any_type_are_the_same(dtype):
    values = RNG.integers(0, 100, size=(40, 2))
    X, Z = SetArray(values.astype(float), [0, 40]), SetArray(values.astype(dtype), [0, 40])
    assert_array_equal(element_keys(X), element_keys(Z))


def test_zeros_and_large_integers():
    signs = SetArray(np.array([[0.0], [-0.0]]), [0, 1, 2])
    first, second = element_keys(signs)
    assert first == second
    large = np.array([[2**53], [2**53 + 1], [2**62], [2**62 + 1]])
    orders = [[0, 1, 2, 3], [3, 1, 0, 2]]
    picked = [chosen(SetArray(large[order], [0, 4]), 2, 1)[0] for order in orders]
    assert_array_equal(np.sort(picked[0], axis=0), np.sort(picked[1], axis=0))
    assert len(np.unique(element_keys(SetArray(large, [0, 1, 2, 3, 4])))) == 4


def test_weights_tell_elements_apart():
    values, weight = np.ones((30, 1)), np.arange(1.0, 31.0)
    X = SetArray(values, [0, 30], element_weight=weight)
    rows, _ = choose(element_keys(X), X.offsets, 5, seed_of(0))
    order = RNG.permutation(30)
    shuffled = SetArray(values, [0, 30], element_weight=weight[order])
    again, _ = choose(element_keys(shuffled), X.offsets, 5, seed_of(0))
    assert_array_equal(np.sort(weight[rows]), np.sort(weight[order][again]))


def test_strings_are_the_same_whatever_others_there_are():
    X = SetArray.from_sets([["tea", "rum", "gin", "milk"], ["rum"]])
    other = SetArray.from_sets([["x", "rum"], ["milk", "gin", "tea", "rum"]])
    assert set(chosen(X, 2, 5)[0]) == set(chosen(other, 2, 5)[1])


def test_categories_beside_numbers():
    names, sizes = ["a", "b", "c", "a"], [1.0, 2.0, 3.0, 4.0]
    keys = []
    for order in ([0, 1, 2, 3], [2, 0, 3, 1]):
        frame = {
            "key": [0] * 4,
            "name": [names[i] for i in order],
            "size": [sizes[i] for i in order],
        }
        keys.append(np.sort(element_keys(SetArray.from_frame(frame, "key"))))
    assert_array_equal(*keys)
    assert len(np.unique(keys[0])) == 4


def test_images_are_elements_too():
    images = RNG.integers(0, 255, size=(30, 4, 4)).astype(np.uint8)
    X = SetArray(images, [0, 10, 30])
    flat = SetArray(images.reshape(30, 16), [0, 10, 30])
    assert_array_equal(element_keys(X), element_keys(flat))
    assert len(np.unique(element_keys(X))) == 30

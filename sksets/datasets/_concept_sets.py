"""Sets of items that are drawn from latent concepts."""

import numpy as np
from sklearn.utils import Bunch, check_random_state

from sksets._arguments import check_arguments, check_count, check_share
from sksets._set_array import SetArray, offsets_from_sizes

_FEATURE_SPREAD = 0.5  # of the items around their concept's centre; the centres have 1


def _check_parameters(n_sets, n_items, n_concepts, max_size, noise, n_features):
    check_count(n_sets, "n_sets", 1)
    check_count(n_items, "n_items", 1)
    check_count(n_concepts, "n_concepts", 2)
    check_share(noise, "noise")
    check_count(n_features, "n_features", 0)
    if n_items // n_concepts < max_size:
        raise ValueError(
            f"A concept must have as many items as the largest set, {max_size}; {n_items} items in "
            f"{n_concepts} concepts are {n_items // n_concepts} in the smallest. Give more items, "
            "fewer concepts or smaller sets."
        )


def _draw_sets(rng, set_concepts, sizes, item_concepts, popularity, noise):
    """Draw the items of all sets, set after set; ``popularity`` is 1 / rank in the concept."""
    of_concept = item_concepts == np.arange(item_concepts.max() + 1)[:, None]
    inside = np.where(of_concept, popularity, 0)
    outside = np.where(of_concept, 0, popularity)
    inside /= inside.sum(axis=1, keepdims=True)
    outside /= outside.sum(axis=1, keepdims=True)
    n_strangers = rng.binomial(sizes, noise)
    sets = []
    for concept, size, n_others in zip(set_concepts, sizes, n_strangers, strict=True):
        drawn = [
            rng.choice(len(popularity), n_drawn, replace=False, p=probabilities[concept])
            for n_drawn, probabilities in ((size - n_others, inside), (n_others, outside))
        ]
        sets.append(rng.permutation(np.concatenate(drawn)))
    return np.concatenate(sets)


@check_arguments()
def make_concept_sets(
    n_sets=300,
    *,
    n_items=200,
    n_concepts=10,
    min_size=4,
    max_size=10,
    noise=0.1,
    n_features=0,
    random_state=None,
):
    """Generate sets of items that belong together: they share a concept, which is not given.

    The task is to tell what else belongs to a set: the other items of its concept, those first
    that are often in a set.

    Parameters
    ----------
    n_sets : int, default=300
        Number of sets.
    n_items : int, default=200
        Number of items. Each concept has as many items as the others, or one more.
    n_concepts : int, default=10
        Number of concepts, at least 2.
    min_size, max_size : int, default=4, 10
        The size of a set is uniform between the two, both included.
    noise : float, default=0.1
        The probability of an element to be an item of another concept than its set's.
    n_features : int, default=0
        Number of features of an item; none by default.
    random_state : int, RandomState instance or None, default=None
        Give an int for the same sets on every call. The sets do not depend on `n_features`.

    Returns
    -------
    data : :class:`~sklearn.utils.Bunch`
        With the attributes

        data : SetArray of shape (n_sets,)
            A set is (n_i,), int64: the numbers of its items from 0 to ``n_items - 1``, none twice,
            in random order.
        set_concepts : ndarray of shape (n_sets,)
            The concept of each set, int64 from 0.
        item_concepts : ndarray of shape (n_items,)
            The concept of each item, int64 from 0.
        item_features : ndarray of shape (n_items, n_features) or None
            Features of the items; None where `n_features` is 0.

    Raises
    ------
    TypeError, ValueError
        A number is of the wrong type or out of range, or a concept has fewer items than the
        largest set.

    Notes
    -----
    - Items are dealt to the concepts at random: item j gets a concept c(j) and a rank r(j) = 1, 2,
      ... among the items of its concept.
    - A set has a concept c and a size n, both uniform, and m ~ Binomial(n, `noise`) items of other
      concepts. Items are drawn one after the other from those not drawn yet: n - m of them with
      probability proportional to 1 / r(j) where c(j) = c, the others to 1 / r(j) where c(j) != c.
    - The features of item j are x(j) = mu(c(j)) + e(j), with mu(c) ~ N(0, I) the centre of a
      concept and e(j) ~ N(0, I / 4).

    Examples
    --------
    >>> from sksets.datasets import make_concept_sets
    >>> concepts = make_concept_sets(100, n_features=8, random_state=0)
    >>> concepts.data
    SetArray(n_sets=100, n_elements=..., sizes 4 to 10, elements int64 ())
    >>> concepts.item_features.shape
    (200, 8)
    """
    check_count(min_size, "min_size", 1)
    check_count(max_size, "max_size", min_size)
    _check_parameters(n_sets, n_items, n_concepts, max_size, noise, n_features)

    rng = check_random_state(random_state)
    dealt = rng.permutation(n_items)
    item_concepts, popularity = np.empty(n_items, dtype=np.int64), np.empty(n_items)
    item_concepts[dealt] = np.arange(n_items) % n_concepts
    popularity[dealt] = 1 / (1 + np.arange(n_items) // n_concepts)

    set_concepts = rng.randint(n_concepts, size=n_sets)
    sizes = rng.randint(min_size, max_size + 1, size=n_sets)
    items = _draw_sets(rng, set_concepts, sizes, item_concepts, popularity, noise)
    item_features = None
    if n_features:
        centres = rng.normal(size=(n_concepts, n_features))
        spread = rng.normal(scale=_FEATURE_SPREAD, size=(n_items, n_features))
        item_features = centres[item_concepts] + spread
    return Bunch(
        data=SetArray(items, offsets_from_sizes(sizes)),
        set_concepts=set_concepts,
        item_concepts=item_concepts,
        item_features=item_features,
    )

"""Random subsets of the elements of sets: fresh ones for training, repeatable ones for prediction.

Both come of hashes instead of a generator's next numbers, so that what a set is given does not
depend on the sets around it.
"""

import hashlib

import numpy as np

from sksets._blocks import row_slices

# Elements whose keys are compared at once.
RUN = 2**20
# The increment and the multipliers of splitmix64 (Steele, Lea and Flood, 2014).
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FACTORS = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
_LARGEST = np.iinfo(np.uint64).max
# float64 holds every integer up to here.
_EXACT = 2.0**53


def mix(numbers):
    """Return other numbers for uint64 ones, each bit of which depends on all bits of one of them.

    One number is never given for two.
    """
    mixed = numbers ^ (numbers >> np.uint64(30))
    mixed *= _FACTORS[0]
    mixed ^= mixed >> np.uint64(27)
    mixed *= _FACTORS[1]
    mixed ^= mixed >> np.uint64(31)
    return mixed


def seed_of(*numbers):
    """Return one uint64 array (1,) for several integers of up to 64 bits."""
    seed = np.zeros(1, dtype=np.uint64)
    for number in numbers:
        seed = mix(seed + _GOLDEN + np.array([number], dtype=np.uint64))
    return seed


# ---------------------------------------------------------------- fresh ones


def draw_fresh(set_ids, sizes, n_elements, seed):
    """Draw a uniform subset of each set.

    Parameters
    ----------
    set_ids : int ndarray of shape (n_sets,)
        What tells sets apart: with its number, a set gets the same subset among any others.
    sizes : int64 ndarray of shape (n_sets,)
    n_elements : int
        The most elements of a subset; a smaller set stays whole.
    seed : int

    Returns
    -------
    places : int64 ndarray of shape (sum of min(size, n_elements),)
        Of the elements in their sets, ascending, set after set.
    """
    ends = np.cumsum(sizes)
    firsts = ends - sizes
    # Of sets that keep most of their elements those are drawn that leave: few draws come twice.
    inverted = 2 * n_elements > sizes
    n_drawn = np.where(inverted, np.maximum(sizes - n_elements, 0), n_elements)
    drawn = _draw_distinct(set_ids, sizes, ends, n_drawn, seed)
    leave = inverted[np.searchsorted(ends, drawn, side="right")]
    whole = np.repeat(firsts[inverted], sizes[inverted])
    if len(whole):
        kept = np.ones(len(whole), dtype=bool)
        n_before = np.cumsum(sizes[inverted]) - sizes[inverted]
        whole += np.arange(len(whole)) - np.repeat(n_before, sizes[inverted])
        kept[np.searchsorted(whole, drawn[leave])] = False
        drawn = np.sort(np.concatenate([whole[kept], drawn[~leave]]))
    return drawn - np.repeat(firsts, np.minimum(sizes, n_elements))


def _draw_distinct(set_ids, sizes, ends, n_drawn, seed):
    """Return sorted rows, ``n_drawn`` different ones of each set, counted through all sets."""
    base = mix(seed_of(seed) + np.asarray(set_ids).astype(np.uint64) * _GOLDEN)
    firsts, counts = ends - sizes, np.zeros_like(sizes)
    rows = np.empty(0, dtype=np.int64)
    # The first so many different numbers of a sequence of random ones are a uniform subset.
    missing = n_drawn
    while missing.any():
        sets = np.repeat(np.arange(len(sizes)), missing)
        turns = np.arange(len(sets)) - np.repeat(np.cumsum(missing) - missing, missing)
        turns += counts[sets]
        random = mix(base[sets] + turns.astype(np.uint64) * _GOLDEN) >> np.uint64(32)
        places = (random * sizes[sets].astype(np.uint64)) >> np.uint64(32)
        rows = np.sort(np.concatenate([rows, firsts[sets] + places.astype(np.int64)]))
        # np.unique would hash them first, which takes longer.
        rows = rows[np.diff(rows, prepend=-1) > 0]
        counts = counts + missing
        missing = n_drawn - np.diff(np.searchsorted(rows, ends), prepend=0)
    return rows


# ---------------------------------------------------------------- repeatable ones


def element_keys(sets):
    """Return a random number for each element, which its own set alone decides.

    It depends on the numbers and the weight of the element, and on which others are in its set, not
    on their order, their type or the other sets. Equal elements of a set have different ones.

    Parameters
    ----------
    sets : SetArray
        Of any elements.

    Returns
    -------
    keys : uint64 ndarray of shape (n_elements,)
    """
    keys = _hash_elements(sets)
    if sets.element_weight is not None:
        keys = mix(keys + _bits_of(sets.element_weight))
    keys = mix(_tell_apart(keys, sets.offsets))
    filled = np.flatnonzero(sets.sizes)
    if len(filled):
        # A token that is left out of one set is not left out of all.
        sums = np.add.reduceat(keys, sets.offsets[filled])
        keys += np.repeat(mix(sums), sets.sizes[filled])
    return keys


def choose(keys, offsets, n_elements, seed):
    """Choose a subset of each set, uniformly at random, and always the same one.

    Parameters
    ----------
    keys : uint64 ndarray of shape (n_elements,)
        Of :func:`element_keys`.
    offsets : int64 ndarray of shape (n_sets + 1,)
    n_elements : int
        The most elements of a subset; a smaller set stays whole.
    seed : uint64 ndarray of shape (1,)
        Of :func:`seed_of`.

    Returns
    -------
    rows : int64 ndarray
        Of the chosen elements, ascending.
    offsets : int64 ndarray of shape (n_sets + 1,)
        Of the subsets.
    """
    parts, start = [], 0
    while start < len(offsets) - 1:
        # Whole sets, one at least.
        stop = int(np.searchsorted(offsets, offsets[start] + RUN, side="right")) - 1
        stop = max(stop, start + 1)
        first = offsets[start]
        mixed = mix(keys[first : offsets[stop]] + seed)
        parts.append(first + _smallest(mixed, offsets[start : stop + 1] - first, n_elements))
        start = stop
    sizes = np.minimum(np.diff(offsets), n_elements)
    rows = np.concatenate([np.empty(0, dtype=np.int64), *parts])
    return rows, np.append(0, np.cumsum(sizes))


def _smallest(keys, offsets, n_elements):
    """Return the rows of the ``n_elements`` smallest keys of each set, ascending."""
    sizes = np.diff(offsets)
    set_ids = np.repeat(np.arange(len(sizes)), sizes)
    # Keys are uniform: those below this bound, a few more than are wanted, hold the smallest ones
    # almost always, and are all that need be sorted.
    share = (n_elements + 6 * np.sqrt(n_elements) + 20) / np.maximum(sizes, 1)
    bounds = (np.minimum(share, 0.5) * 2.0**64).astype(np.uint64)
    bounds[share > 0.5] = _LARGEST
    rows = np.flatnonzero(keys <= bounds[set_ids])
    counts = np.bincount(set_ids[rows], minlength=len(sizes))
    if (lacking := counts < np.minimum(sizes, n_elements)).any():
        bounds[lacking] = _LARGEST
        rows = np.flatnonzero(keys <= bounds[set_ids])
        counts = np.bincount(set_ids[rows], minlength=len(sizes))
    rows = rows[np.lexsort((keys[rows], set_ids[rows]))]
    ranks = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.sort(rows[ranks < n_elements])


def _tell_apart(hashes, offsets):
    """Return hashes of which no two of a set are equal: equal elements get different ones."""
    ordered = np.sort(hashes)
    repeated = ordered[1:][ordered[1:] == ordered[:-1]]
    if len(repeated) == 0:
        return hashes
    rows = np.flatnonzero(np.isin(hashes, repeated))
    set_ids = np.searchsorted(offsets, rows, side="right")
    order = np.lexsort((hashes[rows], set_ids))
    rows, set_ids = rows[order], set_ids[order]
    first = np.ones(len(rows), dtype=bool)
    first[1:] = (hashes[rows][1:] != hashes[rows][:-1]) | (set_ids[1:] != set_ids[:-1])
    starts = np.flatnonzero(first)
    lengths = np.diff(np.append(starts, len(rows)))
    occurrence = np.arange(len(rows)) - np.repeat(starts, lengths)
    hashes = hashes.copy()
    hashes[rows] += occurrence.astype(np.uint64) * _GOLDEN
    return hashes


def _hash_elements(sets):
    """Return a hash (n_elements,) of each element of sets."""
    codes = sets.codes
    width = int(np.prod(codes.shape[1:]))
    categories = sets.categories or (None,) * width
    names = [None if known is None else _hash_strings(known) for known in categories]
    salts = mix(np.arange(1, width + 1, dtype=np.uint64) * _GOLDEN)
    hashes = np.empty(len(codes), dtype=np.uint64)
    for rows in row_slices(codes):
        block = np.asarray(codes[rows])
        block = block.reshape(len(block), width)
        bits = _bits_of(block)
        for j, known in enumerate(names):
            if known is not None:
                bits[:, j] = known[block[:, j].astype(np.int64)]
        hashes[rows] = mix(bits + salts).sum(axis=1, dtype=np.uint64)
    return hashes


def _bits_of(numbers):
    """Return numbers as uint64, equal ones of all types as the same."""
    with np.errstate(over="ignore"):
        # Adding zero makes of -0. what 0. is.
        doubles = numbers.astype(np.float64) + 0.0
    doubles[np.isnan(doubles)] = np.nan
    bits = doubles.view(np.uint64)
    if numbers.dtype.kind in "iu" and numbers.dtype.itemsize == 8:
        # Integers that are one number as float64 are told apart by themselves.
        bits ^= np.where(np.abs(doubles) >= _EXACT, numbers.astype(np.uint64), 0)
    return bits


def _hash_strings(strings):
    """Return a hash for each string, which is the same wherever it stands among others."""
    digests = b"".join(
        hashlib.blake2b(str(s).encode("utf-8", "surrogatepass"), digest_size=8).digest()
        for s in strings
    )
    return np.frombuffer(digests, dtype="<u8").astype(np.uint64)

"""Features of an atom in a molecule: its place, or symmetry functions of its neighbourhood.

The symmetry functions are those of J. Behler and M. Parrinello, "Generalized neural-network
representation of high-dimensional potential-energy surfaces", Physical Review Letters 98, 146401,
2007: sums over the neighbours of an atom that change with neither rotation, nor shift, nor the
order of the atoms, cut off smoothly by f(r) = (cos(pi r / cutoff) + 1) / 2 for r < cutoff, else 0.

radial:  G_i[e, k] = sum over neighbours j of element e of
         f(r_ij) exp(-(r_ij - m_k)^2 / (2 s^2))
angular: A_i[{e, e'}, k] = sum over pairs {j, j'} of neighbours, of elements e and e', of
         f(r_ij) f(r_ij') exp(-(angle_jij' - a_k)^2 / (2 t^2))

The Gaussians are as wide as the step between their centres, s = m_2 - m_1 and t = a_2 - a_1.
"""

import numpy as np
from scipy import sparse

ELEMENTS = {"H": 1, "C": 6, "N": 7, "O": 8, "S": 16}
FEATURES = ("coordinates", "environment")

_SYMBOLS = tuple(ELEMENTS)
_RADIAL_CUTOFF = 6.0  # Angstrom
_RADIAL_CENTRES = np.linspace(0.8, _RADIAL_CUTOFF, 16)
_ANGULAR_CUTOFF = 3.5  # Angstrom
_ANGULAR_CENTRES = np.linspace(0.0, np.pi, 8)
_ELEMENT_PAIRS = np.triu_indices(len(ELEMENTS))
_BLOCK_MOLECULES = 256  # the pairs of pairs of one block are in memory at a time


def _element_codes(Z):
    """Return the number, 0 to 4, of the element of each atom."""
    return np.searchsorted(list(ELEMENTS.values()), Z)


def _pairs(offsets):
    """Return the members i and j of all ordered pairs i != j within each group of rows."""
    sizes = np.diff(offsets)
    partners = np.repeat(sizes, sizes)
    first = np.repeat(np.arange(offsets[-1]), partners)
    start = np.repeat(np.repeat(offsets[:-1], sizes), partners)
    before = np.repeat(np.cumsum(partners) - partners, partners)
    second = start + np.arange(len(first)) - before
    different = first != second
    return first[different], second[different]


def _gaussians(x, centres):
    width = centres[1] - centres[0]
    return np.exp(-((x[:, None] - centres) ** 2) / (2 * width**2))


def _cut(distance, cutoff):
    return 0.5 * (np.cos(np.pi * distance / cutoff) + 1)


def _sum_by(index, rows, n):
    """Sum the rows that have the same index, 0 to n - 1."""
    selection = sparse.csr_array(
        (np.ones(len(index)), (index, np.arange(len(index)))), (n, len(index))
    )
    return selection @ rows


def _environment(codes, R, offsets):
    """Return the radial and angular functions (n_atoms, 200) of the atoms of some molecules."""
    n_atoms, n_elements = len(codes), len(ELEMENTS)
    centre, other = _pairs(offsets)
    arrow = R[other] - R[centre]
    distance = np.linalg.norm(arrow, axis=1)

    near = distance < _RADIAL_CUTOFF
    d = distance[near]
    terms = _gaussians(d, _RADIAL_CENTRES) * _cut(d, _RADIAL_CUTOFF)[:, None]
    index = centre[near] * n_elements + codes[other[near]]
    radial = _sum_by(index, terms, n_atoms * n_elements)

    near = distance < _ANGULAR_CUTOFF
    centre, other, arrow, distance = centre[near], other[near], arrow[near], distance[near]
    j, k = _pairs(np.searchsorted(centre, np.arange(n_atoms + 1)))
    j, k = j[j < k], k[j < k]
    cosine = np.einsum("pd,pd->p", arrow[j], arrow[k]) / (distance[j] * distance[k])
    cut = _cut(distance, _ANGULAR_CUTOFF)
    terms = _gaussians(np.arccos(np.clip(cosine, -1, 1)), _ANGULAR_CENTRES)
    terms *= (cut[j] * cut[k])[:, None]
    pair_codes = np.zeros((n_elements, n_elements), dtype=np.int64)
    pair_codes[_ELEMENT_PAIRS] = pair_codes.T[_ELEMENT_PAIRS] = np.arange(len(_ELEMENT_PAIRS[0]))
    n_pairs = len(_ELEMENT_PAIRS[0])
    index = centre[j] * n_pairs + pair_codes[codes[other[j]], codes[other[k]]]
    angular = _sum_by(index, terms, n_atoms * n_pairs)
    return np.hstack([radial.reshape(n_atoms, -1), angular.reshape(n_atoms, -1)])


def _centred(R, offsets):
    sizes = np.diff(offsets)
    mean = np.add.reduceat(R, offsets[:-1], axis=0) / sizes[:, None]
    return R - np.repeat(mean, sizes, axis=0)


def atom_features(Z, R, offsets, features):
    """Describe each atom by its element and its place or neighbourhood.

    Parameters
    ----------
    Z : ndarray of shape (n_atoms,)
        Atomic numbers, of H, C, N, O or S.
    R : ndarray of shape (n_atoms, 3)
        Positions in Angstrom.
    offsets : ndarray of shape (n_molecules + 1,)
        Where each molecule starts; none is empty.
    features : {"coordinates", "environment"}
        The position relative to the mean of the molecule's atoms, or the symmetry functions.

    Returns
    -------
    values : ndarray of shape (n_atoms, 8) or (n_atoms, 205), float32
        The first five columns are 1 for the element of the atom, else 0.
    names : list of str
        The names of the columns.
    """
    codes, R, offsets = _element_codes(Z), R.astype(np.float64), offsets.astype(np.int64)
    names = list(_SYMBOLS)
    if features == "coordinates":
        blocks = [_centred(R, offsets)]
        names += ["x", "y", "z"]
    else:
        blocks = []
        for first in range(0, len(offsets) - 1, _BLOCK_MOLECULES):
            cuts = offsets[first : first + _BLOCK_MOLECULES + 1]
            atoms = slice(cuts[0], cuts[-1])
            block = _environment(codes[atoms], R[atoms], cuts - cuts[0])
            blocks.append(block.astype(np.float32))
        names += [f"radial_{e}_{m:.2f}" for e in _SYMBOLS for m in _RADIAL_CENTRES]
        pairs = [_SYMBOLS[i] + _SYMBOLS[j] for i, j in zip(*_ELEMENT_PAIRS, strict=True)]
        names += [f"angular_{pair}_{a:.2f}" for pair in pairs for a in _ANGULAR_CENTRES]
    one_hot = np.eye(len(ELEMENTS), dtype=np.float32)[codes]
    values = np.hstack([one_hot, np.concatenate(blocks)], dtype=np.float32, casting="same_kind")
    return values, names

"""Symmetry functions of atoms: a loop over neighbours, and what must not change them."""

import numpy as np

from sksets.datasets._atoms import atom_features

ELEMENTS = [1, 6, 7, 8, 16]


def environment_by_loop(Z, R):
    """The formulas of _atoms.py, sum by sum."""
    m, a = np.linspace(0.8, 6.0, 16), np.linspace(0, np.pi, 8)
    pairs = [(e, f) for e in ELEMENTS for f in ELEMENTS if e <= f]
    distance = np.linalg.norm(R[:, None] - R, axis=-1)

    def cut(r, cutoff):
        return (np.cos(np.pi * r / cutoff) + 1) / 2 if r < cutoff else 0.0

    radial, angular = np.zeros((len(Z), 5, 16)), np.zeros((len(Z), 15, 8))
    for i in range(len(Z)):
        others = [j for j in range(len(Z)) if j != i]
        for j in others:
            r = distance[i, j]
            bump = np.exp(-((r - m) ** 2) / (2 * (m[1] - m[0]) ** 2))
            radial[i, ELEMENTS.index(Z[j])] += cut(r, 6.0) * bump
        for j in others:
            for k in (k for k in others if k > j):
                u, v = R[j] - R[i], R[k] - R[i]
                angle = np.arctan2(np.linalg.norm(np.cross(u, v)), u @ v)
                bump = np.exp(-((angle - a) ** 2) / (2 * (a[1] - a[0]) ** 2))
                both = cut(distance[i, j], 3.5) * cut(distance[i, k], 3.5)
                angular[i, pairs.index(tuple(sorted((Z[j], Z[k]))))] += both * bump
    return np.hstack([radial.reshape(len(Z), -1), angular.reshape(len(Z), -1)])


def random_molecules(n_molecules):
    rng = np.random.default_rng(0)
    sizes = rng.integers(1, 9, size=n_molecules)
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    R = rng.normal(scale=2.0, size=(offsets[-1], 3))
    return rng.choice(ELEMENTS, size=len(R)), R, offsets


def test_environment_equals_a_loop():
    Z, R, offsets = random_molecules(300)  # more than a block
    values, _ = atom_features(Z, R, offsets, "environment")
    for i in (0, 1, 100, 255, 256, 257, 299):
        atoms = slice(offsets[i], offsets[i + 1])
        np.testing.assert_allclose(
            values[atoms, 5:], environment_by_loop(Z[atoms], R[atoms]), rtol=1e-5, atol=1e-6
        )


def test_environment_does_not_change_with_rotation_shift_and_order():
    Z, R, offsets = random_molecules(20)
    expected, _ = atom_features(Z, R, offsets, "environment")
    rotation, _ = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))
    moved, _ = atom_features(Z, R @ rotation + 5.0, offsets, "environment")
    np.testing.assert_allclose(moved, expected, atol=1e-5)
    start, stop = offsets[3], offsets[4]
    order = np.arange(len(Z))
    order[start:stop] = order[start:stop][::-1]
    shuffled, _ = atom_features(Z[order], R[order], offsets, "environment")
    np.testing.assert_allclose(shuffled, expected[order], atol=1e-5)

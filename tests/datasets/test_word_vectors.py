"""Vectors of words."""

import numpy as np
import pytest

from sksets.datasets import fetch_word_vectors

VECTORS = {
    "words": np.array(["river", "lake", "cup"]),
    "vectors": np.array([[0.5, 1], [0.25, 1], [-1, 0]], dtype=np.float16),
}


def write_vectors(folder, **arrays):
    folder = folder / "glove"
    folder.mkdir(exist_ok=True)
    np.savez(folder / "glove_wink100d_lda.npz", **arrays)


def test_word_vectors(tmp_path):
    write_vectors(tmp_path, **VECTORS)
    glove = fetch_word_vectors(tmp_path)
    assert glove.words.tolist() == ["river", "lake", "cup"]
    assert glove.vectors.dtype == np.float32
    assert glove.vectors.tolist() == [[0.5, 1], [0.25, 1], [-1, 0]]
    assert "3 words, each with a vector of 2 numbers" in glove.DESCR


@pytest.mark.parametrize(
    "arrays, message",
    [
        ({"words": VECTORS["words"]}, r"hold the arrays words and vectors, found \['words'\]"),
        (VECTORS | {"more": np.zeros(3)}, "found .'more', 'vectors', 'words'."),
        (VECTORS | {"words": np.arange(3)}, r"words must be 1-D, of strings, .* shape \(3,\), int"),
        (VECTORS | {"words": np.array([["a", "b"]])}, r"of strings, found .* shape \(1, 2\)"),
        (VECTORS | {"words": np.array(["a", "b"])}, r"of shape \(2, n_dimensions\), .* \(3, 2\)"),
        (VECTORS | {"vectors": np.ones(3)}, r"floats of shape \(3, n_dimensions\), .* \(3,\)"),
        (VECTORS | {"vectors": np.ones((3, 2), int)}, "vectors must be floats .*int64"),
        (
            VECTORS | {"vectors": np.array([[0, 1], [1, np.inf], [0, 0]])},
            "the vector of word 1, 'lake', is not finite in float32",
        ),
        (
            VECTORS | {"vectors": np.array([[0, 1], [1, -1e39], [np.finfo(np.float32).max, 0]])},
            "the vector of word 1, 'lake', is not finite in float32",
        ),
        ({"words": np.array([], "U3"), "vectors": np.ones((0, 2))}, r"no numbers: .* \(0, 2\)"),
        (VECTORS | {"vectors": np.ones((3, 0))}, r"holds no numbers: vectors has .* \(3, 0\)"),
        (VECTORS | {"words": np.full(3, 1 << 30, "u4").view("U1")}, "character"),
        (VECTORS | {"words": np.array(["a", "b", "a"])}, "the word 'a' is there twice or more"),
    ],
)
def test_word_vectors_of_another_form_are_refused(arrays, message, tmp_path):
    write_vectors(tmp_path, **arrays)
    with pytest.raises(OSError, match=f"{message}.*Put the right file in its place. It is a .npz"):
        fetch_word_vectors(tmp_path)

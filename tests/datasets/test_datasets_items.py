"""Data sets of items: words, tags, products, and sets drawn from latent concepts."""

import json
from dataclasses import replace

import numpy as np
import pytest

from sksets.datasets import (
    _corel5k,
    _delicious,
    _groceries,
    _lda_concepts,
    fetch_corel5k,
    fetch_delicious,
    fetch_groceries,
    fetch_lda_concepts,
    fetch_word_vectors,
    fetch_wordnet_concepts,
    make_concept_sets,
)
from sksets.datasets._binary_tags import read_sparse_arff
from sksets.datasets._store import content_sha256, json_sha256

# ---------------------------------------------------------------- topics

WORDS = ["goal", "league", "cup", "river", "lake"]
TOPICS = {
    "params": {
        "ind2word": {str(number): word for number, word in enumerate(WORDS)},
        "word2ind": {word: number for number, word in enumerate(WORDS)},
    },
    "data": {"test": [[4, 3]], "train": [[2, 0], [1, 2]], "val": [[0, 1]]},
}


def write_json(content, path):
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(content, indent=2), encoding="utf-8")


@pytest.fixture
def small_topics(monkeypatch):
    """Expect four topics of two words in the place of 1,000."""
    small = replace(_lda_concepts.LDA[1000], sha256=json_sha256(TOPICS))
    monkeypatch.setitem(_lda_concepts.LDA, 1000, small)


def test_json_is_known_by_what_it_holds():
    assert json_sha256({"a": [1, "é"], "b": None}) == json_sha256({"b": None, "a": [1, "é"]})
    others = [{"a": [1, "e"], "b": None}, {"a": ["é", 1], "b": None}, [["a", [1, "é"]]]]
    assert len({json_sha256(content) for content in [*others, {"a": [1, "é"], "b": None}]}) == 4


@pytest.mark.parametrize("name", ["lda_1k.json", "lda_top_words_split_allwords_1k.json"])
def test_topics(name, small_topics, tmp_path):
    write_json(TOPICS, tmp_path / "lda" / name)  # kept, or as downloaded by hand
    topics = fetch_lda_concepts(data_home=tmp_path, download_if_missing=False)
    kept = json.loads((tmp_path / "lda" / "lda_1k.json").read_text())
    assert kept == TOPICS
    assert topics.vocabulary.tolist() == WORDS
    assert [t.tolist() for t in topics.train] == [["cup", "goal"], ["league", "cup"]]
    assert [t.tolist() for t in topics.validation] == [["goal", "league"]]
    assert [t.tolist() for t in topics.test] == [["lake", "river"]]
    assert "LDA-1k" in topics.DESCR and "validation and test: 2, 1 and 1" in topics.DESCR


def test_damaged_topics_are_refused(small_topics, tmp_path):
    path = tmp_path / "lda" / "lda_1k.json"
    write_json(TOPICS | {"data": TOPICS["data"] | {"test": [[4, 2]]}}, path)
    with pytest.raises(OSError, match="lda_1k.json is not the expected data: the checksum of its"):
        fetch_lda_concepts(data_home=tmp_path)
    for content in (b"", json.dumps(TOPICS).encode()[:-9], b"\xff\xfe\xfd"):
        path.write_bytes(content)
        with pytest.raises(OSError, match="is not the expected data: .*Delete it and call again"):
            fetch_lda_concepts(data_home=tmp_path)
    path.rename(path.with_name("lda_top_words_split_allwords_1k.json"))
    with pytest.raises(FileNotFoundError, match="making it failed"):
        fetch_lda_concepts(data_home=tmp_path)


def test_missing_topics_say_what_to_put_where(tmp_path):
    with pytest.raises(FileNotFoundError) as error:
        fetch_lda_concepts(3000, tmp_path, download_if_missing=False)
    for part in (
        f"fetch_lda_concepts needs the file lda_3k.json in the folder {tmp_path / 'lda'}.",
        "download_if_missing is False",
        "lda_top_words_split_allwords_3k.json, from https://raw.githubusercontent.com/",
    ):
        assert part in str(error.value)
    with pytest.raises(ValueError, match=r"one of \(1000, 3000, 5000\), got 2000"):
        fetch_lda_concepts(2000)


def five_thousand_topics():
    """Topics in the form of the file whose checksum is not known."""
    random = np.random.RandomState(0)
    words = {str(number): f"w{number}" for number in range(60)}
    topics = np.argsort(random.random_sample((5000, 60)), axis=1)[:, :50].tolist()
    parts = {"train": topics[:4000], "val": topics[4000:4500], "test": topics[4500:]}
    return {"params": {"ind2word": words}, "data": parts}


def test_topics_without_checksum(tmp_path):
    content = five_thousand_topics()
    write_json(content, tmp_path / "lda" / "lda_5k.json")
    topics = fetch_lda_concepts(5000, tmp_path)
    assert [len(topics[part]) for part in ("train", "validation", "test")] == [4000, 500, 500]
    assert topics.test[-1].tolist() == [f"w{number}" for number in content["data"]["test"][-1]]


def test_topics_of_another_form_are_refused(tmp_path):
    path = tmp_path / "lda" / "lda_5k.json"

    def refuse(content, message):
        write_json(content, path)
        with pytest.raises(OSError, match=f"not the expected data: .*{message}.*Delete it"):
            fetch_lda_concepts(5000, tmp_path)

    content = five_thousand_topics()
    parts = content["data"]
    form = 'must look like {"params": {"ind2word"'
    refuse([], form)
    refuse({"params": content["params"]}, form)
    refuse(content | {"params": {"ind2word": {"1": "w1"}}}, form)
    refuse(content | {"params": {"ind2word": {"0": 7}}}, form)
    refuse(content | {"data": parts | {"val": [[1, 2], [3]]}}, form)
    refuse(TOPICS, r"train part must be topics of 50 integers, found an array of shape \(2, 2\)")
    refuse(content | {"data": parts | {"val": parts["val"][:-1]}}, "4999 topics, expected 5000")
    parts["val"][3][5] = 60
    refuse(content, "validation part holds the word number 60, but the 60 words are numbered from")
    parts["val"][3][5] = parts["val"][3][0]
    refuse(content, "topic 3 of the validation part holds a word twice")


# ---------------------------------------------------------------- vectors of words

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
            "the vector of word 1, 'lake', is not finite",
        ),
        (VECTORS | {"words": np.array(["a", "b", "a"])}, "the word 'a' is there twice or more"),
    ],
)
def test_word_vectors_of_another_form_are_refused(arrays, message, tmp_path):
    write_vectors(tmp_path, **arrays)
    with pytest.raises(OSError, match=f"{message}.*Put the right file in its place. It is a .npz"):
        fetch_word_vectors(tmp_path)


# ---------------------------------------------------------------- concepts of WordNet


def test_wordnet_concepts(tmp_path):
    content = {"1:water": ["river", "lake", "pond"], "0:thing": ["cup", "lake"]}
    write_json(content, tmp_path / "concepts" / "wordnet_hyponym_sets.json")
    concepts = fetch_wordnet_concepts(tmp_path)
    assert [s.tolist() for s in concepts.data] == list(content.values())
    assert concepts.names.tolist() == ["1:water", "0:thing"]
    assert concepts.vocabulary.tolist() == ["cup", "lake", "pond", "river"]
    assert "2 concepts" in concepts.DESCR and "5 in all, 4 different ones" in concepts.DESCR


@pytest.mark.parametrize(
    "content, message",
    [
        ([["river"]], "it must be a JSON object that maps the name of each concept"),
        ({}, "it must be a JSON object"),
        ({"a": ["x"], "b": []}, "but concept 'b' has no list of one string or more"),
        ({"a": "river"}, "but concept 'a' has no list"),
        ({"a": ["x", 3]}, "but concept 'a' has no list"),
        ({"a": ["x", "y", "x"]}, "concept 'a' has a word twice"),
    ],
)
def test_wordnet_concepts_of_another_form_are_refused(content, message, tmp_path):
    write_json(content, tmp_path / "concepts" / "wordnet_hyponym_sets.json")
    with pytest.raises(OSError, match=f"{message}.*Put the right file in its place. It is a JSON"):
        fetch_wordnet_concepts(tmp_path)


@pytest.mark.parametrize(
    "fetch, path, origin",
    [
        (fetch_word_vectors, "glove/glove_wink100d_lda.npz", "arrays: words, .*nlp.stanford.edu"),
        (fetch_wordnet_concepts, "concepts/wordnet_hyponym_sets.json", "wordnet.princeton.edu"),
    ],
)
def test_files_without_a_mirror_say_what_to_put_where(fetch, path, origin, tmp_path):
    path = tmp_path / path
    message = (
        f"{fetch.__name__} needs the file {path.name} in the folder {path.parent}. It is not "
        "there, and it cannot be downloaded: put it there. It is a "
    )
    with pytest.raises(FileNotFoundError, match=f"{message}.*{origin}[^Z]*SKSETS_DATA"):
        fetch(tmp_path)


# ---------------------------------------------------------------- tags

ARFF = b"""@relation tags

@attribute a {0,1}

@data
{0 1,498 1,499 1,872 1}
{}

{ 5 1, 500 1 }
"""


def pack(ones, n_columns):
    """Write the columns that are 1, a list a row, as packed bits."""
    table = np.zeros((len(ones), n_columns), dtype=np.uint8)
    for row, columns in enumerate(ones):
        table[row, columns] = 1
    return np.packbits(table, axis=1)


def test_sparse_arff():
    features, tags = read_sparse_arff(ARFF, 499, 374)
    np.testing.assert_array_equal(features, pack([[0, 498], [], [5]], 499))
    np.testing.assert_array_equal(tags, pack([[0, 373], [], [1]], 374))
    with pytest.raises(IndexError):
        read_sparse_arff(ARFF, 499, 373)


@pytest.mark.parametrize("kind", ["arff", "npz"])
def test_corel5k(kind, monkeypatch, tmp_path):
    arrays = {
        "X": pack([[0, 498], [], [5]], 499),
        "Y": pack([[0, 373], [], [1]], 374),
        "n_features": np.array(499),
        "n_labels": np.array(374),
    }
    small = replace(_corel5k.COREL5K, sha256=content_sha256(arrays))
    monkeypatch.setattr(_corel5k, "COREL5K", small)
    folder = tmp_path / "tags"
    folder.mkdir()
    if kind == "arff":  # as downloaded by hand
        (folder / "Corel5k-sparse.arff").write_bytes(ARFF)
    else:
        np.savez(folder / "corel5k_mulan.npz", **arrays)
    images = fetch_corel5k(tmp_path, download_if_missing=False)
    assert (folder / "corel5k_mulan.npz").exists()
    assert images.context.shape == (3, 499) and images.context.dtype == np.float32
    assert [np.flatnonzero(row).tolist() for row in images.context] == [[0, 498], [], [5]]
    assert set(images.context.ravel()) == {0, 1}
    assert [s.tolist() for s in images.data] == [[0, 373], [], [1]]
    assert images.data.values.dtype == np.int64 and images.n_tags == 374
    assert "3 photographs" in images.DESCR
    (folder / "Corel5k-sparse.arff").write_bytes(ARFF.replace(b"872", b"871"))
    (folder / "corel5k_mulan.npz").unlink()
    with pytest.raises(FileNotFoundError, match="the checksum of its arrays is"):
        fetch_corel5k(tmp_path)


def test_delicious(monkeypatch, tmp_path):
    arrays = {
        "X_train": pack([[0, 499], [3]], 500),
        "Y_train": pack([[0, 982], []], 983),
        "X_test": pack([[1]], 500),
        "Y_test": pack([[7]], 983),
        "n_features": np.array(500),
        "n_labels": np.array(983),
    }
    small = replace(_delicious.DELICIOUS, sha256=content_sha256(arrays))
    monkeypatch.setattr(_delicious, "DELICIOUS", small)
    (tmp_path / "tags").mkdir()
    texts = {
        "train": b"@data\n{0 1,499 1,500 1,1482 1}\n{3 1}",
        "test": b"@data\r\n{1 1,507 1}\r\n",
    }
    for part, text in texts.items():
        (tmp_path / "tags" / f"delicious-{part}.arff").write_bytes(text)
    pages = fetch_delicious(tmp_path, download_if_missing=False)
    assert pages.context_train.shape == (2, 500) and pages.context_test.shape == (1, 500)
    assert pages.context_train.dtype == np.float32
    assert [np.flatnonzero(row).tolist() for row in pages.context_train] == [[0, 499], [3]]
    assert np.flatnonzero(pages.context_test[0]).tolist() == [1]
    assert [s.tolist() for s in pages.data_train] == [[0, 982], []]
    assert [s.tolist() for s in pages.data_test] == [[7]]
    assert pages.data_train.values.dtype == np.int64 and pages.n_tags == 983
    assert "test; 1 of them have none" in pages.DESCR


# ---------------------------------------------------------------- baskets

BASKETS = [["whole milk"], ["yogurt", "cream cheese", "whole milk"]]
TABLE = b"whole milk\nyogurt,cream cheese ,whole milk\n"


@pytest.mark.parametrize("kind", ["table", "json"])
def test_groceries(kind, monkeypatch, tmp_path):
    small = replace(_groceries.GROCERIES, sha256=json_sha256(BASKETS))
    monkeypatch.setattr(_groceries, "GROCERIES", small)
    folder = tmp_path / "baskets"
    folder.mkdir()
    if kind == "table":  # as downloaded by hand
        (folder / "groceries.csv").write_bytes(TABLE)
    else:
        write_json(BASKETS, folder / "groceries.json")
    groceries = fetch_groceries(tmp_path, download_if_missing=False)
    assert json.loads((folder / "groceries.json").read_text()) == BASKETS
    assert [s.tolist() for s in groceries.data] == BASKETS
    assert groceries.vocabulary.tolist() == ["cream cheese", "whole milk", "yogurt"]
    assert "basket: 1 to 3 of 3, 2.0 on average" in groceries.DESCR
    write_json(BASKETS[::-1], folder / "groceries.json")
    with pytest.raises(OSError, match="the checksum of its content is .*Delete it and call again"):
        fetch_groceries(tmp_path)


# ---------------------------------------------------------------- latent concepts


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

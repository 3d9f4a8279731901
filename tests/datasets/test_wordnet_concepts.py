"""Concepts of WordNet."""

import pytest
from dataset_files import write_json

from sksets.datasets import fetch_wordnet_concepts


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
        ({"a": ["x", "x\0"]}, "but concept 'a' has no list"),  # one word in an array
        ({"a": ["x" * 1001]}, "but concept 'a' has no list"),
        ({"\0": ["x"]}, "but concept .* has no list"),
        ({"a": ["x", "y", "x"]}, "concept 'a' has a word twice"),
    ],
)
def test_wordnet_concepts_of_another_form_are_refused(content, message, tmp_path):
    write_json(content, tmp_path / "concepts" / "wordnet_hyponym_sets.json")
    with pytest.raises(OSError, match=f"{message}.*Put the right file in its place. It is a JSON"):
        fetch_wordnet_concepts(tmp_path)


def test_two_concepts_of_one_name_are_refused(tmp_path):
    path = tmp_path / "concepts" / "wordnet_hyponym_sets.json"
    path.parent.mkdir()
    path.write_text('{"a": ["x"], "b": ["y"], "a": ["z"]}')
    with pytest.raises(OSError, match="an object holds a name twice. Put the right file"):
        fetch_wordnet_concepts(tmp_path)

"""Topics of words, as kept and as downloaded by hand."""

import json
from dataclasses import replace

import pytest
from dataset_files import TOPICS, WORDS, five_thousand_topics, write_json

from sksets.datasets import _lda_concepts, fetch_lda_concepts
from sksets.datasets._formats import json_sha256


@pytest.fixture
def small_topics(monkeypatch):
    """Expect four topics of two words in the place of 1,000."""
    small = replace(_lda_concepts.LDA[1000], sha256=json_sha256(TOPICS))
    monkeypatch.setitem(_lda_concepts.LDA, 1000, small)


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
    refuse(content | {"params": {"ind2word": {"0": "w0", "1": 7}}}, form)
    refuse(content | {"params": {"ind2word": ["w0", "w1"]}}, form)
    refuse(content | {"params": {"ind2word": {"0": "w0", "1": "w" * 1001}}}, form)
    refuse(content | {"params": {"ind2word": {"0": "w", "1": "w"}}}, "a word .* has two numbers")
    refuse(content | {"data": parts | {"val": [[1, 2], [3]]}}, form)
    refuse(TOPICS, r"train part must be topics of 50 integers, found an array of shape \(2, 2\)")
    refuse(content | {"data": parts | {"val": parts["val"][:-1]}}, "4999 topics, expected 5000")
    parts["val"][3][5] = 60
    refuse(content, "validation part holds the word number 60, but the 60 words are numbered from")
    parts["val"][3][5] = parts["val"][3][0]
    refuse(content, "topic 3 of the validation part holds a word twice")

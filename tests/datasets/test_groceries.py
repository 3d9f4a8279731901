"""Baskets of products."""

import json
from dataclasses import replace

import pytest
from dataset_files import PURCHASES, write_json

from sksets.datasets import _groceries, fetch_groceries
from sksets.datasets._formats import json_sha256

BASKETS = [["whole milk"], ["yogurt", "cream cheese", "whole milk"]]


@pytest.mark.parametrize("kind", ["table", "json"])
def test_groceries(kind, monkeypatch, tmp_path):
    small = replace(_groceries.GROCERIES, sha256=json_sha256(BASKETS))
    monkeypatch.setattr(_groceries, "GROCERIES", small)
    folder = tmp_path / "baskets"
    folder.mkdir()
    if kind == "table":  # as downloaded by hand
        (folder / "groceries.csv").write_bytes(PURCHASES)
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

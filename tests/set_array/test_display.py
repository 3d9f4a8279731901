"""What a notebook shows of a SetArray."""

import re
from html.parser import HTMLParser

import numpy as np

from sksets import SetArray


class Reader(HTMLParser):
    """Read the rows of a table, and refuse what is not closed."""

    def __init__(self):
        super().__init__()
        self.open, self.rows = [], []

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open[-1] in ("th", "td"):
            self.rows[-1].append(data)


def shown(X):
    reader = Reader()
    reader.feed(X._repr_html_())
    reader.close()
    assert reader.open == []
    return {name: text for name, text in reader.rows}


def test_a_table_of_what_is_known():
    X = SetArray(
        np.zeros((6, 2), dtype=np.float32),
        [0, 2, 2, 6],
        [[1.0], [2.0], [3.0]],
        feature_names=["pt", "eta"],
        context_names=["mass"],
        keys=["a", "b", "c"],
    )
    assert shown(X) == {
        "sets": "3",
        "elements": "6",
        "elements a set": "0 to 4, median 2, 1 empty",
        "element": "float32 (2,)",
        "features": "2: pt, eta",
        "context": "1: mass",
        "keys": "a, b, c",
    }


def test_only_what_is_known():
    X = SetArray.from_sets([["tea"], ["rum", "lime"]])
    assert shown(X) == {
        "sets": "2",
        "elements": "3",
        "elements a set": "1 to 2, median 1.5",
        "element": "str ()",
    }
    assert shown(X[:0])["elements a set"] == "none"
    assert shown(SetArray([1, 2], [0, 1, 2], [5, 6]))["context"] == "1"


def test_much_is_cut():
    names = [f"gene {i}" for i in range(2000)]
    X = SetArray(
        np.zeros((3000, 2000), dtype=bool),
        np.arange(3001),
        feature_names=names,
        keys=[[i, "x" * 100] for i in range(3000)],
    )
    rows = shown(X)
    assert rows["sets"] == "3,000"
    assert rows["features"] == "2000: " + ", ".join(names[:8]) + ", ..."
    assert rows["keys"].startswith("(0, 'xxxx") and rows["keys"].endswith(", ...")
    assert len(X._repr_html_()) < 2000


def test_text_is_escaped_and_nothing_is_loaded():
    X = SetArray(
        [[1.0]],
        [0, 1],
        [[1.0]],
        feature_names=["<script>alert(1)</script>"],
        context_names=["a & b"],
        keys=["<img src=x>"],
    )
    assert shown(X)["features"] == "1: <script>alert(1)</script>"
    html = X._repr_html_()
    assert "&lt;script&gt;" in html and "a &amp; b" in html and "&lt;img" in html
    assert not re.search(r"<(script|img|link|style)|href|src=[\"']", html)

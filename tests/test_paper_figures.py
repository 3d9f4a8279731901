"""The figures of the paper are drawn from saved results, and from what models give."""

import importlib
import re
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"


@pytest.fixture
def figures(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    before = set(sys.modules)
    yield importlib.import_module("paper_figures")
    # Scripts have names that other modules may have.
    for name in set(sys.modules) - before:
        if Path(getattr(sys.modules[name], "__file__", None) or "").parent == BENCHMARKS:
            del sys.modules[name]
    plt.close("all")


def save(figure, tmp_path):
    figure.savefig(tmp_path / "figure.png")
    return [text.get_text() for ax in figure.axes for text in ax.texts]


def test_sums_are_drawn_from_the_saved_results(figures, tmp_path):
    figure = figures.digit_sums(None, 0)
    save(figure, tmp_path)
    text, image = figure.axes
    lines = {line.get_label(): line.get_xydata() for line in text.lines}
    assert lines["DeepSets"][:, 1].min() > lines["LSTM"][:, 1].min()
    assert lines["GRU"][:, 0].tolist() == lines["DeepSets"][:, 0].tolist()
    network, limit = (line.get_xydata() for line in image.lines[:2])
    assert network[-1, 0] == limit[-1, 0] == 50
    assert limit[-1, 1] == pytest.approx(100 * 0.99**50)


def test_topics_are_columns(figures, tmp_path):
    figure = figures.draw_topics([["tale", "witch"], ["plan", "office"]])
    save(figure, tmp_path)
    (table,) = figure.axes[0].tables
    cells = {place: cell.get_text().get_text() for place, cell in table.get_celld().items()}
    assert cells[0, 1] == "Topic 2" and cells[2, 0] == "witch" and cells[1, 1] == "plan"


def test_words_that_were_found_are_marked(figures, tmp_path):
    query = ["a", "b", "c", "d"]
    texts = save(
        figures.draw_found([(query, ["x", "y"], ["y"]), (query, ["p", "q"], ["z"])]), tmp_path
    )
    assert texts == ["- x", "+ y", "- p", "- q"]


def test_redshifts_have_a_panel_for_each_model(figures, tmp_path):
    truth = np.array([0.1, 0.2, 0.3])
    figure = figures.draw_redshifts(
        np.array([2, 1]), np.array([1, 0]), truth, {"mean": truth * 0 + 0.2, "right": truth}
    )
    texts = save(figure, tmp_path)
    assert texts[-1].endswith(": 0") and not texts[-2].endswith(": 0")
    assert [ax.get_title() for ax in figure.axes[-2:]] == ["mean", "right"]
    assert [bar.get_height() for bar in figure.axes[0].patches] == [1, 1]


def test_the_readme_names_a_command_for_each_figure(figures):
    page = (BENCHMARKS / "README.md").read_text()
    numbers = re.findall(r"`python benchmarks/paper_figures.py (\d+) --picture", page)
    assert sorted(map(int, numbers)) == sorted(figures.FIGURES)

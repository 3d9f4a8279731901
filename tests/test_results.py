"""The results that the READMEs show are those that the benchmarks saved."""

import importlib.util
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
RESULTS = sorted((ROOT / "benchmarks" / "results").glob("*.json"))
# Headings of results that were saved before each table named these two columns for what they hold.
UNNAMED = {1: "paper/baseline", 2: "ours"}
FIGURE = re.compile(r"(?<![\w.])(?:\d[\d,]*(?:\.\d+)?|\.\d+)")


@pytest.fixture(scope="module")
def harness():
    path = ROOT / "benchmarks" / "_harness.py"
    spec = importlib.util.spec_from_file_location("_harness", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def saved_tables():
    """Yield (name of the benchmark, table as it was saved) of every saved result."""
    for path in RESULTS:
        record = json.loads(path.read_text())
        for table in record["tables"]:
            yield record["benchmark"], table


def cells(line):
    return [cell.strip() for cell in line.strip("|").split(" | ")]


def under_headings(table, headings):
    """Columns of a saved table named by `headings`, which leave out those without an entry."""
    named = iter(headings)
    filled = [not set(column) <= {"", "-"} for column in zip(*table["rows"], strict=True)]
    return [
        next(named, None) if is_filled else column
        for column, is_filled in zip(table["columns"], filled, strict=True)
    ]


def check_headings(columns, table, script):
    """Each heading is the saved one, or that which the script gives an unnamed column now."""
    for i, (heading, saved) in enumerate(zip(columns, table["columns"], strict=True)):
        if saved == UNNAMED.get(i) and heading != saved:
            assert f'"{heading}"' in script, f"the script has no column {heading!r}"
        else:
            assert heading == saved


def sections():
    """Texts of the sections of benchmarks/README.md, one a benchmark."""
    return re.split(r"^## ", (ROOT / "benchmarks" / "README.md").read_text(), flags=re.MULTILINE)


def test_the_readme_of_the_benchmarks_shows_what_they_saved(harness):
    saved = {table["title"]: (name, table) for name, table in saved_tables()}
    shown = []
    for section in sections():
        for text in re.findall(r"^\*\*.+\*\*\n\n(?:\|.*\n)+", section, flags=re.MULTILINE):
            title, _, header, *_ = text.splitlines()
            title = title.strip("*")
            assert title in saved, f"no benchmark saved this table:\n{text}"
            name, table = saved[title]
            columns = under_headings(table, cells(header))
            script = (ROOT / "benchmarks" / f"{name}.py").read_text()
            check_headings(columns, table, script)
            same = harness.Table(title, columns)
            for row in table["rows"]:
                same.add(*row)
            assert text.rstrip("\n") == same.markdown()
            command = f"`python benchmarks/{name}.py"
            assert command in section, f"its section does not say that {command} prints:\n{text}"
            shown.append(title)
    assert sorted(shown) == sorted(saved), "every saved table is shown once"


def summary_rows():
    """Cells of the README's table of results, by column."""
    readme = (ROOT / "README.md").read_text()
    start = readme.index("| task |")
    header, _, *rows = readme[start : readme.index("\n\n", start)].splitlines()
    return [dict(zip(cells(header), cells(row), strict=True)) for row in rows]


@pytest.mark.parametrize("row", summary_rows(), ids=lambda row: row["task"])
def test_figures_of_the_readme_are_those_of_the_benchmarks(row):
    name = row["script"].strip("`")
    tables = [table for benchmark, table in saved_tables() if benchmark == name]
    assert tables, f"no benchmark {name} saved a result"
    # A published figure, that of a rival and ours are compared: they are of one table.
    compared = {f for key in ("published", "best rival", "ours") for f in FIGURE.findall(row[key])}
    assert FIGURE.findall(row["ours"])
    assert any(
        compared <= {f for line in table["rows"] for cell in line[1:] for f in FIGURE.findall(cell)}
        for table in tables
    ), f"no table of {name} has {sorted(compared)}"
    everything = FIGURE.findall(json.dumps(tables))
    assert set(FIGURE.findall(row["what fell short"])) <= set(everything)


@pytest.mark.parametrize("path", RESULTS, ids=lambda path: path.stem)
def test_a_saved_result_is_small_and_names_its_machine(path):
    assert path.stat().st_size < 100_000
    record = json.loads(path.read_text())
    assert record["benchmark"] == path.stem
    assert (ROOT / "benchmarks" / f"{path.stem}.py").exists()
    assert {"cpu", "torch", "git_commit"} <= set(record["machine"])

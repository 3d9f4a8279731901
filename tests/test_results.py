"""The tables of results that the README shows are those that the benchmarks saved."""

import importlib.util
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
RESULTS = sorted((ROOT / "benchmarks" / "results").glob("*.json"))


@pytest.fixture(scope="module")
def harness():
    path = ROOT / "benchmarks" / "_harness.py"
    spec = importlib.util.spec_from_file_location("_harness", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def saved_tables(harness):
    """Yield (name of the benchmark, table in Markdown) of every saved result."""
    for path in RESULTS:
        record = json.loads(path.read_text())
        for saved in record["tables"]:
            table = harness.Table(saved["title"], saved["columns"][3:])
            for row in saved["rows"]:
                table.add(*row)
            yield record["benchmark"], table.markdown()


def test_the_readme_shows_what_the_benchmarks_saved(harness):
    readme = (ROOT / "README.md").read_text()
    shown = re.findall(r"^\*\*.+\*\*\n\n(?:\|.*\n)+", readme, flags=re.MULTILINE)
    assert shown
    saved = {table: name for name, table in saved_tables(harness)}
    for table in shown:
        assert table.rstrip("\n") in saved, f"no benchmark saved this table:\n{table}"
        command = f"python benchmarks/{saved[table.rstrip()]}.py"
        assert command in readme, f"the README does not say that {command} prints:\n{table}"


@pytest.mark.parametrize("path", RESULTS, ids=lambda path: path.stem)
def test_a_saved_result_is_small_and_names_its_machine(path):
    assert path.stat().st_size < 100_000
    record = json.loads(path.read_text())
    assert record["benchmark"] == path.stem
    assert (ROOT / "benchmarks" / f"{path.stem}.py").exists()
    assert {"cpu", "torch", "git_commit"} <= set(record["machine"])

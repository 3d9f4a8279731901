"""What every benchmark script shares: the command line, tables and saved results.

A script makes one `Benchmark`, adds its own options, parses, fills tables and `results`,
and ends with `finish`::

    bench = Benchmark("musk", __doc__)
    args = bench.parse_args()
    columns = "setting", "published methods", "accuracy"
    table = bench.table("MUSK1, accuracy (%), 10 times 10-fold", columns)
    table.add("SetSummarizer + SVC", "90", 91.0)
    bench.results["musk1"] = {"accuracy": 91.2}
    bench.finish()
"""

import argparse
import ctypes
import datetime
import gc
import json
import os
import platform
import resource
import subprocess
import time
from pathlib import Path

import sklearn
import torch

import sksets

MAX_RESULT_BYTES = 100_000
HERE = Path(__file__).resolve().parent


def _cell(value):
    """A cell as text: floats with four significant digits, None as a dash."""
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"
    return str(value)


class Table:
    """Rows of results, printed as aligned text or as Markdown.

    Parameters
    ----------
    title : str
    columns : sequence of str
        Each is named for what it holds: the source of a published figure, the rival, the measure.
        A column in which no row has an entry is saved, but not printed.
    """

    def __init__(self, title, columns):
        self.title = title
        self.columns = tuple(columns)
        self.rows = []

    def add(self, *cells):
        """Add a row, one cell a column (missing cells at the end stay empty)."""
        if len(cells) > len(self.columns):
            raise ValueError(
                f"A row of table {self.title!r} has {len(self.columns)} cells, got {len(cells)}."
            )
        row = [_cell(cell) for cell in cells]
        self.rows.append(row + [""] * (len(self.columns) - len(row)))

    def _aligned(self):
        """Header and rows padded to equal widths, numbers to the right, empty columns left out."""
        columns = [
            column
            for column in zip(self.columns, *self.rows, strict=True)
            if not set(column[1:]) <= {"", "-"}
        ]
        lines = [list(line) for line in zip(*columns, strict=True)]
        widths = [max(map(len, column)) for column in columns]
        return [
            [line[0].ljust(widths[0])]
            + [cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)]
            for line in lines
        ]

    def text(self):
        """The table as plain text."""
        lines = ["  ".join(line).rstrip() for line in self._aligned()]
        return "\n".join([self.title, lines[0], "-" * max(map(len, lines)), *lines[1:]])

    def markdown(self):
        """The table in Markdown."""
        header, *rows = self._aligned()
        rule = [
            "-" * len(cell) if i == 0 else "-" * (len(cell) - 1) + ":"
            for i, cell in enumerate(header)
        ]
        lines = ["| " + " | ".join(line) + " |" for line in [header, rule, *rows]]
        return "\n".join([f"**{self.title}**", "", *lines])


def _cpu_model():
    """The processor's name, as the operating system gives it."""
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _git_commit():
    """The commit of this checkout, with "+" after it where files differ; None outside git."""

    def git(*args):
        return subprocess.run(
            ["git", *args], cwd=HERE, capture_output=True, text=True, check=True
        ).stdout.strip()

    try:
        return git("rev-parse", "--short=12", "HEAD") + ("+" if git("status", "--short") else "")
    except (OSError, subprocess.CalledProcessError):
        return None


def machine_info(device="cpu"):
    """Where and with what a benchmark ran, for its JSON file."""
    device = torch.device(device)
    return {
        "cpu": _cpu_model(),
        "cores": len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count(),
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else device.type,
        "torch": torch.__version__,
        "sklearn": sklearn.__version__,
        "sksets": sksets.__version__,
        "git_commit": _git_commit(),
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d"),
    }


def reset_peak():
    """Lower the peak to the present use of memory, where the system can (Linux)."""
    gc.collect()
    try:
        ctypes.CDLL("libc.so.6").malloc_trim(0)
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        pass


def peak_bytes():
    """Peak resident memory of this process.

    On Linux VmHWM, which is `ru_maxrss` without what a child inherits from its parent.
    """
    try:
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


class Benchmark:
    """One benchmark script: its options, its tables and its results.

    Parameters
    ----------
    name : str
        Name of the results file, without ``.json``.
    doc : str
        The script's docstring, shown by ``--help``.

    Attributes
    ----------
    results : dict
        What `finish` saves (JSON types only) beside the tables and the machine's description.
    device : str
        Name of the torch device that the models ran on, "cpu" unless the script sets another.
    """

    def __init__(self, name, doc):
        self.name = name
        self.results = {}
        self.device = "cpu"
        self._tables = []
        self._start = time.perf_counter()
        self.parser = argparse.ArgumentParser(
            description=doc, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        self.parser.add_argument("--data-home", help="folder with the data files")
        self.parser.add_argument(
            "--results", type=Path, default=HERE / "results", help="folder for the JSON file"
        )
        self.parser.add_argument(
            "--quick", action="store_true", help="a reduced run to check the script; saves nothing"
        )
        self.parser.add_argument("--seed", type=int, default=0)

    def parse_args(self, argv=None):
        """Parse the command line and start the clock."""
        self.args = self.parser.parse_args(argv)
        self._start = time.perf_counter()
        return self.args

    def table(self, title, columns):
        """A new `Table`, shown and saved by `finish`."""
        self._tables.append(Table(title + (" [quick]" if self.args.quick else ""), columns))
        return self._tables[-1]

    def finish(self):
        """Print the tables, as text and as Markdown, and save the JSON file.

        Raises
        ------
        ValueError
            If the file would pass 100 kB: a result is a summary, not raw data.
        """
        record = {
            "benchmark": self.name,
            "seed": self.args.seed,
            "machine": machine_info(self.device),
            "wall_seconds": round(time.perf_counter() - self._start, 1),
            "results": self.results,
            "tables": [
                {"title": table.title, "columns": table.columns, "rows": table.rows}
                for table in self._tables
            ],
        }
        text = json.dumps(record, indent=1, default=float) + "\n"  # numpy scalars
        print("\n" + "\n\n".join(table.text() for table in self._tables))
        print("\n" + "\n\n".join(table.markdown() for table in self._tables) + "\n")
        if self.args.quick:
            print("quick run: figures of a reduced setting, not saved")
            return
        if len(text) > MAX_RESULT_BYTES:
            raise ValueError(
                f"The results of {self.name!r} take {len(text):,} bytes, "
                f"at most {MAX_RESULT_BYTES:,} are kept; save summaries only."
            )
        self.args.results.mkdir(parents=True, exist_ok=True)
        path = self.args.results / f"{self.name}.json"
        path.write_text(text)
        print(f"saved {path}")

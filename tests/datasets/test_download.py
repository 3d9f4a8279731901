"""Servers that are slow, send too much or too little, and downloads that are killed."""

import io
import os
import signal
import subprocess
import sys
import threading
import time
import tracemalloc
from dataclasses import replace
from http.server import BaseHTTPRequestHandler

import pytest
from dataset_files import GALAXIES, serve

from sksets.datasets import _compact_groups, _download, fetch_compact_groups
from sksets.datasets._store import RawFile

RAW_NAME = _compact_groups.COMPACT_GROUPS.mirrors[0][0].name
MAX_BYTES = _compact_groups.COMPACT_GROUPS.max_bytes


class Bad(BaseHTTPRequestHandler):
    """Answers with the method that the address names, and notes what it sent."""

    sent = 0
    lock = threading.Lock()
    n_requests = 0

    def log_message(self, *args):
        pass

    def do_GET(self):
        Bad.n_requests += 1
        try:
            getattr(self, self.path.strip("/"))()
        except OSError:  # whoever asked has gone
            pass

    def start(self, **headers):
        self.send_response(200)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()

    def send(self, chunk):
        n_bytes = self.wfile.write(chunk)
        self.wfile.flush()
        # Two answers at once: what is read before the other one writes would be lost.
        with Bad.lock:
            Bad.sent += n_bytes

    def drip(self):
        for _ in range(100):
            self.send(b"a")
            time.sleep(0.03)

    def drips(self):
        self.start(Content_Length=1000)
        self.drip()

    def drips_its_head(self):
        self.drip()

    def is_silent(self):
        self.start(Content_Length=1000)
        self.send(GALAXIES)
        time.sleep(3)

    def offers_much(self):
        self.start(Content_Length=MAX_BYTES + 1)
        self.send(bytes(MAX_BYTES))

    def never_ends(self):
        self.start()
        while True:
            self.send(bytes(1 << 16))

    def never_ends_in_chunks(self):
        self.start(Transfer_Encoding="chunked")
        while True:
            self.send(b"10000\r\n" + bytes(1 << 16) + b"\r\n")

    def stops_early(self):
        self.start(Content_Length=len(GALAXIES))
        self.send(GALAXIES[:-1])

    def stops_in_a_chunk(self):
        self.start(Transfer_Encoding="chunked")
        self.send(b"100\r\nabc")

    def is_missing(self):
        self.send_error(404)

    def sends(self):
        self.start(Content_Length=len(GALAXIES))
        self.send(GALAXIES)

    def stays_open(self):
        self.sends()
        time.sleep(3)


@pytest.fixture
def address(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(Bad, "sent", 0)
    monkeypatch.setattr(Bad, "n_requests", 0)
    with serve(Bad) as address:
        yield address


@pytest.fixture
def offered_at(address, monkeypatch):
    """Return a function that has the galaxies downloaded from a server that behaves badly."""

    def offer(behaviour):
        small = replace(
            _compact_groups.COMPACT_GROUPS,
            sha256="89d1a7d1",
            mirrors=((RawFile(RAW_NAME, f"{address}{behaviour}"),),),
        )
        monkeypatch.setattr(_compact_groups, "COMPACT_GROUPS", small)

    return offer


@pytest.mark.parametrize("behaviour", ["drips", "drips_its_head", "is_silent"])
def test_a_slow_server_has_the_time_that_was_given(behaviour, offered_at, tmp_path, monkeypatch):
    monkeypatch.setattr(_download, "_TOTAL_SECONDS", 0.3)
    offered_at(behaviour)
    start = time.monotonic()
    with pytest.raises(FileNotFoundError, match="it was not complete after 0.3 seconds"):
        fetch_compact_groups(tmp_path)
    assert time.monotonic() - start < 1.5  # all would take 3
    assert not list(tmp_path.iterdir())


def test_a_silent_server_is_left(offered_at, tmp_path, monkeypatch):
    monkeypatch.setattr(_download, "_IDLE_SECONDS", 0.1)
    offered_at("is_silent")
    with pytest.raises(FileNotFoundError, match="is_silent: .*timed out"):
        fetch_compact_groups(tmp_path)


@pytest.mark.parametrize(
    "behaviour, message",
    [
        ("offers_much", "the server offers 4,194,305 bytes, 4,194,304 are the most"),
        ("never_ends", "the server sent more than 4,194,304 bytes, which are the most"),
        ("never_ends_in_chunks", "the server sent more than 4,194,304 bytes, which are the most"),
        ("stops_early", f"the server stopped after {len(GALAXIES) - 1} of {len(GALAXIES)} bytes"),
        ("stops_in_a_chunk", "IncompleteRead"),
        ("is_missing", "HTTP Error 404: Not Found"),
    ],
)
def test_a_server_that_sends_another_number_of_bytes(behaviour, message, offered_at, tmp_path):
    offered_at(behaviour)
    tracemalloc.start()
    with pytest.raises(FileNotFoundError, match=f"/{behaviour}: {message}"):
        fetch_compact_groups(tmp_path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < MAX_BYTES / 2 + (behaviour == "offers_much") * MAX_BYTES  # the server's bytes
    assert Bad.sent < MAX_BYTES + (1 << 24)  # what a connection holds
    assert not list(tmp_path.iterdir())


def test_a_server_that_does_not_hang_up_is_not_waited_for(address):
    file = io.BytesIO()
    start = time.monotonic()
    _download.download(f"{address}stays_open", file, MAX_BYTES)
    assert time.monotonic() - start < 1.5
    assert file.getvalue() == GALAXIES


def test_a_folder_that_cannot_be_written_is_met_before_the_download(offered_at, tmp_path):
    (tmp_path / "file").write_text("no folder")
    (tmp_path / "link").symlink_to("nowhere")
    offered_at("never_ends")
    folders = [tmp_path / "file", tmp_path / "link", tmp_path / "file" / "folder"]
    if os.path.isdir("/proc/self"):
        folders.append("/proc/folder")  # where not even root may write
    for data_home in folders:
        with pytest.raises(OSError, match="cannot keep its file .*Give another folder as data_h"):
            fetch_compact_groups(data_home)
    assert Bad.n_requests == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "link"]


KILLED = """
import os, sys, threading, time
from dataclasses import replace
from pathlib import Path
from sksets.datasets._compact_groups import COMPACT_GROUPS
from sksets.datasets._store import RawFile, load_arrays

folder, address = Path(sys.argv[1]), sys.argv[2]

def load(behaviour):
    raw_file = RawFile(COMPACT_GROUPS.mirrors[0][0].name, address + behaviour)
    galaxies = replace(
        COMPACT_GROUPS, mirrors=((raw_file,),), sha256=None, check=lambda arrays: None
    )
    load_arrays(galaxies, folder / behaviour)

def wait(source, target):
    print("written", flush=True)
    time.sleep(60)

os.replace = wait
threading.Thread(target=load, args=["is_silent"], daemon=True).start()
load("sends")
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no SIGKILL")
def test_what_is_killed_leaves_nothing_for_long(address, tmp_path, monkeypatch):
    command = [sys.executable, "-c", KILLED, tmp_path, address]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "written\n"
        deadline = time.monotonic() + 50
        while Bad.sent < 2 * len(GALAXIES) and time.monotonic() < deadline:
            time.sleep(0.01)
        process.kill()
    assert process.returncode == -signal.SIGKILL
    assert not list(tmp_path.glob("is_silent/**/*"))

    (part,) = tmp_path.glob("sends/galaxies/*")
    assert part.name.startswith("sdss_compact_groups.npz.") and part.suffix == ".part"
    galaxies = replace(_compact_groups.COMPACT_GROUPS, sha256=None, check=lambda arrays: None)
    monkeypatch.setattr(_compact_groups, "COMPACT_GROUPS", galaxies)
    (part.parent / RAW_NAME).write_bytes(GALAXIES)
    for _ in range(2):  # made, then read: the other process may still be writing
        assert fetch_compact_groups(tmp_path / "sends").target[1].tolist() == [0.05]
        assert part.exists()
    an_hour_ago = time.time() - 3700
    os.utime(part, (an_hour_ago, an_hour_ago))
    assert fetch_compact_groups(tmp_path / "sends").target[1].tolist() == [0.05]
    names = sorted(path.name for path in part.parent.iterdir())
    assert names == sorted([RAW_NAME, "sdss_compact_groups.npz"])

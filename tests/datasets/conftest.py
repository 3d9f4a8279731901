"""A server of published files, and small files in the place of the real ones."""

import functools
from http.server import SimpleHTTPRequestHandler

import pytest
from dataset_files import CLOSED, SOURCES, relocate, serve


@pytest.fixture
def server(tmp_path, monkeypatch):
    """Serve the folder "public" on this computer; yield the folder and its address."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    public = tmp_path / "public"
    public.mkdir()

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

    with serve(functools.partial(Quiet, directory=public)) as address:
        yield public, address


@pytest.fixture(params=SOURCES)
def source(request, monkeypatch, server):
    """Small files of one source, to be had from a local server after one mirror that is down."""
    module, constant, fetch, make_files = SOURCES[request.param]
    files, arrays = make_files()
    public, address = server
    for name, content in files.items():
        (public / name).write_bytes(content)
    data_file = relocate(getattr(module, constant), arrays, CLOSED, address)
    monkeypatch.setattr(module, constant, data_file)
    return data_file, fetch, public, arrays

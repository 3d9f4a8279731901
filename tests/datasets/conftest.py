"""A server of published files, and small files in the place of the real ones."""

import functools
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from dataset_files import CLOSED, SOURCES, relocate


@pytest.fixture
def server(tmp_path, monkeypatch):
    """Serve the folder "public" on this computer; yield the folder and its address."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    public = tmp_path / "public"
    public.mkdir()

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

    handler = functools.partial(Quiet, directory=public)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as httpd:
        thread = threading.Thread(target=httpd.serve_forever)
        thread.start()
        yield public, f"http://127.0.0.1:{httpd.server_port}/"
        httpd.shutdown()
        thread.join()


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

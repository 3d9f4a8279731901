"""A published file, received within limits of time and size."""

import queue
import threading
import time
import urllib.error
import urllib.request

_IDLE_SECONDS = 30.0  # without one byte from the server
_TOTAL_SECONDS = 600.0  # for one file
_CHUNK_BYTES = 1 << 18


def _late():
    return TimeoutError(f"it was not complete after {_TOTAL_SECONDS:g} seconds")


def _receive(url, file, max_bytes, deadline):
    n_bytes = 0
    with urllib.request.urlopen(url, timeout=_IDLE_SECONDS) as response:
        n_told = response.length  # None where the server does not tell
        if n_told is not None and n_told > max_bytes:
            raise ValueError(f"the server offers {n_told:,} bytes, {max_bytes:,} are the most")
        # read waits until a chunk is full, which a slow server draws out; read1 does not.
        while n_bytes != n_told and (chunk := response.read1(_CHUNK_BYTES)):
            n_bytes += len(chunk)
            if n_bytes > max_bytes:
                raise ValueError(
                    f"the server sent more than {max_bytes:,} bytes, which are the most"
                )
            if time.monotonic() > deadline:
                raise _late()
            file.write(chunk)
    if n_told is not None and n_bytes < n_told:
        raise ConnectionError(f"the server stopped after {n_bytes:,} of {n_told:,} bytes")


def download(url, file, max_bytes):
    """Write what lies at an address to an open file.

    The server is waited for in a thread of its own: no timeout of a socket bounds the search for
    an address, or an answer whose head comes byte by byte. A thread that nobody waits for any
    more ends when it next receives something.

    Parameters
    ----------
    url : str
    file : file object
        Open for writing bytes.
    max_bytes : int
        What is larger is refused: at once where the server tells the size, else when it is passed.

    Raises
    ------
    OSError, ValueError, http.client.HTTPException
        The address cannot be reached or read, or the file is too large or ends too early.
    TimeoutError
        The server was silent for half a minute, or the file was not complete after ten.
    """
    deadline = time.monotonic() + _TOTAL_SECONDS
    outcome = queue.SimpleQueue()

    def receive():
        try:
            _receive(url, file, max_bytes, deadline)
        except Exception as error:
            if isinstance(error, urllib.error.HTTPError):
                error.close()  # it holds the answer, and the connection with it
            outcome.put(error)
        else:
            outcome.put(None)

    threading.Thread(target=receive, daemon=True).start()
    try:
        error = outcome.get(timeout=_TOTAL_SECONDS)
    except queue.Empty:
        raise _late() from None
    if error is not None:
        raise error

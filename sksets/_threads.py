"""How many threads torch takes for the blocked products of a kernel, and for small steps."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from numbers import Integral

import joblib

from sksets._lazy import torch

_LOCK = threading.Lock()


def _set_here(n_threads):
    """Set how many threads torch takes in this thread, and in no other.

    torch keeps a number for each thread, and hands that which was set last on to every new one.
    Left at that, a thread that begins inside the block would keep the block's number for good.
    """
    with _LOCK, ThreadPoolExecutor(max_workers=1) as new_thread:
        default = new_thread.submit(torch.get_num_threads).result()
        torch.set_num_threads(n_threads)
        new_thread.submit(torch.set_num_threads, default).result()


@contextmanager
def threads(n_jobs):
    """Let torch take a number of threads inside a block, and what it had before after it.

    Other threads keep theirs. It takes some milliseconds.

    Parameters
    ----------
    n_jobs : int or None
        None for as many as torch takes now, which is one in a worker process of joblib. An
        integer as in scikit-learn: -1 for all cores, -2 for all but one. More than all cores
        count as all.

    Yields
    ------
    n_threads : int

    Raises
    ------
    ValueError
        If it is 0, or no integer.
    """
    before = torch.get_num_threads()
    if n_jobs is None:
        yield before
        return
    if isinstance(n_jobs, bool) or not isinstance(n_jobs, Integral) or n_jobs == 0:
        raise ValueError(
            f"n_jobs must be None, 1 or more, or negative (-1: all cores); found {n_jobs!r:.100}."
        )
    n_threads = min(joblib.effective_n_jobs(int(n_jobs)), joblib.cpu_count())
    if n_threads == before:
        yield before
        return
    _set_here(n_threads)
    try:
        yield n_threads
    finally:
        _set_here(before)

"""How many threads the blocked products of a kernel take."""

from contextlib import contextmanager

import torch
from joblib import effective_n_jobs


@contextmanager
def threads(n_jobs):
    """Let torch take a number of threads inside a block, and what it had before after it.

    Parameters
    ----------
    n_jobs : int or None
        None for as many as torch takes now, which is one in a worker process of joblib. An
        integer as in scikit-learn: -1 for all cores, -2 for all but one.

    Yields
    ------
    n_threads : int

    Raises
    ------
    ValueError
        If it is 0.
    """
    before = torch.get_num_threads()
    if n_jobs is None:
        yield before
        return
    if n_jobs == 0:
        raise ValueError("n_jobs must be None, 1 or more, or negative (-1: all cores); found 0.")
    n_threads = effective_n_jobs(n_jobs)
    torch.set_num_threads(n_threads)
    try:
        yield n_threads
    finally:
        torch.set_num_threads(before)

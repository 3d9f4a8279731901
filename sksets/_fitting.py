"""What every fit is wrapped in."""

from contextlib import contextmanager


@contextmanager
def unchanged_on_error(estimator):
    """Leave the attributes of an estimator as they were when the block raises.

    Parameters
    ----------
    estimator : object
        The estimator that the block validates data for.
    """
    before = vars(estimator).copy()
    try:
        yield
    except BaseException:
        vars(estimator).clear()
        vars(estimator).update(before)
        raise

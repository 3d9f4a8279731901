"""What every fit, and every method that uses what a fit learned, is wrapped in.

An estimator is one dictionary of attributes that threads may share. A fit learns into a copy of it
and hands that over in one step; other methods work on a copy that no fit can change meanwhile.
"""

from contextlib import contextmanager
from functools import wraps

from sksets._compat import fit_context
from sksets._torch_state import plain_torch


def _copied(estimator):
    """Return an estimator of the same attributes; what they hold is shared."""
    # Not copy.copy, which goes through __getstate__: what a pickle leaves out would be lost.
    other = object.__new__(type(estimator))
    vars(other).update(vars(estimator))
    return other


@contextmanager
def learning(estimator):
    """Give a copy of an estimator to learn in; the estimator takes all of it, or nothing.

    Parameters
    ----------
    estimator : BaseEstimator
        What it has learned before, if anything, is in the copy. When the block raises it stays as
        it is. A block that was interrupted, and has learned something all the same, puts a message
        into ``_interrupt`` and goes on to its end.
    """
    copied = _copied(estimator)
    yield copied
    interrupt = vars(copied).pop("_interrupt", None)
    # One step, so that other threads see all of one fit. Parameters are the user's, who may have
    # set them meanwhile.
    estimator.__dict__ = {**vars(copied), **estimator.get_params(deep=False)}
    if interrupt is not None:
        # Not a warning, after which a search would go on and score what is half trained.
        raise KeyboardInterrupt(interrupt)


def fitting(method):
    """Wrap ``fit`` or ``partial_fit``: parameters are checked first, and an error changes nothing.

    Parameters
    ----------
    method : callable
        The method of an estimator that has ``_parameter_constraints``. What it writes to ``self``
        becomes the estimator's when it returns.
    """

    @fit_context(prefer_skip_nested_validation=True)
    @wraps(method)
    def checked(self, *args, **kwargs):
        with plain_torch(), learning(self) as copied:
            method(copied, *args, **kwargs)
        return self

    return checked


def fitted(method):
    """Wrap a method that uses what fit learned: a fit in another thread changes nothing in it.

    Parameters
    ----------
    method : callable
        The method of an estimator. What it writes to ``self`` is lost.
    """

    @wraps(method)
    def of_one_fit(self, *args, **kwargs):
        with plain_torch():
            return method(_copied(self), *args, **kwargs)

    return of_one_fit

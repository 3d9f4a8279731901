"""What every fit is wrapped in."""

from contextlib import contextmanager
from functools import wraps

from sksets._compat import fit_context


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
    # An interrupt is none of Exception, and must leave no network of random weights as fitted.
    except BaseException:
        vars(estimator).clear()
        vars(estimator).update(before)
        raise


def fitting(method):
    """Wrap ``fit`` or ``partial_fit``: parameters are checked first, and an error changes nothing.

    Parameters
    ----------
    method : callable
        The method of an estimator that has ``_parameter_constraints``.
    """

    @fit_context(prefer_skip_nested_validation=True)
    @wraps(method)
    def checked(self, *args, **kwargs):
        with unchanged_on_error(self):
            return method(self, *args, **kwargs)

    return checked

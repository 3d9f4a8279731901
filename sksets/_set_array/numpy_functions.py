"""numpy's functions on a SetArray: those that ask for its shape answer, all others raise."""

from typing import Any

import numpy as np

# What scikit-learn asks of X and y. Any other would go through an object array of the sets.
_OF_THE_SHAPE = (np.ndim, np.shape, np.size)


class SetNumpyFunctions:
    """How a :class:`SetArray` answers to numpy's functions."""

    # numpy must not broadcast over sets: X + 1 raises instead of making an object array.
    __array_ufunc__ = None

    def __array_function__(self: Any, func: Any, types: Any, args: tuple, kwargs: dict) -> Any:
        if func not in _OF_THE_SHAPE:
            raise TypeError(
                f"{func.__module__}.{func.__name__} takes no SetArray, whose context, names and "
                "keys it would drop. Use SetArray.concatenate to join several, X[indices] to "
                "choose sets, X.values for the elements, or np.asarray(X) first if an object "
                "array of the sets is what you want."
            )
        shaped = np.empty(self.shape, dtype=self.dtype)
        args = tuple(shaped if value is self else value for value in args)
        kwargs = {name: shaped if value is self else value for name, value in kwargs.items()}
        return func(*args, **kwargs)

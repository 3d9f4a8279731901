"""Warnings of sksets that have a class of their own, so that a filter can name them."""

__all__ = ["SizeExtrapolationWarning"]


class SizeExtrapolationWarning(UserWarning):
    """What is predicted for sets far larger than those of fit is a guess.

    Of a set of more than one and a half times as many elements as any of ``fit``, the pooled sum
    lies where the network was never trained, and its outputs go on by a line. Where they depended
    on the size by that line before, as those for sums of numbers do, there is no warning.

    Examples
    --------
    >>> import warnings
    >>> from sksets.exceptions import SizeExtrapolationWarning
    >>> warnings.simplefilter("ignore", SizeExtrapolationWarning)
    """

"""What people bought together in a grocery."""

from itertools import chain

import numpy as np
from sklearn.utils import Bunch

from sksets._arguments import check_arguments
from sksets._set_array import SetArray
from sksets.datasets._store import DataFile, RawFile, load_json

_DESCR = """Groceries
---------
{n_sets:,} purchases of one month in a grocery, as sets of the categories of products that were in
the basket: {smallest} to {largest} of {n_words}, {mean:.1f} on average. How many pieces were bought
is not told.

Source: the data set Groceries of the R package arules. M. Hahsler, K. Hornik, T. Reutterer,
"Implications of probabilistic data modeling for mining association rules", in "From Data and
Information Analysis to Knowledge Engineering", Springer, 2006."""


def _convert(raw_name, file):
    """Read lines "whole milk,butter,yogurt"; some names have a space at their end."""
    lines = file.read().decode("ascii").splitlines()
    return [[item.strip() for item in line.split(",")] for line in lines]


_COMMIT = "9a8371e95098f3048c5540646b9fb96c7571b110"

GROCERIES = DataFile(
    function="fetch_groceries",
    path="baskets/groceries.json",
    max_bytes=1 << 22,  # it has 650 kB
    sha256="406366fc5dd5b3f0ed9e97378e6b2ae9e049ebd127e83f3e88ab4b782a638434",
    mirrors=(
        (
            RawFile(
                "groceries.csv",
                "https://raw.githubusercontent.com/stedy/Machine-Learning-with-R-datasets/"
                f"{_COMMIT}/groceries.csv",
            ),
        ),
    ),
    convert=_convert,
)


@check_arguments()
def fetch_groceries(data_home=None, *, download_if_missing=True):
    """Load what people bought together in a grocery: 9,835 sets of categories of products.

    The data of [1]_. The file ``baskets/groceries.json`` is looked up in `data_home`; where it is
    missing, a table is downloaded from the repository stedy/Machine-Learning-with-R-datasets,
    checked and kept there.

    Parameters
    ----------
    data_home : str or path-like, default=None
        Folder of the data, see :func:`get_data_home`.
    download_if_missing : bool, default=True
        If False, raise an error where the file is missing.

    Returns
    -------
    data : :class:`~sklearn.utils.Bunch`
        With the attributes

        data : SetArray of shape (9835,)
            A set is (n_i,), strings, none twice: 1 to 32 products of one purchase.
        vocabulary : ndarray of shape (169,)
            The products, strings, sorted.
        DESCR : str
            Description of the data.

    Raises
    ------
    FileNotFoundError
        The file is missing and cannot be downloaded. The message says what file to put where.
    OSError
        The file is damaged or holds other data.

    References
    ----------
    .. [1] Hahsler, Hornik, Reutterer, "Implications of probabilistic data modeling for mining
       association rules", From Data and Information Analysis to Knowledge Engineering, Springer,
       2006.

    Examples
    --------
    >>> from sksets.datasets import fetch_groceries
    >>> groceries = fetch_groceries()  # doctest: +SKIP
    >>> fetch_groceries(data_home="an_empty_folder", download_if_missing=False)
    Traceback (most recent call last):
    FileNotFoundError: fetch_groceries needs the file groceries.json in the folder ...
    """
    baskets = load_json(GROCERIES, data_home, download_if_missing)
    data = SetArray.from_sets(baskets)
    vocabulary = np.array(sorted(set(chain.from_iterable(baskets))))
    return Bunch(
        data=data,
        vocabulary=vocabulary,
        DESCR=_DESCR.format(
            n_sets=len(data),
            smallest=data.sizes.min(),
            largest=data.sizes.max(),
            mean=data.sizes.mean(),
            n_words=len(vocabulary),
        ),
    )

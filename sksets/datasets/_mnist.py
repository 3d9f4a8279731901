"""Sums of digits as images of MNIST."""

import gzip

import numpy as np
from sklearn.utils import Bunch

from sksets._arguments import check_arguments
from sksets._set_array import SetArray
from sksets.datasets._formats import read_at_most
from sksets.datasets._store import DataFile, RawFile, load_arrays
from sksets.datasets._sums import check_subset, draw_sets, sums_of_sets

_MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
_RAW_FILES = {
    "train-images-idx3-ubyte.gz": "X_train",
    "train-labels-idx1-ubyte.gz": "y_train",
    "t10k-images-idx3-ubyte.gz": "X_test",
    "t10k-labels-idx1-ubyte.gz": "y_test",
}
_MAX_BYTES = 1 << 26  # the arrays have 55 MB, the largest raw file 9.9 MB
_IDX_UNSIGNED_BYTES = b"\x00\x00\x08"

_DESCR = """Sums of MNIST images
--------------------
A sample is a set of 28x28 images of handwritten digits, its target the sum of the digits. The
images are those of MNIST (LeCun, Cortes, Burges): 60,000 are drawn from for subset="train", 10,000
for subset="test". The task is that of Zaheer et al., "Deep Sets", NeurIPS 2017, section 4.1.2."""


def _read_idx(data):
    """Read an array in the IDX format: type, number of axes, lengths (big-endian), bytes."""
    if data[:3] != _IDX_UNSIGNED_BYTES:
        raise ValueError("not an IDX file of unsigned bytes")
    n_axes = data[3]
    shape = np.frombuffer(data, ">u4", count=n_axes, offset=4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * n_axes).reshape(shape)


def _convert(raw_name, file):
    with gzip.GzipFile(fileobj=file) as unpacked:
        return {_RAW_FILES[raw_name]: _read_idx(read_at_most(unpacked, _MAX_BYTES))}


MNIST = DataFile(
    function="fetch_mnist_sums",
    path="mnist/mnist.npz",
    max_bytes=_MAX_BYTES,
    sha256="8e11f7fdf46341dbbe602c314c0a8772967f1420a73fcba04e82b77c4deaa90c",
    mirrors=tuple(
        tuple(RawFile(name, mirror + name) for name in _RAW_FILES) for mirror in _MIRRORS
    ),
    convert=_convert,
)


@check_arguments()
def fetch_mnist_sums(
    data_home=None,
    *,
    n_sets=1000,
    min_size=1,
    max_size=10,
    subset="train",
    random_state=None,
    download_if_missing=True,
    return_X_y=False,
):
    """Load sets of 28x28 images of handwritten digits, and the sums of the digits.

    The task of section 4.1.2 of [1]_: the digits themselves are never given to the model. The file
    ``mnist/mnist.npz`` is looked up in ``data_home``; where it is missing, MNIST is downloaded (11
    MB), checked and kept there.

    Parameters
    ----------
    data_home : str or path-like, default=None
        Folder of the data, see :func:`get_data_home`.
    n_sets : int, default=1000
        Number of sets.
    min_size, max_size : int, default=1, 10
        The size of a set is uniform between the two, both included. 0 allows empty sets.
    subset : {"train", "test"}, default="train"
        Draw from the 60,000 training images or from the 10,000 test images.
    random_state : int, RandomState instance or None, default=None
        Give an int for the same sets on every call.
    download_if_missing : bool, default=True
        If False, raise an error where the file is missing.
    return_X_y : bool, default=False
        Return ``(data, target)`` alone.

    Returns
    -------
    data : :class:`~sklearn.utils.Bunch`
        With the attributes

        data : SetArray of shape (n_sets,)
            Sets of images: a set is (n_i, 28, 28), uint8 from 0 to 255.
        target : ndarray of shape (n_sets,)
            The sums, integers. The sum of an empty set is 0.
        digits : SetArray of shape (n_sets,)
            The digit of each element, for looking at what was learned: a set is (n_i,).
        DESCR : str
            Description of the data.

    (data, target) : tuple if ``return_X_y``

    Raises
    ------
    FileNotFoundError
        The file is missing and cannot be downloaded. The message says what file to put where.
    OSError
        The file is damaged or holds other data.
    TypeError, ValueError
        A number of sets or a size is not an integer or out of range, or the subset is unknown.

    References
    ----------
    .. [1] Zaheer, Kottur, Ravanbakhsh, Poczos, Salakhutdinov, Smola, "Deep Sets", Advances in
       Neural Information Processing Systems 30, 2017.

    Examples
    --------
    >>> from sksets.datasets import fetch_mnist_sums
    >>> X, y = fetch_mnist_sums(n_sets=100, return_X_y=True)  # doctest: +SKIP
    >>> fetch_mnist_sums("an_empty_folder", download_if_missing=False)
    Traceback (most recent call last):
    FileNotFoundError: fetch_mnist_sums needs the file mnist.npz in the folder ...
    """
    check_subset(subset)
    arrays = load_arrays(MNIST, data_home, download_if_missing)
    pool_images, pool_digits = arrays[f"X_{subset}"], arrays[f"y_{subset}"]
    indices, offsets = draw_sets(len(pool_digits), n_sets, min_size, max_size, random_state)
    digits = pool_digits[indices].astype(np.int64)
    data, target = SetArray(pool_images[indices], offsets), sums_of_sets(digits, offsets)
    if return_X_y:
        return data, target
    return Bunch(data=data, target=target, digits=SetArray(digits, offsets), DESCR=_DESCR)

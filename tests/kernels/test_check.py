"""What kernels say of parameters that cannot be and of sets that they cannot compare."""

import numpy as np
import pytest
from kernel_cases import X

from sksets.kernels import mean_map_kernel, mmd_kernel, mmd_squared

GOOD = [np.ones((2, 3)), np.ones((1, 3))]


@pytest.mark.parametrize(
    "bad, error, text",
    [
        (3, TypeError, "Cannot read {}, one array of elements a set: X is a int"),
        ([], ValueError, "Cannot read {}, one array of elements a set: "),
        ([["a", "b"], ["c"]], ValueError, "{} holds string tokens, but a kernel of sets takes num"),
        ([np.ones((2, 3)), np.ones((0, 3))], ValueError, r"Set 1 of {} is empty; .* Drop it, and"),
        ([np.ones((0, 3))], ValueError, "Set 0 of {} is empty"),
        ([GOOD[0], np.full((2, 3), np.nan)], ValueError, "{} contains NaN: set 1, element 0. Rem"),
        ([GOOD[0], np.array([[1, 1, np.inf]])], ValueError, "{} contains infinity: set 1, element"),
        ([np.ones((2, 3, 4))], ValueError, r"{} has elements of shape \(3, 4\). Flatten them"),
        ([np.ones((2, 0))], ValueError, r"vectors of one feature or more .*{} has .* shape \(0,\)"),
    ],
)
def test_errors_of_sets(bad, error, text):
    with pytest.raises(error, match=text.format("X")):
        mean_map_kernel(bad)
    with pytest.raises(error, match=text.format("Y")):
        mmd_squared(GOOD, bad)


def test_numbers_of_features_must_agree():
    with pytest.raises(ValueError, match="same number of features; X has 3, Y has 2. Give both"):
        mean_map_kernel(GOOD, [np.ones((2, 2))])


@pytest.mark.parametrize(
    "keywords, error, text",
    [
        ({"element_kernel": "rfb"}, ValueError, "Unknown element_kernel 'rfb'; did you mean 'rbf'"),
        ({"element_kernel": 3}, ValueError, "Unknown element_kernel 3. Known: rbf, laplacian, lin"),
        (
            {"element_gamma": 0},
            ValueError,
            "element_gamma must be None or a positive .* found 0",
        ),
        ({"element_gamma": -1.0}, ValueError, "element_gamma must be None or .* found -1.0"),
        ({"element_gamma": np.nan}, ValueError, "element_gamma must be .* found nan"),
        ({"element_gamma": np.inf}, ValueError, "element_gamma must be .* found inf"),
        ({"element_gamma": "median"}, ValueError, "element_gamma must be .* found 'median'"),
        ({"degree": 0}, ValueError, "degree == 0, must be >= 1"),
        ({"degree": 2.5}, TypeError, "degree must be an instance of int"),
        ({"coef0": np.nan}, ValueError, "coef0 must be a finite number, found nan"),
        ({"coef0": "1"}, TypeError, "coef0 must be an instance of float"),
        ({"working_memory": 0}, ValueError, "working_memory must be a positive number, found 0"),
        ({"working_memory": -1}, ValueError, "working_memory must be a positive number, found -1"),
    ],
)
def test_parameter_errors(keywords, error, text):
    for function in (mean_map_kernel, mmd_squared, mmd_kernel):
        with pytest.raises(error, match=text):
            function(X, **keywords)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_too_large_elements(dtype):
    huge = [np.zeros((1, 2), dtype=dtype), np.full((1, 2), np.finfo(dtype).max / 2, dtype=dtype)]
    names = ["polynomial", "linear"] + (["rbf"] if dtype == np.float64 else [])
    for name in names:
        text = f"too large for the {name} kernel in {dtype.__name__}: that of set . of X is not fin"
        for function in (mean_map_kernel, mmd_squared):
            with pytest.raises(ValueError, match=text):
                function(huge, element_kernel=name)
    # the kernel of each with itself alone
    with pytest.raises(ValueError, match="that of set 1 of Y is not finite. Scale the elements"):
        mmd_squared(huge[:1], huge, element_kernel="polynomial")

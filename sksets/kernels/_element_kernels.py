"""Kernels of two elements, in the form that blocks of many pairs are computed from."""

import math
from dataclasses import dataclass
from numbers import Real

from sklearn.utils import check_scalar

from sksets._arguments import check_count
from sksets._lazy import torch
from sksets._names import check_name
from sksets.kernels._check import check_positive

# Functions of x - y alone: they have a Fourier transform, and a width to be found from distances.
SHIFT_INVARIANT_KERNELS = ("rbf", "laplacian")
ELEMENT_KERNELS = (*SHIFT_INVARIANT_KERNELS, "linear", "polynomial")
# Where gamma |x|^2 is larger, gamma (|x|^2 + |y|^2 - 2 x.y) is off by 1e-4 in single precision.
MAX_SINGLE_EXPONENT = 256


def _with_column(x, value):
    return torch.cat([x, x.new_full((len(x), 1), value)], dim=1)


@dataclass(frozen=True)
class ElementKernel:
    """One kernel of elements and its parameters.

    Parameters
    ----------
    name : {"rbf", "laplacian", "linear", "polynomial"}
    gamma, coef0 : float
    degree : int
    """

    name: str
    gamma: float
    degree: int
    coef0: float

    def factors(self, x, y):
        """Return what :meth:`block` takes rows of.

        Parameters
        ----------
        x : Tensor of shape (n, n_features)
        y : Tensor of shape (m, n_features)

        Returns
        -------
        left : Tensor of shape (n, n_factors)
        right : Tensor of shape (m, n_factors)
        """
        if self.name == "polynomial":
            return _with_column(self.gamma * x, self.coef0), _with_column(y, 1.0)
        # The other two do not depend on the origin. Near it, fewer digits cancel.
        origin = x.mean(0, dtype=torch.float64).to(x.dtype)
        x, y = x - origin, y - origin
        # exp(-gamma t) is a power of 2, which torch computes in half the time.
        gamma = self.gamma * math.log2(math.e)
        if self.name == "laplacian":
            return gamma * x, gamma * y
        scale = math.sqrt(2 * gamma)
        norms = [0.5 * (scale * part.double()).square().sum(1, keepdim=True) for part in (x, y)]
        if not max(float(norm.max()) for norm in norms) < MAX_SINGLE_EXPONENT:
            x, y = x.double(), y.double()
        left, right = scale * x, scale * y
        left_norm, right_norm = (norm.to(left.dtype) for norm in norms)
        # One product of them is x.y - |x|^2 / 2 - |y|^2 / 2.
        left = torch.cat([left, -left_norm, torch.ones_like(left_norm)], dim=1)
        return left, torch.cat([right, torch.ones_like(right_norm), -right_norm], dim=1)

    def block(self, left, right, buffer):
        """Return k(x_i, y_j) of some rows of the factors.

        Parameters
        ----------
        left : Tensor of shape (n, n_factors)
        right : Tensor of shape (m, n_factors)
        buffer : Tensor of n m values or more
            Is overwritten.

        Returns
        -------
        Tensor of shape (n, m)
        """
        # A power below the smallest normal number takes twenty times as long: it counts as that.
        lowest = math.log2(torch.finfo(left.dtype).tiny)
        if self.name == "laplacian":
            return torch.cdist(left, right, p=1).neg_().clamp_(min=lowest).exp2_()
        out = buffer[: len(left) * len(right)].view(len(left), len(right))
        torch.mm(left, right.T, out=out)
        if self.name == "polynomial":
            return out.pow_(self.degree)
        return out.clamp_(min=lowest, max=0).exp2_()

    def of_itself(self, x):
        """Return k(x_i, x_i), (n, n_features) -> (n,), in double precision."""
        if self.name in SHIFT_INVARIANT_KERNELS:
            return torch.ones(len(x), dtype=torch.float64)
        squares = x.double().square().sum(1)
        if self.name == "linear":
            return squares
        return (self.gamma * squares + self.coef0) ** self.degree


def make_element_kernel(name, gamma, degree, coef0, n_features):
    """Return a kernel of elements after a check of its parameters.

    Parameters
    ----------
    name : str
    gamma : float or None
        None: 1 / n_features.
    degree : int
    coef0 : float
    n_features : int

    Returns
    -------
    ElementKernel

    Raises
    ------
    ValueError, TypeError
        If the name is unknown, gamma not positive, degree below 1 or coef0 no finite number.
    """
    check_name(name, ELEMENT_KERNELS, "element_kernel")
    gamma = 1 / n_features if gamma is None else check_positive(gamma, "element_gamma", "None or ")
    degree = check_count(degree, "degree", 1)
    check_scalar(coef0, "coef0", Real)
    if not math.isfinite(coef0):
        raise ValueError(f"coef0 must be a finite number, found {coef0!r}.")
    return ElementKernel(name, gamma, degree, float(coef0))

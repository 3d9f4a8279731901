"""Kernels and divergences between sets: pure functions of two collections of sets."""

from sksets.kernels._element_kernels import ELEMENT_KERNELS, SHIFT_INVARIANT_KERNELS
from sksets.kernels._knn_divergences import DIVERGENCES, knn_divergence, knn_divergences
from sksets.kernels._mean_map import mean_map_kernel
from sksets.kernels._median import element_median_gamma, median_gamma
from sksets.kernels._mmd import mmd_kernel, mmd_squared
from sksets.kernels._order import ORDERED_DIVERGENCES, check_order
from sksets.kernels._projection import PSD_METHODS, PSDProjection
from sksets.kernels._random_features import (
    fourier_frequencies,
    mean_map_features,
    nystroem_map,
)

__all__ = [
    "DIVERGENCES",
    "ELEMENT_KERNELS",
    "ORDERED_DIVERGENCES",
    "PSDProjection",
    "PSD_METHODS",
    "SHIFT_INVARIANT_KERNELS",
    "check_order",
    "element_median_gamma",
    "fourier_frequencies",
    "knn_divergence",
    "knn_divergences",
    "mean_map_features",
    "mean_map_kernel",
    "median_gamma",
    "mmd_kernel",
    "mmd_squared",
    "nystroem_map",
]

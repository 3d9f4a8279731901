"""What one would write without sksets: the methods that kernel_speed.py compares with.

The kernels are means of exp(-|x - y|^2), the divergences those of Kullback and Leibler.
"""

import numpy as np
import torch
from ot.utils import kernel as pot_kernel
from sklearn.neighbors import NearestNeighbors


def bare_torch(X, Y, side):
    """Compute the values of the kernel in square blocks, without their means."""
    x, y = torch.from_numpy(X.values), torch.from_numpy(Y.values)
    for rows in x.split(side):
        for columns in y.split(side):
            torch.cdist(rows, columns).square_().neg_().exp_()


def numpy_kernel(X, Y):
    """Return the mean map kernel, (n_sets_X, n_sets_Y), by a product of two sets at a time."""
    K = np.empty((len(X), len(Y)))
    norms = [np.square(y).sum(axis=1) for y in Y]
    for i, x in enumerate(X):
        x_norms = np.square(x).sum(axis=1)[:, None]
        for j, y in enumerate(Y):
            powers = 2 * x @ y.T
            powers -= x_norms
            powers -= norms[j]
            K[i, j] = np.exp(powers, out=powers).mean()
    return K


def pot_mean_kernel(X, Y):
    """Return the mean map kernel, (n_sets_X, n_sets_Y), by POT's kernel of elements."""
    return np.array([[pot_kernel(x, y, sigma=0.5**0.5).mean() for y in Y] for x in X])


def loop_divergences(X, k):
    """Return the divergence of each set from each other, with one kneighbors a pair of sets."""
    own = NearestNeighbors(n_neighbors=k)
    rho = [own.fit(x).kneighbors()[0][:, -1] for x in X]  # an element is not its own neighbour
    D = np.zeros((len(X), len(X)))
    for j, y in enumerate(X):
        search = NearestNeighbors(n_neighbors=k).fit(y)
        for i, x in enumerate(X):
            if i != j:
                nu = search.kneighbors(x)[0][:, -1]
                D[i, j] = x.shape[1] * np.log(nu / rho[i]).mean() + np.log(len(y) / (len(x) - 1))
    return D


def loop_searches(X, k):
    """Search for neighbours alone, with one kneighbors a pair of sets."""
    for y in X:
        search = NearestNeighbors(n_neighbors=k).fit(y)
        for x in X:
            search.kneighbors(x)


def loop_targets(X, k):
    """Search for neighbours alone, with one kneighbors a target set, for all elements at once."""
    for y in X:
        NearestNeighbors(n_neighbors=k).fit(y).kneighbors(X.values)

"""Sets far larger than those of fit, under a sum."""

import warnings

import numpy as np
import torch

from sksets._training import level_of_user
from sksets.exceptions import SizeExtrapolationWarning
from sksets.nn import ConcatPooling, SumPooling

# Elements over those of the largest set of fit, from which on a set is far larger.
FAR = 1.5
# The largest sets, which are looked at, and the parts of the sizes of fit whose slopes are.
N_CHECKED, PARTS = 8, np.array([0.0, 0.25, 0.5, 1.0])
# By what share of the slope beyond the sizes of fit one among them may differ: less for sums of
# numbers, of squares, and for noisy ones, more for maxima, deviations and squares of the size.
BENT = 0.5
# Change of an output, in deviations of the targets or in logits, that is none.
SMALL = 0.1


def warn_of_large_sets(estimator, sets, growth=0.0):
    """Warn where the outputs do not depend on the size by a line, and sets are far larger.

    The largest sets are thought smaller, with the same distribution of elements: their sums shrink
    as their sizes do. Over the sizes of fit the outputs for them have slopes. A network goes on
    by a line beyond; where the slopes are not those of that line, neither was the target's growth.

    Parameters
    ----------
    estimator : BaseSetOutputs
        A fitted one.
    sets : SetArray
        What is predicted for.
    growth : ndarray of shape (n_outputs,) or float, default=0.0
        What each element adds to the outputs, beside what the network does.
    """
    sizes, largest = sets.total_weight, estimator._largest_size
    # Of drawn elements there are no more than in fit.
    if estimator.elements_per_set is not None or not (sizes > FAR * largest).any():
        return
    module = estimator.net_.module_
    summed = _summed_columns(module.pooling)
    if not summed.any() or largest == 0:
        return
    furthest = np.argsort(-sizes, kind="stable")[:N_CHECKED]
    furthest = furthest[sizes[furthest] > FAR * largest]
    embedding, dataset = estimator._compute(sets[furthest], module.embed, module.embed_pieces)
    edge = (largest / sizes[furthest])[:, None]
    shares = [part * edge for part in PARTS] + [np.ones_like(edge)]
    outputs = [
        _outputs(
            module,
            embedding * np.where(summed, share, 1),
            dataset,
            share[:, 0] * sizes[furthest],
        )
        + growth * share * sizes[furthest, None]
        for share in shares
    ]
    *inside, beyond = np.diff(outputs, axis=0) / np.diff(shares, axis=0)
    bend = max(_size(slope - beyond) for slope in inside)
    if bend > BENT * _size(beyond) and _size(beyond * (1 - edge)) > SMALL:
        warnings.warn(
            f"A set has {sizes.max():g} elements, the largest of fit {largest:g}. The outputs did "
            "not grow by a line with the size there, as a sum of the network does beyond: what is "
            "predicted for sets so large is no more than a guess. Fit on larger sets, or with "
            "pooling='mean' or 'max' where the target does not grow with the set.",
            SizeExtrapolationWarning,
            stacklevel=level_of_user(),
        )


def _summed_columns(pooling):
    """Return which columns of the embedding are sums, bool of shape (out_features,)."""
    parts = pooling.poolings if isinstance(pooling, ConcatPooling) else [pooling]
    return np.concatenate([np.full(part.out_features, type(part) is SumPooling) for part in parts])


def _outputs(module, embedding, dataset, sizes):
    """Return the outputs of the network for other embeddings and sizes of the sets of a dataset."""
    like = {"dtype": dataset.dtype, "device": dataset.device}
    embedding, sizes = (torch.as_tensor(rows, **like) for rows in (embedding, sizes))
    with torch.inference_mode():
        return module.head(embedding, dataset.context, sizes).double().cpu().numpy()


def _size(rows):
    """Return the root of the mean square."""
    return float(np.sqrt(np.mean(np.square(rows))))

"""Contributions of elements by integrated gradients."""

import numpy as np
import torch

from sksets.inspection._explained import ExplainedItems, cut, explain


def integrated_gradients(estimator, X, target, n_steps):
    """Return the integrated gradients of the elements, (n_elements, c), and the offsets."""
    explained = explain(estimator, X, target)
    if explained.module.training:
        explained.module.eval()
    nodes, weights = np.polynomial.legendre.leggauss(n_steps)
    # The rule is for the interval from -1 to 1.
    path = list(zip((nodes + 1) / 2, weights / 2, strict=True))
    parts = [np.empty((0, len(explained.columns)))]
    for start, stop in cut(explained.sets):
        part = explained.sets[start:stop]
        dataset = estimator._pack(part, resident=False)
        ((batch, _),) = dataset.batches(torch.arange(len(part)), [len(part)])
        parts.append(_integrate(explained, batch, np.arange(start, stop), path))
    return explained.of_numbers(np.concatenate(parts))


def _ends(explained, values):
    """Return the network behind the ends of the path, its start and its end (M, ...)."""
    module = explained.module
    if values.is_floating_point() and not getattr(explained.estimator, "_categorical", ()):
        return module, torch.zeros_like(values), values
    # Between two tokens is nothing, between their vectors a line.
    network = module.sets if isinstance(explained, ExplainedItems) else module
    with torch.no_grad():
        vectors = network.element_encoder(values)
        if isinstance(explained, ExplainedItems):
            origin = torch.zeros_like(vectors)
        else:
            origin = network.element_encoder(torch.zeros_like(values))
    return module.after_encoder(), origin, vectors


def _integrate(explained, batch, rows, path):
    """Return (end - start) times the mean of the gradients on the line between them, (M, c)."""
    module, origin, values = _ends(explained, batch.values)
    total = None
    for place, weight in path:
        x = (origin + place * (values - origin)).requires_grad_()
        # A copy, since an encoder may work in place.
        outputs = explained.forward(module, batch.replace(x.clone()), rows)
        slopes = explained.slopes(outputs.detach().cpu().numpy().astype(np.float64), rows)
        slopes = torch.as_tensor(slopes, dtype=outputs.dtype, device=outputs.device)
        gradients = [torch.autograd.grad(outputs, x, one, retain_graph=True)[0] for one in slopes]
        mean = weight * torch.stack(gradients).double()
        total = mean if total is None else total + mean
    contributions = (total * (values - origin)).flatten(2).sum(2)
    return contributions.T.cpu().numpy()

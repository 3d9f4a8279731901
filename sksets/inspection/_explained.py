"""What is explained of a fitted estimator: which numbers it gives for a set, and their slopes."""

import numpy as np
import torch
from scipy.special import logsumexp, softmax
from sklearn.utils.validation import check_is_fitted

from sksets._deep_sets import DeepSetsRegressor
from sksets._ranking import SetExpander
from sksets._set_array import as_set_array
from sksets._training import require_finite
from sksets._validation import read_values
from sksets.nn import SetNormalize


def explain(estimator, X, target=None):
    """Return the sets X and what is explained of them.

    Parameters
    ----------
    estimator : DeepSetsRegressor, DeepSetsClassifier or SetExpander
    X : any container of sets
    target : object, default=None
        Which output; see :func:`element_contributions`.

    Returns
    -------
    ExplainedSets
    """
    check_is_fitted(estimator)
    if isinstance(estimator, SetExpander):
        return ExplainedItems(estimator, X, target)
    sets = estimator._read_fitted(X)
    if isinstance(estimator, DeepSetsRegressor):
        return ExplainedTargets(estimator, sets, target)
    kind = ExplainedLabels if estimator._multilabel else ExplainedClasses
    return kind(estimator, sets, target)


def find_classes_of(target, classes, n_rows, what="set"):
    """Return the places of one class, or of one a row, in ``classes`` (n_rows,)."""
    labels = read_values(target, "target")
    if labels.ndim > 1 or (labels.ndim == 1 and len(labels) != n_rows):
        raise ValueError(
            f"target must be one of classes_, or one a {what}, {n_rows} of them; found an array of "
            f"shape {labels.shape}."
        )
    labels = labels.ravel().tolist()
    known = {label: place for place, label in enumerate(classes.tolist())}
    for label in labels:
        if label.__hash__ is None or label not in known:
            raise ValueError(
                f"target must be one of classes_, {classes.tolist()!r:.200}; found {label!r:.100}."
            )
    places = np.array([known[label] for label in labels], dtype=np.int64)
    return np.broadcast_to(places, (n_rows,))


def log_odds(outputs, columns):
    """Return log(p / (1 - p)) of one class a row (n,), from the outputs before the softmax."""
    rows = np.arange(len(outputs))
    others = outputs.copy()
    others[rows, columns] = -np.inf
    return outputs[rows, columns] - logsumexp(others, axis=1)


class ExplainedSets:
    """Numbers that an estimator of one output a set gives, in units that can be added up.

    Parameters
    ----------
    estimator : fitted estimator
    sets : SetArray
        As its network takes them.
    columns : list of int
        The outputs of the network that are explained.

    Attributes
    ----------
    scalar : bool
        Whether there is one number a set, not an array of them.
    """

    def __init__(self, estimator, sets, columns, scalar):
        self.estimator, self.sets = estimator, sets
        self.columns, self.scalar = columns, scalar
        self.module = estimator.net_.module_

    @property
    def elements_meet(self):
        """Whether what is pooled of an element depends on the others of its set."""
        scaled_together = isinstance(self.estimator._element_scaler, SetNormalize)
        return scaled_together or self.module.elements_meet

    def outputs(self, sets, rows):
        """Return what the network gives for sets (n, k), float64.

        Parameters
        ----------
        sets : SetArray
        rows : ndarray of shape (n,)
            Of which set of X each is a part.
        """
        outputs = self.estimator._outputs(sets, self.module.forward, self.module.forward_pieces)
        return outputs.astype(np.float64)

    def outputs_without_each(self):
        """Return what it gives for the sets of X without each of their elements, (M, k)."""
        module, sets = self.module, self.sets
        outputs = self.estimator._outputs(
            sets, module.forward_without_each, module.forward_without_each_pieces, sets.set_ids
        )
        return outputs.astype(np.float64)

    def forward(self, module, batch, rows):
        """Return what a copy of the network gives for a batch, a tensor (n, k)."""
        return module(batch)

    def numbers(self, outputs, rows, sizes):
        """Return the numbers that are explained (n, c).

        Parameters
        ----------
        outputs : ndarray of shape (n, k)
        rows : ndarray of shape (n,)
            Of which set of X each is a part.
        sizes : ndarray of shape (n,)
            The sums of the weights of their elements.
        """
        return outputs[:, self.columns]

    def slopes(self, outputs, rows):
        """Return the derivatives of the numbers by the outputs, c arrays (n, k)."""
        slopes = np.zeros((len(self.columns), *outputs.shape))
        slopes[np.arange(len(self.columns)), :, self.columns] = 1.0
        return slopes

    def of_numbers(self, contributions):
        """Return contributions (M, c) to the numbers as those of the elements of X."""
        return self.fill(contributions[:, 0] if self.scalar else contributions)

    def fill(self, values):
        """Return values of the elements that the network got as those of X, and the offsets."""
        return values, self.sets.offsets


class ExplainedTargets(ExplainedSets):
    """The predictions of a :class:`DeepSetsRegressor`, in the units of y."""

    def __init__(self, estimator, sets, target):
        n_outputs = estimator._n_outputs
        columns = _choose_column(target, n_outputs, "an output of the regressor")
        super().__init__(estimator, sets, columns, target is not None or estimator._target_ndim < 2)

    def numbers(self, outputs, rows, sizes):
        y = self.estimator._in_units(outputs, sizes)
        require_finite(y, "The prediction", rows)
        return y[:, self.columns]

    def slopes(self, outputs, rows):
        return super().slopes(outputs, rows) * self.estimator._unit_slopes(outputs)


class ExplainedLabels(ExplainedSets):
    """The log odds of the labels of a :class:`DeepSetsClassifier`."""

    def __init__(self, estimator, sets, target):
        columns = _choose_column(target, len(estimator.classes_), "a label of the classifier")
        super().__init__(estimator, sets, columns, target is not None)


class ExplainedClasses(ExplainedSets):
    """The log odds of one class a set of a :class:`DeepSetsClassifier`.

    The outputs before the softmax mean nothing by themselves: a number may be added to all.
    """

    def __init__(self, estimator, sets, target):
        super().__init__(estimator, sets, [0], True)
        if target is None:
            self.classes = np.argmax(self.outputs(sets, None), axis=1)
        else:
            self.classes = find_classes_of(target, estimator.classes_, len(sets))

    def numbers(self, outputs, rows, sizes):
        return log_odds(outputs, self.classes[rows])[:, None]

    def slopes(self, outputs, rows):
        places, classes = np.arange(len(outputs)), self.classes[rows]
        others = outputs.copy()
        others[places, classes] = -np.inf
        slopes = -softmax(others, axis=1)
        slopes[places, classes] = 1.0
        return slopes[None]


class ExplainedItems(ExplainedSets):
    """The score of an item for each query of a :class:`SetExpander`."""

    def __init__(self, estimator, X, target):
        queries, ids = estimator._check_query(X)
        super().__init__(estimator, estimator._network_sets(queries, ids), [0], True)
        self.known, self.offsets = None, self.sets.offsets
        if estimator.unknown_items == "ignore" and estimator._input_spec.kind != "numbers":
            given = as_set_array(X, element_kind="token")
            self.known = np.isin(given.values, estimator.vocabulary_)
            self.offsets = given.offsets
        self.items = self._read_items(queries, target)

    @property
    def elements_meet(self):
        return False

    def _read_items(self, queries, target):
        """Return the ids that the network has for the items, one a query."""
        estimator, n_sets = self.estimator, len(self.sets)
        if target is None:
            target = estimator.rank(queries, 1)[0][:, 0]
        items = read_values(target, "target")
        n_axes = items.ndim - (estimator.vocabulary_.ndim - 1)
        if n_axes not in (0, 1) or (n_axes == 1 and len(items) != n_sets):
            raise ValueError(
                f"target must be an item of vocabulary_, or one a set, {n_sets} of them; found an "
                f"array of shape {items.shape}."
            )
        items, inverse = np.unique(
            items[None] if n_axes == 0 else items, axis=0, return_inverse=True
        )
        ids = estimator._ids[estimator._check_candidates(items)]
        return np.broadcast_to(ids[inverse.ravel()], (n_sets,))

    def outputs(self, sets, rows):
        module = self.module
        queries = self.estimator._outputs(sets, module.query, module.query_pieces)
        return self._score(queries, sets, np.arange(len(sets)), sets.sizes, rows)

    def outputs_without_each(self):
        module, sets = self.module, self.sets
        scores = [np.empty((0, 1))]
        for start, stop in cut(sets):
            part = sets[start:stop]
            queries = self.estimator._outputs(
                part, module.query_without_each, module.query_without_each_pieces, part.set_ids
            )
            left = part.sizes[part.set_ids] - 1
            scores.append(self._score(queries, part, part.set_ids, left, start + part.set_ids))
        return np.concatenate(scores)

    def _score(self, queries, sets, set_ids, sizes, rows):
        context = self.estimator._pack(sets, resident=False).context
        device = self.estimator.net_.device
        with torch.inference_mode():
            scores = self._score_pairs(
                torch.from_numpy(queries).to(device),
                None if context is None else context[torch.from_numpy(set_ids)],
                torch.from_numpy(sizes).to(device),
                rows,
            )
        return scores.cpu().numpy().astype(np.float64)[:, None]

    def _score_pairs(self, queries, context, sizes, rows):
        ids = torch.from_numpy(self.items[rows]).to(queries.device)
        pairs = torch.arange(len(queries), device=queries.device)
        items = self.module.describe(ids)
        return self.module.score_pairs(queries, context, sizes, pairs, items)

    def forward(self, module, batch, rows):
        queries = module.query(batch)
        return self._score_pairs(queries, batch.context, batch.sizes, rows)[:, None]

    def fill(self, values):
        if self.known is None:
            return values, self.offsets
        # An item that is left out adds nothing.
        filled = np.zeros((len(self.known), *values.shape[1:]), dtype=values.dtype)
        filled[self.known] = values
        return filled, self.offsets


def _choose_column(target, n_columns, what):
    """Return the columns that are explained: one, or all for None."""
    if target is None:
        return list(range(n_columns))
    places = read_values(target, "target")
    if places.ndim or places.dtype.kind not in "iu" or not 0 <= places < n_columns:
        raise ValueError(
            f"target must be the place of {what}, 0 to {n_columns - 1}, or None for all; found "
            f"{target!r:.100}."
        )
    return [int(places)]


# Elements, and numbers in them, that are handled at once.
_ELEMENTS, _NUMBERS = 2**13, 2**20


def cut(sets):
    """Yield where to cut sets into parts of few elements; a larger set is a part by itself."""
    width = max(1, int(np.prod(sets.element_shape)))
    most = max(1, min(_ELEMENTS, _NUMBERS // width))
    start = 0
    while start < len(sets):
        fitting = np.searchsorted(sets.offsets, sets.offsets[start] + most, side="right") - 1
        stop = min(max(start + 1, int(fitting)), len(sets))
        yield start, stop
        start = stop

"""maximal_activation: the set that a unit of a network likes best."""

import copy
import warnings
from functools import partial
from numbers import Integral, Real

import numpy as np
import torch
from sklearn.utils import Bunch, check_random_state
from sklearn.utils.validation import check_is_fitted

from sksets._arguments import check_arguments, check_count
from sksets._compat import Interval
from sksets._fitting import fitted
from sksets._ranking import SetExpander
from sksets._set_array import SetArray
from sksets._training import DTYPES
from sksets._validation import read_values
from sksets.inspection._contributions import require_network
from sksets.nn import FeatureScaler, SetBatch

# What an element can add to the mean: without a bound, a few that are far out make all of it.
_MOST = 0.95
# Half of the box, in standard deviations of fit.
_DEVIATIONS = 2.0
# Elements that are moved at once.
_ELEMENTS = 2**14


@check_arguments(
    scale=[Interval(Real, 0, None, closed="neither"), None],
    learning_rate=[Interval(Real, 0, 1, closed="right")],
)
def maximal_activation(
    estimator,
    layer,
    unit,
    n_elements,
    *,
    bounds=None,
    scale=None,
    n_restarts=4,
    n_steps=500,
    learning_rate=0.01,
    random_state=None,
):
    """Return the set that makes the most of a unit of a layer before the pooling.

    From elements drawn uniformly in a box, gradient ascent with Adamax moves the mean over the
    elements of min(tanh(u), 0.95), u what the unit makes of an element (Zaheer et al., 2017, figure
    13). The bound keeps a few elements from making all of the mean: one that has reached it stays
    where it is. In a network without tanh, u is first centred and scaled by its mean over the
    start and by ``scale``.

    Sets of words and items have no gradient: of those that the estimator knows, the elements
    with the largest u are returned, the first ones first.

    Read more in the :ref:`user guide <inspection>`.

    Parameters
    ----------
    estimator : fitted estimator
        A network estimator of sksets.
    layer : int
        The layers of phi and then the equivariant ones, counted from the elements, or negative
        from the pooling. A unit is read before its activation.
    unit : int or array-like of int
        Which unit of the layer, or which ones, each of which gets a set of its own.
    n_elements : int
        Number of elements of the set.
    bounds : tuple (low, high), default=None
        The box that the elements stay in, in their units: numbers, or arrays that broadcast to an
        element. By default two standard deviations about the mean of ``fit``; with
        ``normalize="set"`` -1 to 1, as scale and place do not matter there; for images of bytes
        with ``normalize=None`` 0 to 255. Other elements that are not scaled need bounds.
    scale : float, default=None
        What u is divided by: an element has all that it can have about 1.8 of it above the mean of
        the start. By default 1 in a network with tanh, and otherwise the deviation of u over the
        start; uniform images are all much alike, and want more.
    n_restarts : int, default=4
        Number of starts, of which the set with the largest mean is kept. From one start a unit may
        not move.
    n_steps : int, default=500
    learning_rate : float, default=0.01
        Of Adamax, in half widths of the box.
    random_state : int, RandomState instance or None, default=None
        Source of the starts, which are the same for all units.

    Returns
    -------
    result : Bunch
        ``sets`` : SetArray of one set a unit, in the units of X, with the mean context of ``fit``
        where there is a context. ``activations`` : ndarray of shape (n_units, n_elements), the u
        of the elements. ``gains`` : ndarray of shape (n_units,), the means. ``history`` : ndarray
        of shape (n_steps + 1, n_units), the means on the way; of words there is one row.

    Raises
    ------
    TypeError
        If the estimator has no network.
    ValueError
        If there is no such layer or unit, elements have categories, or bounds are needed.

    References
    ----------
    Zaheer, M., Kottur, S., Ravanbakhsh, S., Poczos, B., Salakhutdinov, R. and Smola, A. (2017).
    Deep Sets. Advances in Neural Information Processing Systems 30.

    Examples
    --------
    >>> import numpy as np
    >>> from sksets import DeepSetsRegressor
    >>> from sksets.inspection import maximal_activation
    >>> rng = np.random.default_rng(0)
    >>> X = [rng.normal(size=(5, 2)) for _ in range(50)]
    >>> y = [elements.max() for elements in X]
    >>> reg = DeepSetsRegressor(pooling="max", max_epochs=5, random_state=0).fit(X, y)
    >>> result = maximal_activation(reg, -1, [0, 3], 20, n_steps=100, random_state=0)
    >>> result.sets
    SetArray(n_sets=2, n_elements=40, sizes 20 to 20, elements float64 (2,))
    >>> bool((result.history[-1] > result.history[0]).all())
    True
    """
    require_network(estimator, "maximal_activation")
    n_elements = check_count(n_elements, "n_elements", 1)
    options = {
        "scale": None if scale is None else float(scale),
        "n_restarts": check_count(n_restarts, "n_restarts", 1),
        "n_steps": check_count(n_steps, "n_steps", 1),
        "learning_rate": float(learning_rate),
    }
    return _maximal(estimator, layer, unit, n_elements, bounds, random_state, options)


@fitted
def _maximal(estimator, layer, unit, n_elements, bounds, random_state, options):
    check_is_fitted(estimator)
    module = estimator.net_.module_
    if module.training:
        module.eval()
    layer = _check_layer(layer, module)
    if estimator._input_spec.kind != "numbers":
        return _best_tokens(estimator, layer, unit, n_elements)
    if getattr(estimator, "_categorical", ()):
        raise ValueError(
            "maximal_activation moves elements along gradients, and categories have none; "
            f"{type(estimator).__name__} was fitted with categorical features."
        )
    low, high = _read_bounds(estimator, bounds)
    ascent = Ascent(estimator, layer, n_elements, low, high)
    units = _check_units(unit, ascent.width)
    draws = check_random_state(random_state).uniform
    starts = draws(-1, 1, size=(options["n_restarts"], n_elements, *low.shape))
    step = max(1, _ELEMENTS // (options["n_restarts"] * n_elements))
    parts = [ascent(units[i : i + step], starts, options) for i in range(0, len(units), step)]
    values, activations, history = (
        np.concatenate(rows, axis=-1 if k == 2 else 0)
        for k, rows in enumerate(zip(*parts, strict=True))
    )
    if (still := history[-1] <= history[0]).any():
        warnings.warn(
            f"Units {units[still].tolist()!r:.100} of layer {layer} did not move from any of "
            f"{len(starts)} starts: they may be the same everywhere in the box. Try more "
            "n_restarts, or wider bounds.",
            UserWarning,
            stacklevel=4,
        )
    sets = _as_sets(estimator, values.reshape(-1, *low.shape), len(units))
    return Bunch(sets=sets, activations=activations, gains=history[-1], history=history)


def _check_layer(layer, module):
    if not isinstance(layer, Integral) or isinstance(layer, bool | np.bool_):
        raise TypeError(f"layer must be an int, found {layer!r:.100}.")
    n_layers = module.n_element_layers
    if not -n_layers <= layer < n_layers:
        raise ValueError(
            f"layer must be from {-n_layers} to {n_layers - 1}, one of the layers before the "
            f"pooling; found {layer}."
        )
    return int(layer)


def _check_units(unit, width):
    units = read_values(unit, "unit")
    whole = units.dtype.kind in "iu" and units.ndim < 2 and units.size
    if not whole or units.min() < 0 or units.max() >= width:
        raise ValueError(
            f"unit must be a whole number from 0 to {width - 1}, or several of them; found "
            f"{unit!r:.100}."
        )
    return np.atleast_1d(units).astype(np.int64)


def _read_bounds(estimator, bounds):
    """Return the box (low, high), each of the shape of an element, in the units of X."""
    shape = estimator._input_spec.shape
    scaler = estimator._element_scaler
    normalize = getattr(estimator, "normalize", "features")
    if bounds is None and normalize is None and scaler is None:
        raise ValueError(
            "bounds must be given, (low, high), as elements are not scaled (normalize=None) and "
            "the range of their numbers is not known."
        )
    if bounds is None and normalize is None:
        bounds = 0.0, 255.0
    elif bounds is None and isinstance(scaler, FeatureScaler):
        mean, scale = scaler.mean.numpy(), scaler.scale.numpy()
        bounds = mean - _DEVIATIONS * scale, mean + _DEVIATIONS * scale
    elif bounds is None:
        bounds = -1.0, 1.0
    return _check_bounds(bounds, shape)


def _check_bounds(bounds, shape):
    message = (
        f"bounds must be two finite numbers, or arrays that broadcast to an element {shape}, the "
        f"first below the second; found {bounds!r:.100}."
    )
    if not isinstance(bounds, tuple | list) or len(bounds) != 2:
        raise ValueError(message)
    ends = [read_values(end, "bounds") for end in bounds]
    try:
        low, high = (np.broadcast_to(end, shape).astype(np.float64) for end in ends)
    except (TypeError, ValueError):
        raise ValueError(message) from None
    if not (np.isfinite(low) & np.isfinite(high) & (low < high)).all():
        raise ValueError(message)
    return low, high


def _as_sets(estimator, values, n_sets):
    """Return elements as sets of one size that the estimator can predict for."""
    spec = estimator._input_spec
    context = None
    if spec.n_context:
        context = np.tile(estimator._context_scale[0], (n_sets, 1))
    return SetArray(
        values,
        np.arange(n_sets + 1) * (len(values) // n_sets),
        context,
        feature_names=spec.names,
        context_names=spec.context_names,
        element_weight=np.ones(len(values)) if spec.weighted else None,
    )


def _best_tokens(estimator, layer, unit, n_elements):
    """Return the tokens that a unit makes the most of."""
    module = estimator.net_.module_
    if not isinstance(estimator, SetExpander) and module.elements_meet:
        raise ValueError(
            "Words have no gradient, and behind equivariant layers a set of them cannot be chosen "
            "word by word. Use a layer of an estimator without equivariant layers."
        )
    tokens = estimator.vocabulary_
    if n_elements > len(tokens):
        raise ValueError(
            f"n_elements must be at most {len(tokens)}, the number of tokens that are known; found "
            f"{n_elements}."
        )
    # Each token is a set of its own: none sees another.
    sets = _as_sets(estimator, tokens, len(tokens))
    if isinstance(estimator, SetExpander):
        sets = estimator._network_sets(*estimator._check_query(sets))
    else:
        sets = estimator._read_fitted(sets)
    features = estimator._outputs(
        sets,
        partial(module.element_features, layer=layer),
        partial(module.element_features_pieces, layer=layer),
        sets.set_ids,
    )
    units = _check_units(unit, features.shape[1])
    best = np.argsort(-features[:, units].T, axis=1, kind="stable")[:, :n_elements]
    activations = np.take_along_axis(features[:, units].T, best, axis=1).astype(np.float64)
    gains = np.minimum(np.tanh(activations), _MOST).mean(axis=1)
    chosen = _as_sets(estimator, tokens[best.ravel()], len(units))
    return Bunch(sets=chosen, activations=activations, gains=gains, history=gains[None])


class Ascent:
    """Gradient ascent of sets of elements in a box.

    Parameters
    ----------
    estimator : fitted estimator
    layer, n_elements : int
    low, high : ndarray of the shape of an element

    Attributes
    ----------
    width : int
        Number of units of the layer.
    """

    def __init__(self, estimator, layer, n_elements, low, high):
        self.estimator, self.layer, self.n_elements = estimator, layer, n_elements
        self.device = torch.device(estimator.net_.device)
        self.module = estimator.net_.module_
        self.middle, self.half = (
            torch.tensor(ends, device=self.device) for ends in ((low + high) / 2, (high - low) / 2)
        )
        self.scaler = estimator._element_scaler
        if self.scaler is not None and self.device.type != "cpu":
            self.scaler = copy.deepcopy(self.scaler).to(self.device)
        self.is_tanh = any(isinstance(part, torch.nn.Tanh) for part in self.module.modules())
        with torch.no_grad():
            start = torch.zeros(n_elements, *low.shape, dtype=torch.float64, device=self.device)
            self.width = self._features(start).shape[1]

    def _features(self, places):
        """Return the features (M, h) of elements at places in the box, -1 to 1."""
        spec, dtype = self.estimator._input_spec, DTYPES[self.estimator.dtype]
        n_sets = len(places) // self.n_elements
        offsets = torch.arange(n_sets + 1, device=self.device) * self.n_elements
        context = None
        if spec.n_context:
            # Scaled, the mean of fit is zero.
            context = torch.zeros(n_sets, spec.n_context, dtype=dtype, device=self.device)
        weight = torch.ones(len(places), device=self.device) if spec.weighted else None
        batch = SetBatch(self.middle + self.half * places, offsets, context, element_weight=weight)
        values = batch.values if self.scaler is None else self.scaler(batch.values, batch)
        return self.module.element_features(batch.replace(values.to(dtype)), self.layer)

    def _read(self, places, units):
        """Return what units make of elements, (n_units, n_restarts, n_elements)."""
        features = self._features(places.flatten(0, 2))
        rows = features.unflatten(0, places.shape[:3])
        index = units[:, None, None, None].expand(*places.shape[:3], 1)
        return rows.gather(3, index)[..., 0].double()

    def __call__(self, units, starts, options):
        """Return the best elements of each unit, what it makes of them, and the means on the way.

        Parameters
        ----------
        units : ndarray of int of shape (n_units,)
        starts : ndarray of shape (n_restarts, n_elements, ...)
            Places in the box, -1 to 1.
        options : dict
            scale, n_steps and learning_rate.
        """
        units = torch.from_numpy(units).to(self.device)
        places = torch.tensor(starts, device=self.device).expand(len(units), *starts.shape)
        places = places.clone().requires_grad_()
        middle, scale = self._start_of(places, units, options["scale"])
        optimizer = torch.optim.Adamax([places], lr=options["learning_rate"])
        history = []
        for _ in range(options["n_steps"]):
            gains = self._gains((self._read(places, units) - middle) / scale)
            # Adamax moves each number by itself: the sets do not hinder each other.
            (slope,) = torch.autograd.grad(gains.sum() * self.n_elements, places)
            places.grad = -slope
            optimizer.step()
            with torch.no_grad():
                places.clamp_(-1, 1)
            history.append(gains.detach())
        with torch.no_grad():
            activations = self._read(places, units)
            history.append(self._gains((activations - middle) / scale))
            values = self.middle + self.half * places
        best, rows = history[-1].argmax(dim=1), torch.arange(len(units), device=self.device)
        means = torch.stack(history)[:, rows, best]
        parts = values[rows, best].flatten(0, 1), activations[rows, best], means
        return [part.detach().cpu().numpy() for part in parts]

    @torch.no_grad()
    def _start_of(self, places, units, scale):
        """Return what is taken from each unit, and what it is divided by."""
        if self.is_tanh:
            return 0.0, 1.0 if scale is None else scale
        start = self._read(places, units)
        deviation = start.std(dim=(1, 2), correction=0, keepdim=True)
        deviation = torch.where(deviation > 0, deviation, 1.0)
        return start.mean(dim=(1, 2), keepdim=True), deviation if scale is None else scale

    @staticmethod
    def _gains(units):
        return torch.tanh(units).clamp(max=_MOST).mean(dim=2)

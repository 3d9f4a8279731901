"""Deep Sets regression: real outputs for each set."""

from numbers import Real

import numpy as np
from sklearn.base import RegressorMixin

from sksets._compat import Interval, StrOptions
from sksets._deep_sets.base import Targets
from sksets._deep_sets.large_sets import warn_of_large_sets
from sksets._deep_sets.losses import make_regression_loss
from sksets._deep_sets.parameters import SET_ATTRIBUTES, SET_PARAMETERS
from sksets._deep_sets.set_outputs import BaseSetOutputs
from sksets._docs import document
from sksets._fitting import fitted, fitting
from sksets._moments import extreme_unit, size_trend, weighted_moments
from sksets._training import TRAINING_PARAMETERS, require_finite
from sksets._validation import KeyedScore, validate_sample_weight, validate_targets
from sksets.nn import SumPooling


@document(TRAINING_PARAMETERS, SET_PARAMETERS, attributes=SET_ATTRIBUTES)
class DeepSetsRegressor(KeyedScore, RegressorMixin, BaseSetOutputs):
    """Deep Sets regressor: one real output, or several, for each set.

    The network is f(X) = rho(pool of phi(x) over the elements x of X), which for sum pooling is
    the general form of a function of sets (Zaheer et al., 2017, theorem 2).

    Read more in the :ref:`user guide <estimators>`.

    Parameters
    ----------
    loss : {{"squared_error", "absolute_error", "huber", "poisson"}}, default="squared_error"
        Loss of a set. The first three are taken on standardised targets: less their mean (with
        sum pooling: less their least-squares line over the sizes of the sets), divided by the
        standard deviation of what remains. "poisson" is the Poisson deviance with a log link:
        targets must be non-negative, and predictions are positive. Beyond the largest target of
        fit they grow linearly with the output of the network, no longer exponentially.

    huber_delta : float, default=1.0
        Where the Huber loss turns from squared to linear, in units of the standardised target.

    {parameters}

    Attributes
    ----------
    {attributes}

    See Also
    --------
    DeepSetsClassifier : Deep Sets for classes.
    sksets.preprocessing.SetSummarizer : Summaries of sets for any scikit-learn model.

    References
    ----------
    Zaheer, M., Kottur, S., Ravanbakhsh, S., Poczos, B., Salakhutdinov, R. and Smola, A. (2017).
    Deep Sets. Advances in Neural Information Processing Systems 30.

    Examples
    --------
    >>> import numpy as np
    >>> from sksets import DeepSetsRegressor
    >>> rng = np.random.default_rng(0)
    >>> X = [rng.uniform(size=(rng.integers(1, 6), 2)) for _ in range(200)]
    >>> y = [s.sum() for s in X]
    >>> reg = DeepSetsRegressor(random_state=0).fit(X[:150], y[:150])
    >>> bool(reg.score(X[150:], y[150:]) > 0.95)
    True
    """

    _parameter_constraints: dict = {
        **BaseSetOutputs._parameter_constraints,
        "loss": [StrOptions({"squared_error", "absolute_error", "huber", "poisson"})],
        "huber_delta": [Interval(Real, 0, None, closed="neither")],
    }

    # On QM7 a phi as narrow as that of the classifier has a larger error.
    _auto_layer_sizes = {"phi_layer_sizes": (128, 128), "rho_layer_sizes": (64,)}

    def __init__(
        self,
        *,
        loss="squared_error",
        huber_delta=1.0,
        phi_layer_sizes="auto",
        rho_layer_sizes="auto",
        phi=None,
        rho=None,
        equivariant_layer_sizes=(),
        equivariant_form="lambda_gamma",
        equivariant_pooling="max",
        pooling="auto",
        activation="relu",
        dropout="auto",
        size_feature=False,
        context_in="rho",
        element_kind="auto",
        element_encoder=None,
        embedding_dim=16,
        categorical_features="auto",
        normalize="features",
        augmentation=None,
        elements_per_set=None,
        n_votes=1,
        optimizer="adamw",
        learning_rate_init=3e-3,
        learning_rate="averaged",
        # Weight decay shrinks the slope of a sum, which then falls short for large sets.
        weight_decay=0.0,
        # Standardised, an almost constant feature has a few very large values, whose gradients can
        # leave all units dead: without a bound that fold ends at 42.8 kcal/mol.
        max_grad_norm=1.0,
        max_epochs="auto",
        batch_size="auto",
        max_elements_per_batch=None,
        early_stopping=False,
        validation_fraction=0.1,
        n_iter_no_change=10,
        tol=1e-4,
        warm_start=False,
        device="auto",
        dtype="float32",
        callbacks=None,
        random_state=None,
        verbose=0,
    ):
        super().__init__(
            phi_layer_sizes=phi_layer_sizes,
            rho_layer_sizes=rho_layer_sizes,
            phi=phi,
            rho=rho,
            equivariant_layer_sizes=equivariant_layer_sizes,
            equivariant_form=equivariant_form,
            equivariant_pooling=equivariant_pooling,
            pooling=pooling,
            activation=activation,
            dropout=dropout,
            size_feature=size_feature,
            context_in=context_in,
            element_kind=element_kind,
            element_encoder=element_encoder,
            embedding_dim=embedding_dim,
            categorical_features=categorical_features,
            normalize=normalize,
            augmentation=augmentation,
            elements_per_set=elements_per_set,
            n_votes=n_votes,
            optimizer=optimizer,
            learning_rate_init=learning_rate_init,
            learning_rate=learning_rate,
            weight_decay=weight_decay,
            max_grad_norm=max_grad_norm,
            max_epochs=max_epochs,
            batch_size=batch_size,
            max_elements_per_batch=max_elements_per_batch,
            early_stopping=early_stopping,
            validation_fraction=validation_fraction,
            n_iter_no_change=n_iter_no_change,
            tol=tol,
            warm_start=warm_start,
            device=device,
            dtype=dtype,
            callbacks=callbacks,
            random_state=random_state,
            verbose=verbose,
        )
        self.loss = loss
        self.huber_delta = huber_delta

    @fitting
    def partial_fit(self, X, y, sample_weight=None):
        """Pass once over a part of the data, at the constant rate ``learning_rate_init``.

        The first call builds the network and learns the scales of elements and targets.

        Parameters
        ----------
        X : list of arrays, SetArray or any container of sets, n_sets long
        y : array-like of shape (n_sets,) or (n_sets, n_outputs)
        sample_weight : array-like of shape (n_sets,), default=None

        Returns
        -------
        self : object
        """
        return self._fit(X, y, sample_weight, stream=True)

    @fitted
    def predict(self, X):
        """Predict the target of each set.

        Parameters
        ----------
        X : list of arrays, SetArray or any container of sets, n_sets long

        Returns
        -------
        y : ndarray of shape (n_sets,) or (n_sets, n_outputs)
            In the units of the ``y`` that was fitted.
        """
        sets = self._read_fitted(X)
        warn_of_large_sets(self, sets, growth=self._target_line[1] / self._target_scale)
        with np.errstate(over="ignore"):
            y = self._in_units(self._vote_outputs(sets), sets.total_weight).mean(axis=0)
        require_finite(y, "The prediction")
        return y[:, 0] if self._target_ndim == 1 else y

    def _in_units(self, outputs, sizes):
        """Return the outputs of the network for sets of some sizes in the units of y."""
        with np.errstate(over="ignore"):
            if self._log_link:
                beyond = np.maximum(outputs - self._largest_output, 0)
                y = self._target_scale * np.exp(outputs - beyond) * (1 + beyond)
            else:
                y = self._target_trend(sizes) + self._target_scale * outputs
            return self._target_unit * y

    def _unit_slopes(self, outputs):
        """Return the derivatives of ``_in_units`` by the outputs, (n_sets, n_outputs)."""
        rate = np.exp(np.minimum(outputs, self._largest_output)) if self._log_link else 1.0
        return np.broadcast_to(self._target_unit * self._target_scale * rate, outputs.shape)

    def _read_targets(self, y, sets, sample_weight, *, reset):
        y = self._check_targets(y, sets, reset)
        weight = None if sample_weight is None else validate_sample_weight(sample_weight, sets)
        if reset:
            self._target_unit = extreme_unit(y)
        y = y / self._target_unit
        unit = self._learn_scale(y, sets.total_weight, weight) if reset else 1.0
        if not self._log_link:
            rows = (y - self._target_trend(sets.total_weight)) / self._target_scale
            return Targets(rows, weight, self._n_outputs, loss_unit=unit)
        y = y / self._target_scale
        # A rate that was learned is at least the mean one, whose output is 0.
        self._largest_output = np.maximum(
            0.0 if reset else self._largest_output, np.log(np.maximum(y.max(axis=0), 1.0))
        )
        return Targets(y, weight, self._n_outputs)

    def _check_targets(self, y, sets, reset):
        """Return the targets as an array of shape (n_sets, n_outputs)."""
        y = validate_targets(
            y, len(sets), keys=sets.keys, estimator=self, multi_output=True, numeric=True
        )
        if self.loss == "poisson" and (y < 0).any():
            raise ValueError(
                f"loss='poisson' needs targets of zero or more; y of set "
                f"{np.argwhere(y < 0)[0][0]} is {y[y < 0][0]:g}."
            )
        if reset:
            self._target_ndim = y.ndim
            self._n_outputs = 1 if y.ndim == 1 else y.shape[1]
        y = y.reshape(len(y), -1)
        if y.shape[1] != self._n_outputs:
            raise ValueError(
                f"y has {y.shape[1]} outputs, but the estimator was fitted with {self._n_outputs}."
            )
        return y

    def _learn_scale(self, target, sizes, weight):
        """Learn where the network's outputs start and what their unit is.

        A sum grows with the size of the set. Its network starts from the line of the targets over
        the sizes, which Adam would be slow to find: the terms in n and in 1 are nearly parallel.

        Returns
        -------
        float
            What a loss is worth, in units of that of targets that are not about a line.
        """
        mean, deviation = weighted_moments(target, weight)
        self._target_line = mean, np.zeros(target.shape[1])
        # Kept, since `loss` may be set after the fit, which must not change what outputs mean.
        self._log_link = self.loss == "poisson"
        if self._log_link:
            # In units of the mean the rate starts at 1, its logarithm at 0 as the outputs do.
            self._target_scale = self._target_line[0]
            if not (self._target_scale > 0).all():
                raise ValueError("loss='poisson' needs a positive target in every output of y.")
            return 1.0
        pooling = self.pooling_
        parts = pooling if isinstance(pooling, tuple | list) else [pooling]
        if "sum" in parts or SumPooling in [type(part) for part in parts]:
            self._target_line = size_trend(target, sizes, weight)
        self._target_scale = weighted_moments(target - self._target_trend(sizes), weight)[1]
        power = 1 if self.loss == "absolute_error" else 2
        return float(np.mean((self._target_scale / deviation) ** power))

    def _target_trend(self, sizes):
        intercept, slope = self._target_line
        return intercept + slope * sizes[:, None]

    def _make_loss(self):
        return make_regression_loss(self.loss, self.huber_delta)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

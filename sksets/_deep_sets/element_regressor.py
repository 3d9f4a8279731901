"""Deep Sets regression of elements: a real output for each element of a set."""

from numbers import Real

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.metrics import r2_score

from sksets._compat import Interval, StrOptions
from sksets._deep_sets.base import Targets
from sksets._deep_sets.element_outputs import BaseElementOutputs, weigh_labelled
from sksets._deep_sets.losses import make_regression_loss
from sksets._deep_sets.parameters import DEEP_SETS_ATTRIBUTES, ELEMENT_PARAMETERS
from sksets._docs import document
from sksets._fitting import fitted, fitting
from sksets._moments import extreme_unit, weighted_moments
from sksets._training import TRAINING_PARAMETERS, require_finite
from sksets._validation import validate_element_weight, validate_real_elements


@document(TRAINING_PARAMETERS, ELEMENT_PARAMETERS, attributes=DEEP_SETS_ATTRIBUTES)
class DeepSetsElementRegressor(RegressorMixin, BaseElementOutputs):
    """Deep Sets regressor of elements: a real output for each element of a set.

    Permutation-equivariant layers let the elements of a set see each other; what is predicted for
    an element depends on it and on the set that it is in (Zaheer et al., 2017, section 3.1 and
    lemma 3). Sets may be partly labelled: NaN in ``y`` marks an element without a target, which
    informs the prediction of the others but not the loss.

    Read more in the :ref:`user guide <elements>`.

    Parameters
    ----------
    loss : {{"squared_error", "absolute_error", "huber"}}, default="squared_error"
        Loss of an element, on targets less their mean, divided by their standard deviation.

    huber_delta : float, default=1.0
        Where the Huber loss turns from squared to linear, in units of the standardised target.

    {parameters}

    Attributes
    ----------
    {attributes}

    See Also
    --------
    DeepSetsElementClassifier : The same for classes.
    DeepSetsRegressor : One output a set.
    sksets.metrics.element_scorer : Any scikit-learn scorer for targets of elements.

    References
    ----------
    Zaheer, M., Kottur, S., Ravanbakhsh, S., Poczos, B., Salakhutdinov, R. and Smola, A. (2017).
    Deep Sets. Advances in Neural Information Processing Systems 30.

    Examples
    --------
    How far is each number above the mean of its set?

    >>> import numpy as np
    >>> from sksets import DeepSetsElementRegressor
    >>> rng = np.random.default_rng(0)
    >>> X = [rng.uniform(size=(rng.integers(1, 6), 1)) for _ in range(200)]
    >>> y = [s[:, 0] - s.mean() for s in X]
    >>> y[0][0] = np.nan  # an element without a target
    >>> reg = DeepSetsElementRegressor(random_state=0).fit(X[:150], y[:150])
    >>> reg.predict(X[150:])[0].shape == y[150].shape
    True
    >>> bool(reg.score(X[150:], y[150:]) > 0.95)
    True
    """

    _parameter_constraints: dict = {
        **BaseElementOutputs._parameter_constraints,
        "loss": [StrOptions({"squared_error", "absolute_error", "huber"})],
        "huber_delta": [Interval(Real, 0, None, closed="neither")],
    }

    def __init__(
        self,
        *,
        loss="squared_error",
        huber_delta=1.0,
        phi_layer_sizes=(64, 64),
        rho_layer_sizes=(),
        phi=None,
        rho=None,
        equivariant_layer_sizes=(64, 64),
        equivariant_form="lambda_gamma",
        equivariant_pooling="mean",
        residual=False,
        set_norm=False,
        activation="relu",
        dropout=0.0,
        size_feature=False,
        context_in="rho",
        element_kind="auto",
        element_encoder=None,
        embedding_dim=16,
        categorical_features="auto",
        normalize="features",
        augmentation=None,
        optimizer="adamw",
        learning_rate_init=3e-3,
        learning_rate="onecycle",
        weight_decay=0.0,
        max_grad_norm=1.0,
        max_epochs=50,
        batch_size=64,
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
            residual=residual,
            set_norm=set_norm,
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
        y : list of arrays, object array or SetArray, n_sets long
        sample_weight : array-like of shape (n_sets,), or list of arrays, default=None

        Returns
        -------
        self : object
        """
        return self._fit(X, y, sample_weight, stream=True)

    @fitted
    def predict(self, X):
        """Predict the target of each element.

        Parameters
        ----------
        X : list of arrays, SetArray or any container of sets, n_sets long

        Returns
        -------
        y : object array of shape (n_sets,)
            Set ``i`` is an array of shape (n_i,), in the units of the ``y`` that was fitted. After
            a fit on a table, the array is flat.
        """
        sets = self._read_fitted(X)
        return self._by_set(self._predict(sets), sets)

    @fitted
    def score(self, X, y, sample_weight=None):
        """Return the coefficient of determination of the predictions of all labelled elements.

        Parameters
        ----------
        X : list of arrays, SetArray or any container of sets, n_sets long
        y : list of arrays, object array or SetArray, n_sets long
            As in ``fit``.
        sample_weight : array-like of shape (n_sets,), or list of arrays, default=None

        Returns
        -------
        score : float
        """
        sets = self._read_fitted(X)
        target = validate_real_elements(y, sets, estimator=self)
        labelled = ~np.isnan(target)
        weight = validate_element_weight(sample_weight, sets)
        return r2_score(
            target[labelled],
            self._predict(sets)[labelled],
            sample_weight=None if weight is None else weight[labelled],
        )

    def _predict(self, sets):
        outputs = self._element_outputs(sets)[:, 0]
        with np.errstate(over="ignore"):
            y = self._target_unit * (self._target_mean + self._target_scale * outputs)
        require_finite(y, "The prediction", sets.set_ids)
        return y

    def _read_targets(self, y, sets, sample_weight, *, reset):
        target = validate_real_elements(y, sets, estimator=self)
        labelled = ~np.isnan(target)
        weight = validate_element_weight(sample_weight, sets)
        if reset:
            self._target_unit = extreme_unit(target[labelled])
        target = target / self._target_unit
        if reset:
            by_label = None if weight is None else weight[labelled]
            self._target_mean, self._target_scale = weighted_moments(target[labelled], by_label)
        encoded = (target - self._target_mean) / self._target_scale
        return Targets(
            np.where(labelled, encoded, 0.0)[:, None],
            weigh_labelled(labelled, weight, len(sets)),
            n_outputs=1,
            sample_weight=weight,
        )

    def _make_loss(self):
        return make_regression_loss(self.loss, self.huber_delta)

"""Deep Sets classification of elements: a class for each element of a set."""

from numbers import Real

import numpy as np
from scipy.special import softmax
from sklearn.base import ClassifierMixin
from sklearn.metrics import accuracy_score
from sklearn.utils.class_weight import compute_sample_weight

from sksets._compat import Interval, StrOptions
from sksets._deep_sets.base import Targets
from sksets._deep_sets.element_outputs import BaseElementOutputs, weigh_labelled
from sksets._deep_sets.parameters import DEEP_SETS_ATTRIBUTES, ELEMENT_PARAMETERS
from sksets._docs import document
from sksets._fitting import fitted, fitting
from sksets._training import TRAINING_PARAMETERS
from sksets._validation import (
    encode_labels,
    find_element_classes,
    require_same_classes,
    validate_element_weight,
    validate_labels,
    validate_sample_weight,
)
from sksets.nn import make_loss


@document(TRAINING_PARAMETERS, ELEMENT_PARAMETERS, attributes=DEEP_SETS_ATTRIBUTES)
class DeepSetsElementClassifier(ClassifierMixin, BaseElementOutputs):
    """Deep Sets classifier of elements: a class for each element of a set.

    Permutation-equivariant layers let the elements of a set see each other; what is predicted for
    an element depends on it and on the set that it is in (Zaheer et al., 2017, section 3.1 and
    lemma 3). Sets may be partly labelled: -1 or None in ``y`` marks an element without a label,
    which informs the prediction of the others but not the loss.

    Read more in the :ref:`user guide <elements>`.

    Parameters
    ----------
    {parameters}

    class_weight : dict, "balanced" or None, default=None
        Weights of the classes in the loss, as in scikit-learn's classifiers; "balanced" counts
        labelled elements.

    label_smoothing : float, default=0.0
        Share s, below 1, of each target that is spread over all classes: in the loss the target of
        a class is s / n_classes, that of the right one 1 - s + s / n_classes. It keeps
        probabilities from 0 and 1. The validation loss of early stopping is smoothed as well.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The class labels.

    {attributes}

    See Also
    --------
    DeepSetsElementRegressor : The same for real targets.
    DeepSetsClassifier : One output a set.
    sksets.metrics.element_scorer : Any scikit-learn scorer for labels of elements.

    References
    ----------
    Zaheer, M., Kottur, S., Ravanbakhsh, S., Poczos, B., Salakhutdinov, R. and Smola, A. (2017).
    Deep Sets. Advances in Neural Information Processing Systems 30.

    Examples
    --------
    Which numbers are above the mean of their set?

    >>> import numpy as np
    >>> from sksets import DeepSetsElementClassifier
    >>> rng = np.random.default_rng(0)
    >>> X = [rng.normal(size=(rng.integers(2, 9), 1)) for _ in range(200)]
    >>> y = [np.where(s[:, 0] > s.mean(), "above", "below") for s in X]
    >>> clf = DeepSetsElementClassifier(random_state=0).fit(X[:150], y[:150])
    >>> clf.predict_proba(X[150:])[0].shape == (len(X[150]), 2)
    True
    >>> bool(clf.score(X[150:], y[150:]) > 0.9)
    True
    """

    _parameter_constraints: dict = {
        **BaseElementOutputs._parameter_constraints,
        "class_weight": [dict, StrOptions({"balanced"}), None],
        "label_smoothing": [Interval(Real, 0, 1, closed="left")],
    }
    _free_parameters = BaseElementOutputs._free_parameters | {"class_weight"}

    def __init__(
        self,
        *,
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
        max_grad_norm=None,
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
        class_weight=None,
        label_smoothing=0.0,
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
        self.class_weight = class_weight
        self.label_smoothing = label_smoothing

    @fitting
    def partial_fit(self, X, y, classes=None, sample_weight=None):
        """Pass once over a part of the data, at the constant rate ``learning_rate_init``.

        The first call builds the network and learns the scale of the elements.

        Parameters
        ----------
        X : list of arrays, SetArray or any container of sets, n_sets long
        y : list of arrays, object array or SetArray, n_sets long
        classes : array-like of shape (n_classes,), default=None
            All classes that will come; needed in the first call, unless ``y`` has them all.
        sample_weight : array-like of shape (n_sets,), or list of arrays, default=None

        Returns
        -------
        self : object
        """
        return self._fit(X, y, sample_weight, stream=True, classes=classes)

    @fitted
    def predict_proba(self, X):
        """Return the probability of each class for each element.

        Parameters
        ----------
        X : list of arrays, SetArray or any container of sets, n_sets long

        Returns
        -------
        proba : object array of shape (n_sets,)
            Set ``i`` is an array of shape (n_i, n_classes), columns in the order of ``classes_``.
            After a fit on a table, an ndarray of shape (n_sets, n_classes).
        """
        sets = self._read_fitted(X)
        return self._by_set(softmax(self._element_outputs(sets), axis=1), sets)

    @fitted
    def predict(self, X):
        """Predict the class of each element.

        Parameters
        ----------
        X : list of arrays, SetArray or any container of sets, n_sets long

        Returns
        -------
        y : object array of shape (n_sets,)
            Set ``i`` is an array of shape (n_i,). After a fit on a table, the array is flat.
        """
        sets = self._read_fitted(X)
        return self._by_set(self._predict(sets), sets)

    @fitted
    def score(self, X, y, sample_weight=None):
        """Return the share of labelled elements whose class is predicted.

        Parameters
        ----------
        X : list of arrays, SetArray or any container of sets, n_sets long
        y : list of arrays, object array or SetArray, n_sets long
            As in ``fit``. Classes that ``fit`` did not see count as errors.
        sample_weight : array-like of shape (n_sets,), or list of arrays, default=None

        Returns
        -------
        score : float
        """
        sets = self._read_fitted(X)
        labels, labelled = validate_labels(y, sets, estimator=self)
        weight = validate_element_weight(sample_weight, sets)
        return accuracy_score(
            labels[labelled],
            self._predict(sets)[labelled],
            sample_weight=None if weight is None else weight[labelled],
        )

    def _predict(self, sets):
        return self.classes_[np.argmax(self._element_outputs(sets), axis=1)]

    def _read_targets(self, y, sets, sample_weight, *, reset, classes=None):
        need_two = reset and classes is None
        labels, labelled = validate_labels(y, sets, estimator=self, need_two=need_two)
        if reset:
            self.classes_ = find_element_classes(
                labels[labelled], classes, is_table=self._input_spec.is_table
            )
        else:
            require_same_classes(classes, self.classes_)
        # The code of an element without a label is any: its weight is zero.
        codes = np.zeros(len(labels), dtype=np.int64)
        codes[labelled] = encode_labels(labels[labelled], self.classes_)
        weight = self._weigh(codes, labelled, sample_weight, sets)
        return Targets(
            codes,
            weigh_labelled(labelled, weight, len(sets)),
            n_outputs=len(self.classes_),
            sample_weight=weight,
        )

    def _weigh(self, codes, labelled, sample_weight, sets):
        """Return weights of elements by the user and by class, or None."""
        weight = validate_element_weight(sample_weight, sets)
        if self.class_weight is None:
            return weight
        by_class = np.ones(len(codes))
        try:
            by_class[labelled] = compute_sample_weight(
                self.class_weight, self.classes_[codes[labelled]]
            )
            by_class = by_class if weight is None else by_class * weight
            # Products are checked again: weights of classes may be negative, nan or all zero.
            return validate_sample_weight(by_class, by_class)
        except (TypeError, ValueError) as error:
            raise ValueError(f"class_weight={self.class_weight!r}: {error}") from error

    def _make_loss(self):
        return make_loss("cross_entropy", label_smoothing=self.label_smoothing)

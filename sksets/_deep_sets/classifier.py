"""Deep Sets classification: one class, or several labels, for each set."""

from numbers import Real

import numpy as np
from scipy.special import expit, softmax
from sklearn.base import ClassifierMixin
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import column_or_1d

from sksets._compat import Interval, StrOptions
from sksets._deep_sets.base import Targets
from sksets._deep_sets.large_sets import warn_of_large_sets
from sksets._deep_sets.parameters import SET_ATTRIBUTES, SET_PARAMETERS
from sksets._deep_sets.set_outputs import BaseSetOutputs
from sksets._docs import document
from sksets._fitting import fitted, fitting
from sksets._training import TRAINING_PARAMETERS
from sksets._validation import (
    KeyedScore,
    encode_labels,
    find_classes,
    require_indicator,
    require_same_classes,
    validate_sample_weight,
    validate_targets,
)
from sksets.nn import make_loss


def _find_columns(y, classes):
    """Return the labels of a multilabel y, which are the places of its columns."""
    columns = np.arange(y.shape[1])
    if classes is not None and not np.array_equal(find_classes(y, classes), columns):
        raise ValueError(
            f"y has {len(columns)} columns, one a label, and classes={classes!r:.100}. Leave "
            "classes out: the labels of a multilabel y are the places of its columns."
        )
    return columns


@document(TRAINING_PARAMETERS, SET_PARAMETERS, attributes=SET_ATTRIBUTES)
class DeepSetsClassifier(KeyedScore, ClassifierMixin, BaseSetOutputs):
    """Deep Sets classifier: one class, or several labels, for each set.

    The network is f(X) = rho(pool of phi(x) over the elements x of X), which for sum pooling is
    the general form of a function of sets (Zaheer et al., 2017, theorem 2), with a softmax over
    the classes, or a sigmoid for each label of a multilabel ``y``.

    Read more in the :ref:`user guide <estimators>`.

    Parameters
    ----------
    {parameters}

    class_weight : dict, list of dict, "balanced" or None, default=None
        Weights of the classes in the loss, as in scikit-learn's classifiers. For a multilabel
        ``y`` a list of one dict a label, ``{{0: weight, 1: weight}}``; the weights multiply.

    label_smoothing : float, default=0.0
        Share s, below 1, of each target that is spread over all classes: in the loss the target of
        a class is s / n_classes, that of the right one 1 - s + s / n_classes; of a multilabel
        ``y``, 0 is s / 2 and 1 is 1 - s / 2. It keeps probabilities from 0 and 1. The validation
        loss of early stopping is smoothed as well.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The class labels; for a multilabel ``y`` the numbers of its columns.

    {attributes}

    See Also
    --------
    DeepSetsRegressor : Deep Sets for real targets.
    sksets.preprocessing.SetSummarizer : Summaries of sets for any scikit-learn model.

    References
    ----------
    Zaheer, M., Kottur, S., Ravanbakhsh, S., Poczos, B., Salakhutdinov, R. and Smola, A. (2017).
    Deep Sets. Advances in Neural Information Processing Systems 30.

    Examples
    --------
    >>> import numpy as np
    >>> from sksets import DeepSetsClassifier
    >>> rng = np.random.default_rng(0)
    >>> X = [rng.normal(size=(rng.integers(3, 9), 2)) for _ in range(200)]
    >>> y = ["wide" if np.abs(s).max() > 1.8 else "narrow" for s in X]
    >>> clf = DeepSetsClassifier(pooling="max", random_state=0).fit(X[:150], y[:150])
    >>> bool(clf.score(X[150:], y[150:]) > 0.8)
    True
    """

    _parameter_constraints: dict = {
        **BaseSetOutputs._parameter_constraints,
        "class_weight": [dict, list, StrOptions({"balanced"}), None],
        "label_smoothing": [Interval(Real, 0, 1, closed="left")],
    }
    _free_parameters = BaseSetOutputs._free_parameters | {"class_weight"}
    # On the hundred sets of MUSK the width of the regressor does not help.
    _auto_layer_sizes = {"phi_layer_sizes": (64, 64), "rho_layer_sizes": (64,)}

    def __init__(
        self,
        *,
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
        weight_decay=0.0,
        max_grad_norm=None,
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
        self.class_weight = class_weight
        self.label_smoothing = label_smoothing

    @fitting
    def partial_fit(self, X, y, classes=None, sample_weight=None):
        """Pass once over a part of the data, at the constant rate ``learning_rate_init``.

        The first call builds the network and learns the scale of the elements.

        Parameters
        ----------
        X : list of arrays, SetArray or any container of sets, n_sets long
        y : array-like of shape (n_sets,) or (n_sets, n_labels)
        classes : array-like of shape (n_classes,), default=None
            All classes that will come; needed in the first call, unless ``y`` has them all.
        sample_weight : array-like of shape (n_sets,), default=None

        Returns
        -------
        self : object
        """
        return self._fit(X, y, sample_weight, stream=True, classes=classes)

    @fitted
    def predict_proba(self, X):
        """Return the probability of each class, or of each label, for each set.

        Parameters
        ----------
        X : list of arrays, SetArray or any container of sets, n_sets long

        Returns
        -------
        proba : ndarray of shape (n_sets, n_classes)
            Columns in the order of ``classes_``. For a multilabel ``y`` each column is the
            probability of that label.
        """
        sets = self._read_fitted(X)
        warn_of_large_sets(self, sets)
        outputs = self._vote_outputs(sets)
        votes = expit(outputs) if self._multilabel else softmax(outputs, axis=-1)
        return votes.mean(axis=0)

    @fitted
    def predict(self, X):
        """Predict the class, or the labels, of each set.

        Parameters
        ----------
        X : list of arrays, SetArray or any container of sets, n_sets long

        Returns
        -------
        y : ndarray of shape (n_sets,) or (n_sets, n_labels)
            The most probable class, or 1 for each label of a probability above one half.
        """
        proba = self.predict_proba(X)
        if self._multilabel:
            return (proba > 0.5).astype(np.int64)
        return self.classes_[np.argmax(proba, axis=1)]

    def _read_targets(self, y, sets, sample_weight, *, reset, classes=None):
        y = self._check_labels(y, sets)
        if reset:
            self._multilabel = y.ndim == 2
            self.classes_ = _find_columns(y, classes) if y.ndim == 2 else find_classes(y, classes)
        else:
            self._match_labels(y, classes)
        if self._multilabel:
            rows = labels = y.astype(np.float64)
            codes = None
        else:
            rows = codes = encode_labels(y, self.classes_)
            labels = self.classes_[codes]
        weight = self._weigh(labels, sample_weight, sets)
        return Targets(rows, weight, len(self.classes_), codes=codes)

    def _check_labels(self, y, sets):
        """Return one label a set, or an indicator matrix of several."""
        y = validate_targets(y, len(sets), keys=sets.keys, estimator=self, multi_output=True)
        check_classification_targets(y)
        if type_of_target(y) == "multiclass-multioutput":
            raise ValueError(
                "y has several columns of several classes. Pass one label a set, or an indicator "
                "matrix of zeros and ones, one column a label."
            )
        if type_of_target(y) != "multilabel-indicator":
            return column_or_1d(y, warn=True)
        require_indicator(y)
        return y

    def _match_labels(self, y, classes):
        """Raise where labels are not of the kind that the estimator was fitted with."""
        if (y.ndim == 2) != self._multilabel:
            given, fitted = ("multilabel", "one label a set")[:: 1 if y.ndim == 2 else -1]
            raise ValueError(f"y is {given}, but the estimator was fitted with {fitted}.")
        require_same_classes(classes, self.classes_)
        if self._multilabel and y.shape[1] != len(self.classes_):
            raise ValueError(
                f"y has {y.shape[1]} labels, but the estimator was fitted with "
                f"{len(self.classes_)}."
            )

    def _weigh(self, labels, sample_weight, sets):
        """Return the weight of each set in the loss, or None."""
        weight = None if sample_weight is None else validate_sample_weight(sample_weight, sets)
        if self.class_weight is None:
            return weight
        try:
            by_class = compute_sample_weight(self.class_weight, labels)
            # Products are checked again: weights of classes may be negative, nan or all zero.
            return validate_sample_weight(by_class if weight is None else by_class * weight, sets)
        except (TypeError, ValueError) as error:
            raise ValueError(f"class_weight={self.class_weight!r}: {error}") from error

    def _make_loss(self):
        name = "binary_cross_entropy" if self._multilabel else "cross_entropy"
        return make_loss(name, label_smoothing=self.label_smoothing)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags

"""Outliers within a set: which member does not belong to the others."""

from numbers import Real

import numpy as np
from sklearn.base import OutlierMixin
from sklearn.metrics import roc_auc_score

from sksets._compat import Interval, StrOptions
from sksets._deep_sets.base import Targets
from sksets._deep_sets.element_outputs import BaseElementOutputs, mean_unweighted, weigh_labelled
from sksets._deep_sets.losses import MemberLoss
from sksets._deep_sets.outlier_labels import find_outliers, share_found, validate_outliers
from sksets._deep_sets.parameters import DEEP_SETS_ATTRIBUTES, ELEMENT_PARAMETERS
from sksets._deep_sets.planting import Planting
from sksets._docs import document
from sksets._fitting import fitted, fitting
from sksets._training import TRAINING_PARAMETERS
from sksets._validation import require_target, validate_element_weight
from sksets.nn import make_loss


@document(TRAINING_PARAMETERS, ELEMENT_PARAMETERS, attributes=DEEP_SETS_ATTRIBUTES)
class SetOutlierDetector(OutlierMixin, BaseElementOutputs):
    """Detector of outliers within a set, by a permutation-equivariant network.

    Which member does not belong to the others of its set is a question of the set, not of the
    member alone: among cats the dog is the outlier, among dogs the cat. The network gives one
    number an element; a softmax over the members of the set makes probabilities of them (Zaheer et
    al., 2017, section 4.3 and appendix I).

    Read more in the :ref:`user guide <outliers>`.

    Parameters
    ----------
    contamination : "auto" or float, default="auto"
        Share of the elements of ``fit`` that ``predict`` calls outliers, in (0, 0.5]. With "auto"
        an element is one when its probability is more than twice that of chance, or, after a fit
        on arrays of labels, more than one half.

    {parameters}

    Attributes
    ----------
    offset_ : float
        ``decision_function`` is ``score_samples`` less ``offset_``.

    {attributes}

    See Also
    --------
    DeepSetsElementClassifier : Classes of elements.
    sksets.plotting.SetOutlierDisplay : A picture of sets and their outliers.

    References
    ----------
    Zaheer, M., Kottur, S., Ravanbakhsh, S., Poczos, B., Salakhutdinov, R. and Smola, A. (2017).
    Deep Sets. Advances in Neural Information Processing Systems 30.

    Examples
    --------
    Members lie around a point that is another in each set; the outlier does not.

    >>> import numpy as np
    >>> from sksets import SetOutlierDetector
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(300, 1, 2)) * 5 + rng.normal(size=(300, 8, 2))
    >>> y = rng.integers(8, size=300)
    >>> X[np.arange(300), y] += 6
    >>> detector = SetOutlierDetector(random_state=0).fit(X[:200], y[:200])
    >>> bool(np.mean(detector.predict_index(X[200:]) == y[200:]) > 0.9)
    True
    """

    _parameter_constraints: dict = {
        **BaseElementOutputs._parameter_constraints,
        "contamination": [StrOptions({"auto"}), Interval(Real, 0, 0.5, closed="right")],
    }
    _free_parameters = BaseElementOutputs._free_parameters | {"contamination"}

    def __init__(
        self,
        *,
        contamination="auto",
        phi_layer_sizes=(64,),
        rho_layer_sizes=(),
        phi=None,
        rho=None,
        equivariant_layer_sizes=(64, 64),
        # "gamma", x - pool(x), finds 98 % of the outliers among digits after one epoch and this
        # form 90 %, but it sees nothing of an element alone in its set: there x - pool(x) is zero.
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
        max_epochs=100,
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
        self.contamination = contamination

    @fitting
    def fit(self, X, y=None, sample_weight=None):
        """Learn to tell outliers from the members of their sets.

        Parameters
        ----------
        X : list of arrays, SetArray or any container of sets, n_sets long
            Set ``i`` is an array of shape (n_i, n_features), or 1-D for tokens. See
            :ref:`containers`.
        y : array-like of shape (n_sets,), or list of arrays, default=None
            The index of the outlier within each set, -1 for none; or one array a set, of shape
            (n_i,), -1 for an outlier and +1 for a member, any number of either. None learns from X
            alone: in each batch one member of each set of three or more is replaced by an element
            of another set, which is then the outlier, and a set of one element by noise, each
            feature of which is that of another random element. Without effect where X is a table,
            n sets of one element.
        sample_weight : array-like of shape (n_sets,), or list of arrays, default=None
            Weight of each set, or of each element, in the loss.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError
            For bad input; the message names the set. The estimator stays as it was.
        FloatingPointError
            When the loss becomes infinite or nan. The estimator stays as it was.
        KeyboardInterrupt
            When the user interrupts it. The estimator keeps what whole epochs have learned.
        """
        self._fit(X, y, sample_weight)
        # Log-odds of one half, or -log(n p) of a probability p of twice the chance 1 / n.
        self.offset_ = 0.0 if self._labels == "arrays" else -np.log(2)
        if self.contamination != "auto":
            scores = self._scores(self._read_fitted(X))
            self.offset_ = np.percentile(scores, 100 * self.contamination)
        return self

    def fit_predict(self, X, y=None, sample_weight=None):
        """Fit, and return -1 for the outliers of X and +1 for the members.

        Parameters
        ----------
        X : list of arrays, SetArray or any container of sets, n_sets long
        y : array-like of shape (n_sets,), or list of arrays, default=None
            As in ``fit``.
        sample_weight : array-like of shape (n_sets,), or list of arrays, default=None

        Returns
        -------
        labels : object array of shape (n_sets,)
            Set ``i`` is an array of shape (n_i,). After a fit on a table, the array is flat.
        """
        # scikit-learn's own takes y and ignores it.
        return self.fit(X, y, sample_weight).predict(X)

    @fitted
    def score_samples(self, X):
        """Return how well each element belongs to its set: the lower, the more of an outlier.

        -log(n p) with n the size of the set and p the probability: zero where an element is as
        likely to be the outlier as any other, whatever the size, so that scores of sets of
        different sizes compare. After a fit on arrays of labels, the log-odds of a member; after
        one without labels, those of an element alone in its set not to be noise.

        Parameters
        ----------
        X : list of arrays, SetArray or any container of sets, n_sets long

        Returns
        -------
        scores : object array of shape (n_sets,)
            Set ``i`` is an array of shape (n_i,). After a fit on a table, the array is flat.
        """
        sets = self._read_fitted(X)
        return self._by_set(self._scores(sets), sets)

    @fitted
    def decision_function(self, X):
        """Return ``score_samples(X)`` less ``offset_``, below zero for an outlier.

        Parameters
        ----------
        X : list of arrays, SetArray or any container of sets, n_sets long

        Returns
        -------
        scores : object array of shape (n_sets,)
            Set ``i`` is an array of shape (n_i,). After a fit on a table, the array is flat.
        """
        sets = self._read_fitted(X)
        return self._by_set(self._scores(sets) - self.offset_, sets)

    @fitted
    def predict(self, X):
        """Return -1 for outliers and +1 for members.

        Parameters
        ----------
        X : list of arrays, SetArray or any container of sets, n_sets long

        Returns
        -------
        labels : object array of shape (n_sets,)
            Set ``i`` is an array of shape (n_i,). After a fit on a table, the array is flat.
        """
        sets = self._read_fitted(X)
        return self._by_set(np.where(self._scores(sets) < self.offset_, -1, 1), sets)

    @fitted
    def predict_proba(self, X):
        """Return the probability that each element is the outlier of its set, if there is one.

        Parameters
        ----------
        X : list of arrays, SetArray or any container of sets, n_sets long

        Returns
        -------
        proba : object array of shape (n_sets,)
            Set ``i`` is an array of shape (n_i,) that sums to one; that of a set of one element
            is one. After a fit on a table, the array is flat.
        """
        sets = self._read_fitted(X)
        return self._by_set(np.exp(self._log_proba(self._logits(sets), sets)), sets)

    @fitted
    def predict_index(self, X):
        """Return the index of the likeliest outlier within each set.

        Parameters
        ----------
        X : list of arrays, SetArray or any container of sets, n_sets long

        Returns
        -------
        index : ndarray of shape (n_sets,), int64
            -1 for an empty set.
        """
        return self._likeliest(self._read_fitted(X))

    @fitted
    def score(self, X, y, sample_weight=None):
        """Return the share of outliers found, or the area under the ROC curve.

        Parameters
        ----------
        X : list of arrays, SetArray or any container of sets, n_sets long
        y : array-like of shape (n_sets,), or list of arrays
            As in ``fit``. With indices the score is the share of the sets with an outlier whose
            outlier ``predict_index`` gives; with arrays it is the area under the ROC curve of
            ``score_samples`` over all elements.
        sample_weight : array-like of shape (n_sets,), or list of arrays, default=None

        Returns
        -------
        score : float
            nan after a fit on a table, whose sets of one element have no outlier.
        """
        sets = self._read_fitted(X)
        if self._input_spec.is_table:
            return np.nan
        require_target(y, self)
        labels, is_outlier = validate_outliers(y, sets, estimator=self)
        weight = validate_element_weight(sample_weight, sets)
        if labels == "arrays":
            return roc_auc_score(is_outlier < 1, self._scores(sets), sample_weight=weight)
        by_set = None if weight is None else mean_unweighted(weight, sets)
        return share_found(self._likeliest(sets), find_outliers(is_outlier, sets), by_set)

    def _logits(self, sets):
        return self._element_outputs(sets)[:, 0]

    def _log_proba(self, outputs, sets):
        if len(outputs) == 0:
            return outputs
        filled = sets.sizes > 0
        totals = np.logaddexp.reduceat(outputs, sets.offsets[:-1][filled])
        return outputs - np.repeat(totals, sets.sizes[filled])

    def _scores(self, sets):
        outputs = self._logits(sets)
        if self._labels == "arrays":
            return -outputs
        sizes = np.repeat(sets.sizes, sets.sizes)
        scores = -self._log_proba(outputs, sets) - np.log(sizes)
        return np.where(sizes == 1, -outputs, scores) if self._labels == "none" else scores

    def _likeliest(self, sets):
        # Sorted by set, and within a set by probability: the first of a set is what is wanted.
        order = np.lexsort((-self._logits(sets), sets.set_ids))
        order = np.append(order, -1)  # for the offset of empty sets at the end, one past the last
        return np.where(sets.sizes > 0, order[sets.offsets[:-1]] - sets.offsets[:-1], -1)

    def _read_targets(self, y, sets, sample_weight, *, reset):
        labels, target = validate_outliers(y, sets, estimator=self, fitting=True)
        if reset:
            self._labels = labels
        elif labels != self._labels:
            raise ValueError(
                f"The network was fitted with labels of the kind {self._labels!r}, and warm_start "
                f"goes on with it; found {labels!r}. Use fit with warm_start=False."
            )
        weight = validate_element_weight(sample_weight, sets)
        if labels == "arrays":
            rows, everywhere = target[:, None], np.ones(len(target), dtype=bool)
            loss_weight = weigh_labelled(everywhere, weight, len(sets))
        else:
            # The softmax over the members makes one loss of a set.
            by_set = mean_unweighted(np.ones(len(target)) if weight is None else weight, sets)
            rows, loss_weight = target, np.repeat(by_set / by_set.mean(), sets.sizes)
            if labels == "index":
                # The softmax of one element is 1 whatever its output: it has no loss.
                loss_weight[np.repeat(sets.sizes == 1, sets.sizes)] = 0.0
        return Targets(
            rows,
            loss_weight,
            n_outputs=1,
            sample_weight=weight,
            make_transform=Planting if labels == "none" else None,
        )

    def _make_loss(self):
        if self._labels == "arrays":
            return make_loss("binary_cross_entropy")
        return MemberLoss(alone=self._labels == "none")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.required = False
        return tags

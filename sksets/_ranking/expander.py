"""SetExpander: which items belong to a set."""

from numbers import Integral, Real

import numpy as np
import torch
from sklearn.base import TransformerMixin

from sksets._arguments import LARGEST_SIZE
from sksets._compat import Interval, StrOptions
from sksets._docs import document
from sksets._fitting import fitted, fitting
from sksets._ranking.base import BaseItemRanker
from sksets._ranking.expander_network import (
    RankingLoss,
    build_expander,
    default_negatives,
    join_candidates,
    scale_items,
)
from sksets._ranking.hiding import Hiding
from sksets._ranking.leaving_out import LeaveOneOutMixin
from sksets._training import NETWORK_ATTRIBUTES, TRAINING_PARAMETERS, BaseNetworkEstimator
from sksets._validation import NumberedFeaturesOutMixin, index_by_keys
from sksets.nn import ACTIVATIONS, INTERACTIONS


@document(TRAINING_PARAMETERS, attributes=NETWORK_ATTRIBUTES)
class SetExpander(
    NumberedFeaturesOutMixin,
    TransformerMixin,
    LeaveOneOutMixin,
    BaseItemRanker,
    BaseNetworkEstimator,
):
    """Set expansion: learn which items belong to a set, and rank all items for it.

    From training sets of items (words of a topic, tags of a picture, a shopping basket) the
    network learns the score s(x | X) of an item x for a set X: in each batch a part of every set
    is hidden, and the hidden items should score above all others (Zaheer et al., 2017, sections
    3.1 and 4.2). With a context z, one row a set, it learns s(x | X, z), and X may be empty.

    Read more in the :ref:`user guide <expansion>`.

    Parameters
    ----------
    interaction : {{"dot", "sum", "concat"}}, default="dot"
        How set and item meet. "dot": a vector of the set times a vector of the item, one matrix
        product for all items. "sum", the paper's: rho of the pooled set with the item added;
        with ``pooling="max"`` its NN-max. "concat": rho of the pooled set beside phi of the item,
        the paper's NN-sum-con and NN-max-con.

    loss : {{"softmax", "margin"}}, default="softmax"
        "softmax" is the cross-entropy of each hidden item under a softmax over all items of the
        training sets. "margin" is the paper's max(0, s(x' | X) - s(x | X) + margin) for hidden
        items x and negatives x'.

    targets : {{"hidden", "all"}}, default="hidden"
        Which items of a set are to be scored above the others in training: those hidden, or all,
        the shown ones too. Among the hidden words of the authors' training, with the margin loss,
        are shown ones.

    max_query_size : int or None, default=None
        Items of a set that are shown in training at most; None allows all but one. A bound can
        help where queries will be small and items have no features.

    margin : float, default=0.1
        Delta of the margin loss.

    n_negatives : int or None, default=None
        Negatives of a batch, with which all its hidden items are compared: of the margin loss 100
        with None. Of the softmax they stand for all items; with None these are all items
        themselves up to 65,536 of them for "dot", and otherwise 8,192 for "dot" and 1,024 for the
        others.

    negative_sampling : {{"uniform", "popularity"}}, default="uniform"
        Whether all items of the training sets are drawn alike, or by how often they occur.

    vocabulary : array-like of shape (n_items,), default=None
        The items that may be ranked, in this order; by default those of the training sets and
        those that ``item_features`` names, sorted.

    embedding_dim : int, default=128
        Length of the learned vector of an item.

    phi_layer_sizes : array-like of int, default=()
        Widths of phi, the network that the vector of each item passes through by itself; no
        activation follows the last layer.

    rho_layer_sizes : array-like of int, default=()
        Widths of the hidden layers of rho, the network behind the pooling. Of "sum" and "concat"
        it gives the score, of "dot" what is added to the pooled vector.

    pooling : str or tuple of str, default="mean"
        "sum", "mean", "std" (the standard deviation), "log_std" (its logarithm), "max", "min",
        "logsumexp", "attention", or a tuple of them, which are concatenated. An empty set is pooled
        to zero. "attention" is the pooling by multihead attention of the Set Transformer (Lee et
        al., 2019).

    context_in : {{"rho", "phi", "both"}}, default="rho"
        What the context of a set, if it has one, is given to: rho, phi(x | z) of each item of
        the set (Zaheer et al., 2017, section 3.1), or both. "phi" and "both" are for "dot", and
        need a layer in ``phi_layer_sizes``.

    activation : str, default="relu"
        Activation between the layers: "relu", "tanh", "gelu", "elu", "silu", and others.

    dropout : float, default=0.5
        Share of the hidden units of phi and rho, and for "dot" of the pooled vector, that are
        dropped in a training step.

    unknown_items : {{"error", "ignore"}}, default="error"
        What to do with items of a query, or of the training sets, that are not in ``vocabulary_``:
        raise, or leave them out. A query of which nothing is left is ranked as an empty set.

    element_kind : {{"auto", "numeric", "token"}}, default="auto"
        What the elements are. "auto" takes strings and single integers for items, and a 2-D array
        for n sets of one vector; "token" takes the rows of a 2-D array for sets of items.

    {parameters}

    Attributes
    ----------
    {attributes}

    See Also
    --------
    BayesianSets : Scores in closed form.
    sksets.baselines : Popularity, co-occurrence, nearest vectors.
    sksets.plotting.ExpansionDisplay : A picture of queries and rankings.

    References
    ----------
    Zaheer, M., Kottur, S., Ravanbakhsh, S., Poczos, B., Salakhutdinov, R. and Smola, A. (2017).
    Deep Sets. Advances in Neural Information Processing Systems 30.

    Examples
    --------
    >>> from sksets import SetExpander
    >>> X = [["tea", "milk", "scones"], ["rum", "mint", "lime"], ["tea", "milk", "honey"]] * 10
    >>> expander = SetExpander(max_epochs=50, random_state=0).fit(X)
    >>> items, scores = expander.rank([["tea"], ["rum", "lime"]], n_items=1)
    >>> items
    array([['milk'],
           ['mint']], dtype='<U6')
    """

    _free_parameters = BaseNetworkEstimator._free_parameters | {"unknown_items"}
    _parameter_constraints: dict = {
        **BaseNetworkEstimator._parameter_constraints,
        **BaseItemRanker._parameter_constraints,
        "interaction": [StrOptions(set(INTERACTIONS))],
        "loss": [StrOptions({"margin", "softmax"})],
        "targets": [StrOptions({"all", "hidden"})],
        "max_query_size": [Interval(Integral, 1, LARGEST_SIZE, closed="both"), None],
        "margin": [Interval(Real, 0, None, closed="left")],
        "n_negatives": [Interval(Integral, 1, LARGEST_SIZE, closed="both"), None],
        "negative_sampling": [StrOptions({"popularity", "uniform"})],
        "embedding_dim": [Interval(Integral, 1, LARGEST_SIZE, closed="both")],
        "phi_layer_sizes": ["array-like"],
        "rho_layer_sizes": ["array-like"],
        "pooling": [str, tuple, list],
        "context_in": [StrOptions({"rho", "phi", "both"})],
        "activation": [StrOptions(set(ACTIVATIONS))],
        "dropout": [Interval(Real, 0, 1, closed="left")],
    }

    def __init__(
        self,
        *,
        interaction="dot",
        loss="softmax",
        targets="hidden",
        # Of LDA-1k a bound of ten ranks 8.56 % of the words among the first ten, and none 8.23, but
        # where words have vectors 12.4 and 12.5.
        max_query_size=None,
        margin=0.1,
        n_negatives=None,
        negative_sampling="uniform",
        vocabulary=None,
        embedding_dim=128,
        phi_layer_sizes=(),
        rho_layer_sizes=(),
        pooling="mean",
        context_in="rho",
        activation="relu",
        dropout=0.5,
        unknown_items="error",
        element_kind="auto",
        optimizer="adamw",
        learning_rate_init=3e-3,
        learning_rate="onecycle",
        weight_decay=0.0,
        max_grad_norm=1.0,
        max_epochs=200,
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
        self.interaction = interaction
        self.loss = loss
        self.targets = targets
        self.max_query_size = max_query_size
        self.margin = margin
        self.n_negatives = n_negatives
        self.negative_sampling = negative_sampling
        self.vocabulary = vocabulary
        self.embedding_dim = embedding_dim
        self.phi_layer_sizes = phi_layer_sizes
        self.rho_layer_sizes = rho_layer_sizes
        self.pooling = pooling
        self.context_in = context_in
        self.activation = activation
        self.dropout = dropout
        self.unknown_items = unknown_items
        self.element_kind = element_kind

    @fitting
    def fit(self, X, y=None, item_features=None):
        """Learn which items belong to a set.

        Parameters
        ----------
        X : list of arrays, SetArray or any container of sets, n_sets long
            Sets of items, integers or strings, each item once a set. Their context, if they have
            one (``SetArray.from_sets(X, context=Z)``), conditions the score.
        y : list of arrays, SetArray, or array-like of shape (n_sets,), default=None
            Further items of each set, or one a set, that are always hidden; of those of X a part
            is, drawn anew in each batch. Without effect where X is a table.
        item_features : array of shape (n_items, n_features), dict or pandas DataFrame, default=None
            Vectors of items, for example of words: an array in the order of ``vocabulary``, or a
            dict or DataFrame that names the items (in its index) and need not name all. Items
            that occur in no training set can be ranked by their features, and asked about. With
            ``warm_start`` those of the first fit stay.

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
        starts = self._starts()
        sets, ids, is_hidden = self._fit_items(
            X, y, item_features, reset=starts, finite_in=self.dtype
        )
        if starts:
            features = self._item_features(item_features)
            self._number_items(ids.values, features)
        self._check_trained(sets, ids)
        sets = self._network_sets(sets, ids)
        if starts:
            self._learn_context_scale(sets)
            self._element_scaler = scale_items(self)
            self._draw_seed()
            with self._seeded():
                module = build_expander(self, features)
            self._n_features_out = module.embedding_features
            self._start(module, RankingLoss(self.loss, self.margin))
        rng = self._generator()
        dataset = self._pack(sets, self._ids[ids.values], is_hidden, elementwise=True)
        dataset.transform = self._make_hiding(dataset, rng)
        # In an empty set nothing is hidden: held out, it would tell nothing.
        self._train(dataset, rng, candidates=np.flatnonzero(ids.sizes))
        return self

    @fitted
    def transform(self, X):
        """Return the pooled embedding of each set.

        Parameters
        ----------
        X : list of arrays, SetArray or any container of sets, n_sets long

        Returns
        -------
        embedding : ndarray of shape (n_sets, n_embedding_features)
        """
        sets = self._network_sets(*self._check_query(X))
        module = self.net_.module_
        return index_by_keys(self, self._outputs(sets, module.embed, module.embed_pieces), sets)

    def _network_sets(self, sets, ids):
        """Return the sets as the network takes them: its ids, or vectors where items are."""
        return sets if self._input_spec.kind == "numbers" else ids.map_values(self._ids[ids.values])

    def _check_trained(self, sets, ids):
        """Raise where a fit that goes on meets an item that the network never learned."""
        new = self._ids[ids.values] >= self._n_trained
        if new.any():
            row = int(np.argmax(new))
            raise ValueError(
                f"Set {sets.set_ids[row]} holds the item {sets.values[row]!s}, which no set of the "
                "first fit held, and warm_start goes on with the items of that. Use fit with "
                "warm_start=False."
            )

    def _number_items(self, positions, features):
        """Give the items the ids that they have in the network, those of training first."""
        counts = np.bincount(positions, minlength=len(self.vocabulary_))
        is_trained = counts > 0
        # The learned vectors are then the first rows of those of all items.
        order = np.argsort(~is_trained, kind="stable")
        self._ids = np.argsort(order)
        self._n_trained = int(is_trained.sum())
        self._counts = counts[order[: self._n_trained]]
        # Of an item without training and without features nothing is known.
        self._is_known = is_trained
        if features is not None:
            self._is_known = is_trained | features[1]

    def _make_hiding(self, dataset, rng):
        uniform = self.negative_sampling == "uniform"
        chances = np.ones(self._n_trained) if uniform else self._counts
        return Hiding(
            shown_too=self.targets == "all",
            max_shown=self.max_query_size,
            n_negatives=default_negatives(self),
            chances=chances / chances.sum(),
            rng=rng,
            device=dataset.device,
            dtype=dataset.dtype,
        )

    def _candidate_state(self, chosen):
        module = self.net_.module_
        ids = torch.from_numpy(self._ids[chosen]).to(self.net_.device)
        with torch.inference_mode():
            # In parts: the hidden layers of phi on a whole vocabulary take much memory.
            items = join_candidates([module.describe(part) for part in ids.split(2**12)])
        return items, ~self._is_known[chosen]

    def _score_block(self, sets, ids, state):
        items, unknown = state
        sets = self._network_sets(sets, ids)
        device = items.vectors.device
        module = self.net_.module_
        rows = torch.from_numpy(self._outputs(sets, module.query, module.query_pieces)).to(device)
        packed = self._pack(sets, resident=False)
        with torch.inference_mode():
            scores = module.score(rows, packed.context, packed.sizes.to(device), items)
        scores = scores.cpu().numpy()
        scores[:, unknown] = -np.inf
        return scores

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.required = False
        tags.transformer_tags.preserves_dtype = []
        return tags

"""Documentation of the parameters and attributes that the estimators of Deep Sets share."""

from sksets._training import NETWORK_ATTRIBUTES

DEEP_SETS_ATTRIBUTES = (
    NETWORK_ATTRIBUTES
    + """
categories_ : list of ndarray
    The known categories of each categorical feature, sorted. Not defined for tokens.
"""
)

SET_ATTRIBUTES = (
    DEEP_SETS_ATTRIBUTES
    + """
pooling_ : str, SetPooling or tuple
    The pooling of the network, which is ``pooling`` or what was chosen for "auto".

selection_ : list of dict
    What was tried for "auto", in order: ``pooling``, ``phi_layer_sizes``, ``rho_layer_sizes``,
    ``dropout``, ``n_epochs`` of the trial, ``best_epoch`` and the ``held_out_loss`` after it. Empty
    where nothing was chosen.
"""
)

# The order of the parameters is that of the signature.
_AUGMENTATION = """
augmentation : {{"rotation", "scale", "shift"}}, callable or None, default={augmentation}
    What changes every training batch at random. A name is the class of
    :mod:`sksets.augmentation` as it is: "rotation" of points about their last axis, "scale" of
    points by 1.25 at most, "shift" of images by a fourteenth of their shorter side at most. A
    callable is ``augmentation(batch, generator)`` -> :class:`sksets.nn.SetBatch` %s;
    those of :mod:`sksets.augmentation`, or one's own. Of the SetBatch that it is given, ``values``
    (M, \\*element_shape) are as they were passed to ``fit``, but for a token or a category its
    place among the known ones, counted from 1, of ``dtype`` (bytes stay bytes) or of float64
    where ``dtype`` would lose digits; the context is standardised. ``generator`` is the
    torch.Generator to draw from.
"""

DEEP_SETS_PARAMETERS = (
    """
phi_layer_sizes : array-like of int, default={phi_layer_sizes}
    Widths of phi, the network that each element passes through by itself. The last one is
    the width of the pooled embedding; no activation follows it.

rho_layer_sizes : array-like of int, default={rho_layer_sizes}
    Widths of the hidden layers of rho, the network from the pooled embedding (with
    the context) to the output. What they give is added to a linear function of the
    same input, so that sums extrapolate; ``()`` leaves the linear function alone.

phi : torch.nn.Module or None, default={phi}
    A network in place of the one of ``phi_layer_sizes``: (M, n_features) -> (M, h) for the
    elements of all sets of a batch, with the columns of the context behind the features where
    ``context_in`` gives it to phi. A layer, or a member of a ``torch.nn.Sequential``, whose
    ``forward`` takes ``(h, batch)``, such as those of :mod:`sksets.nn`, gets the sets too. It is
    copied before it is trained, from the weights that it has; no activation follows it.

rho : torch.nn.Module or None, default={rho}
    A network in place of the one of ``rho_layer_sizes``, copied like ``phi``: (B, n) -> (B, k)
    for the pooled embedding with the context and log(1 + size) behind it, where rho is given
    these; k is the number of outputs.

equivariant_layer_sizes : array-like of int, default={equivariant_layer_sizes}
    Widths of permutation-equivariant layers between phi and the pooling, through which the
    elements of a set see each other (Zaheer et al., 2017, equation 4).

equivariant_form : {{"lambda_gamma", "gamma", "attention"}}, default={equivariant_form}
    Form of these layers. "lambda_gamma" is ``Lambda x - Gamma pool(x)`` with two matrices
    (Zaheer et al., 2017, equation 4), "gamma" is ``Gamma (x - pool(x))`` with one (equation
    23), "attention" is the induced set attention block of the Set Transformer with four
    inducing points (Lee et al., 2019), which has no ``equivariant_pooling``.

equivariant_pooling : {{"max", "mean", "sum"}}, default={equivariant_pooling}
    Pooling of these layers, ``pool`` in the formulas of ``equivariant_form``.

pooling : str, sksets.nn.SetPooling or tuple of them, default={pooling}
    "sum", "mean", "std" (the standard deviation), "log_std" (its logarithm), "max", "min",
    "logsumexp", "attention", a layer that pools elements of the width that phi gives, which is
    copied like ``phi``, or a tuple of them, which are concatenated. An empty set is pooled
    to zero. "attention" is the pooling by multihead attention of the Set Transformer (Lee et
    al., 2019). "auto" is the one of "sum", "mean", ("mean", "max") and ("mean", "std") with
    the least loss on held-out sets after a short training of each; see ``pooling_`` and
    ``selection_``.

activation : str, default={activation}
    Activation between the layers: "relu", "tanh", "gelu", "elu", "silu", and others.

dropout : float, default={dropout}
    Share of the hidden units of phi and rho that are dropped in a training step.

size_feature : bool, default={size_feature}
    Whether log(1 + size) of the set is given to rho beside the pooled embedding.

context_in : {{"rho", "phi", "both"}}, default={context_in}
    What the context z of a set, if it has one, is given to: rho, beside the pooled embedding; phi,
    beside each element, so that phi(x | z) is pooled (Zaheer et al., 2017, section 3.1); or both.

element_kind : {{"auto", "numeric", "token"}}, default={element_kind}
    What the elements are. "auto" takes strings for tokens and numbers for vectors; integers
    are tokens with "token" only. A token seen at predict alone gets the mean of the learned
    embeddings.

element_encoder : "conv", torch.nn.Module or None, default={element_encoder}
    What turns an element of any shape into a vector before phi. "conv" is a small
    convolutional network for images, (M, height, width) or (M, channels, height, width). A
    module maps (M, \\*element_shape) to (M, h); it is copied before it is trained.

embedding_dim : int, default={embedding_dim}
    Length of the embedding of a token, and of that of each categorical feature.

categorical_features : "auto", array-like or None, default={categorical_features}
    Which features of an element are categories: their names, their places, or a mask, as in
    scikit-learn's gradient boosting. "auto" takes the columns of strings (and of categorical
    dtype in a frame). Each gets an embedding, which is given to phi beside the other features;
    a category seen at predict alone gets the mean of the learned embeddings.

normalize : {{"features", "set"}} or None, default={normalize}
    "features" scales each feature to zero mean and unit variance over all elements of the
    training sets (images: all pixels together); "set" centres each set and divides it by its
    global standard deviation: each feature by itself, each pixel of images, and elements of
    shape (k, d), if the encoder is not "conv", as k points of d coordinates each, which have one
    mean a coordinate; None leaves elements as they are, but gives bytes to the encoder "conv" as
    shares of 255. Numbers are scaled in double precision before they are cast to
    ``dtype``. Does not concern tokens and categorical features.

elements_per_set : int or None, default={elements_per_set}
    Elements of a set that the network sees at once: of a larger set a random subset without
    replacement, another one in each epoch. A network that was trained on subsets predicts on
    subsets of that size; with ``pooling="sum"`` the sum is that of the subset. Which elements
    they are is the same for the same set whenever it is predicted, whatever their order and the
    other sets. None for all elements.

n_votes : int, default={n_votes}
    Subsets of each set at prediction; the mean of what is predicted for them is returned: of
    probabilities, of real targets, in ``transform`` of embeddings. It may be set after ``fit``.
    Without ``elements_per_set``, and for smaller sets, there is one subset, the whole set.

validation_fraction : float, default={validation_fraction}
    Share of the sets held out by ``early_stopping``; stratified for a classifier.
"""
    + _AUGMENTATION % "of as many sets, which may gain and lose elements"
)

SET_PARAMETERS = (
    DEEP_SETS_PARAMETERS
    + """
phi_layer_sizes : array-like of int or "auto", default={phi_layer_sizes}
    Widths of phi, the network that each element passes through by itself. The last one is
    the width of the pooled embedding; no activation follows it. "auto" is (128, 128) for a
    regressor and (64, 64) for a classifier. Where ``rho_layer_sizes`` is "auto" as well, a network
    of tokens without hidden layers is tried too: the learned vectors of the tokens are pooled, and
    the output is linear in that.

rho_layer_sizes : array-like of int or "auto", default={rho_layer_sizes}
    Widths of the hidden layers of rho, the network from the pooled embedding (with
    the context) to the output. What they give is added to a linear function of the
    same input, so that sums extrapolate; ``()`` leaves the linear function alone. "auto" is (64,).

dropout : float or "auto", default={dropout}
    Share of the hidden units of phi and rho that are dropped in a training step. "auto" is 0,
    but 0.3 where the network overfits without and the loss on held-out sets is less with it;
    that is found where ``max_epochs`` is "auto" as well.

max_epochs : int or "auto", default={max_epochs}
    Passes over the training sets. "auto" is the number after which the loss on held-out sets is
    the least, and where it falls to the end of a trial of 50, as many as have 2,500 steps, between
    100 and 200. Held out are 15 % of the sets, and of less than 20 none, in which case nothing is
    chosen; then the network is fitted to all sets. With ``early_stopping`` and "auto", these 100
    to 200 are the most.
"""
)

# With one output an element some parameters read differently: the later text counts.
ELEMENT_PARAMETERS = (
    DEEP_SETS_PARAMETERS
    + """
phi_layer_sizes : array-like of int, default={phi_layer_sizes}
    Widths of phi, the network that each element passes through by itself first.

rho_layer_sizes : array-like of int, default={rho_layer_sizes}
    Widths of the hidden layers of rho, the network that each element passes through by
    itself last, with the context of its set; a linear function of the same input is added.

rho : torch.nn.Module or None, default={rho}
    A network in place of the one of ``rho_layer_sizes``, copied like ``phi``: (M, n) -> (M, k)
    for what comes out of the layers before it, with the context and log(1 + size) of the set
    behind it, where rho is given these; k is the number of outputs.

equivariant_layer_sizes : array-like of int, default={equivariant_layer_sizes}
    Widths of the permutation-equivariant layers between phi and rho, through which the
    elements of a set see each other. Without any, each element is judged by itself.

residual : bool, default={residual}
    Whether the input of an equivariant layer is added to its output, where the widths are
    equal.

set_norm : bool, default={set_norm}
    Whether the input of each activation between equivariant layers is standardised over all
    elements and channels of the set (Zhang et al., 2022).

dropout : float, default={dropout}
    Share of the channels that are dropped before each equivariant layer and before rho in a
    training step, for all elements of a set together.
"""
    + _AUGMENTATION % "of the same sizes"
)

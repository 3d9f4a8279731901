"""The parameters that several estimators share, documented once."""

_PARAMETERS = """phi_layer_sizes : array-like of int, default={phi_layer_sizes}
        Widths of phi, the network that each element passes through by itself. The last one is
        the width of the pooled embedding; no activation follows it.

    rho_layer_sizes : array-like of int, default={rho_layer_sizes}
        Widths of the hidden layers of rho, the network from the pooled embedding (with
        the context) to the output. What they give is added to a linear function of the
        same input, so that sums extrapolate; ``()`` leaves the linear function alone.

    equivariant_layer_sizes : array-like of int, default={equivariant_layer_sizes}
        Widths of permutation-equivariant layers between phi and the pooling, through which the
        elements of a set see each other (Zaheer et al., 2017, equation 4).

    pooling : str or tuple of str, default={pooling}
        "sum", "mean", "std" (the standard deviation), "log_std" (its logarithm), "max", "min",
        "logsumexp", "attention", or a tuple of them, which are concatenated. An empty set is pooled
        to zero. "attention" is the pooling by multihead attention of the Set Transformer (Lee et
        al., 2019).

    activation : str, default={activation}
        Activation between the layers: "relu", "tanh", "gelu", "elu", "silu", and others.

    dropout : float, default={dropout}
        Share of the hidden units of phi and rho that are dropped in a training step.

    size_feature : bool, default={size_feature}
        Whether log(1 + size) of the set is given to rho beside the pooled embedding.

    element_kind : {{"auto", "numeric", "token"}}, default={element_kind}
        What the elements are. "auto" takes strings for tokens and numbers for vectors; integers
        are tokens with "token" only. A token seen at predict alone gets the mean of the learned
        embeddings.

    element_encoder : "conv", torch.nn.Module or None, default={element_encoder}
        What turns an element of any shape into a vector before phi. "conv" is a small
        convolutional network for images, (M, height, width) or (M, channels, height, width). A
        module maps (M, \\*element_shape) to (M, h); it is copied before it is trained.

    embedding_dim : int, default={embedding_dim}
        Length of the embedding of a token.

    normalize : {{"features", "set"}} or None, default={normalize}
        "features" scales each feature to zero mean and unit variance over all elements of the
        training sets (images: all pixels together); "set" centres each set and divides it by its
        global standard deviation; None leaves elements as they are. Does not concern tokens.

    augmentation : callable, default={augmentation}
        ``augmentation(values, set_ids, generator)`` -> tensor of the shape of ``values``, called
        on the elements of every training batch: ``values`` (M, \\*element_shape) as they were
        given, ``set_ids`` (M,) the set in the batch of each element, ``generator`` the
        torch.Generator to draw from.

    optimizer : {{"adamw", "adam", "sgd", "rmsprop"}}, default={optimizer}
        Optimiser of torch. "sgd" is with Nesterov momentum of 0.9.

    learning_rate_init : float, default={learning_rate_init}
        Learning rate; the peak of the one-cycle schedule.

    learning_rate : {{"onecycle", "constant", "plateau"}}, default={learning_rate}
        Schedule of the rate. "onecycle" rises for 30 % of the training and then falls to zero,
        as a cosine; "plateau" multiplies the rate by 0.3 when the loss stops to fall.

    weight_decay : float, default={weight_decay}
        Weight decay of the optimiser.

    max_grad_norm : float or None, default={max_grad_norm}
        Gradients of a larger norm are scaled down to it.

    max_epochs : int, default={max_epochs}
        Passes over the training sets.

    batch_size : int, default={batch_size}
        Sets in a training batch.

    max_elements_per_batch : int or None, default={max_elements_per_batch}
        Elements in a batch at most, in training and prediction; a larger set is a training batch
        by itself, and is pooled in pieces of this size at prediction. None does not bound
        training batches and bounds prediction batches at 8,192 elements and 2**20 numbers.

    early_stopping : bool, default={early_stopping}
        Whether to hold a part of the training sets out, stop when the loss on it has not
        fallen for ``n_iter_no_change`` epochs, and return to the best weights.

    validation_fraction : float, default={validation_fraction}
        Share of the sets held out by ``early_stopping``; stratified for a classifier.

    n_iter_no_change : int, default={n_iter_no_change}
        Epochs without improvement after which training stops.

    tol : float, default={tol}
        Smallest fall of the validation loss that counts as an improvement.

    warm_start : bool, default={warm_start}
        Whether a call of ``fit`` goes on from the weights of the last one, for another
        ``max_epochs``. What the network was built with must stay the same.

    device : str or torch.device, default={device}
        "auto" is the GPU where torch sees one, else the CPU; or any name of a torch device.

    dtype : {{"float32", "float64"}}, default={dtype}
        Type of the network and of its arithmetic.

    callbacks : list of skorch callbacks or None, default={callbacks}
        Further callbacks of the training loop; they are copied before each fit.

    random_state : int, RandomState instance or None, default={random_state}
        Seeds the initial weights, the shuffles, dropout and the validation part. With an int,
        fits are equal to the bit where the number of threads is the same. The global generators
        of numpy and torch are not touched.

    verbose : bool or int, default={verbose}
        Whether to show a progress bar with epoch, losses and elements a second."""

_ATTRIBUTES = """n_features_in_ : int
        Number of features of an element. Not defined for tokens.

    feature_names_in_ : ndarray of shape (n_features,)
        Names of the features, where the sets were fitted as one table with string columns.

    n_context_features_ : int
        Number of context features of a set; zero without context.

    vocabulary_ : ndarray of shape (n_tokens,)
        The known tokens, sorted. Defined for tokens only.

    net_ : skorch.NeuralNet
        The trained network; ``net_.module_`` is the torch module.

    history_ : list of dict
        One entry an epoch: ``epoch``, ``train_loss`` and, with early stopping, ``valid_loss``.

    n_iter_ : int
        Number of epochs run."""


_ELEMENT_PARAMETERS = """phi_layer_sizes : array-like of int, default={phi_layer_sizes}
        Widths of phi, the network that each element passes through by itself first.

    rho_layer_sizes : array-like of int, default={rho_layer_sizes}
        Widths of the hidden layers of rho, the network that each element passes through by
        itself last, with the context of its set; a linear function of the same input is added.

    equivariant_layer_sizes : array-like of int, default={equivariant_layer_sizes}
        Widths of the permutation-equivariant layers between phi and rho, through which the
        elements of a set see each other. Without any, each element is judged by itself.

    equivariant_form : {{"lambda_gamma", "gamma", "attention"}}, default={equivariant_form}
        Form of these layers. "lambda_gamma" is ``Lambda x - Gamma pool(x)`` with two matrices
        (Zaheer et al., 2017, equation 4), "gamma" is ``Gamma (x - pool(x))`` with one (equation
        23), "attention" is the induced set attention block of the Set Transformer with four
        inducing points (Lee et al., 2019), which has no ``pooling``.

    pooling : {{"max", "mean", "sum"}}, default={pooling}
        What the equivariant layers know of a set.

    residual : bool, default={residual}
        Whether the input of an equivariant layer is added to its output, where the widths are
        equal.

    set_norm : bool, default={set_norm}
        Whether the input of each activation between equivariant layers is standardised over all
        elements and channels of the set (Zhang et al., 2022).

    dropout : float, default={dropout}
        Share of the channels that are dropped before each equivariant layer and before rho in a
        training step, for all elements of a set together."""


_EXPANDER_PARAMETERS = """embedding_dim : int, default={embedding_dim}
        Length of the learned vector of an item.

    phi_layer_sizes : array-like of int, default={phi_layer_sizes}
        Widths of phi, the network that the vector of each item passes through by itself; no
        activation follows the last layer.

    rho_layer_sizes : array-like of int, default={rho_layer_sizes}
        Widths of the hidden layers of rho, the network behind the pooling. Of "sum" and "concat"
        it gives the score, of "dot" what is added to the pooled vector.

    dropout : float, default={dropout}
        Share of the hidden units of phi and rho, and for "dot" of the pooled vector, that are
        dropped in a training step.

    element_kind : {{"auto", "numeric", "token"}}, default={element_kind}
        What the elements are. "auto" takes strings and single integers for items, and a 2-D array
        for n sets of one vector; "token" takes the rows of a 2-D array for sets of items.

    validation_fraction : float, default={validation_fraction}
        Share of the sets held out by ``early_stopping``."""


_SDM_PARAMETERS = """kernel : str, default={kernel}
        Kernel between two sets, that is between the distributions that their elements are drawn
        from. "mean_map" is the mean of the element kernel k over all pairs of an element of the
        one and of the other; "mmd" is exp(-gamma MMD^2), the Gaussian of the distance that goes
        with it. "kl", "renyi", "tsallis", "hellinger", "bhattacharyya", "l2" and
        "jensen_shannon" are exp(-gamma D), D being the divergence of that name, estimated from
        nearest neighbours, averaged over both directions, 0 where the estimate is negative.

    gamma : float or "median", default={gamma}
        Factor of MMD^2 or of the divergence. "median" is 1 / their median over the pairs
        of training sets ("nystroem": of landmarks; "rff": of at most 1,000 sets) that differ.
        Without effect on "mean_map".

    element_kernel : {{"rbf", "laplacian", "linear", "polynomial"}}, default={element_kernel}
        Kernel k between two elements, for "mean_map" and "mmd":
        exp(-element_gamma \\|x - y\\|^2), exp(-element_gamma \\|x - y\\|_1), x.y or
        (element_gamma x.y + coef0)^degree.

    element_gamma : float or "median", default={element_gamma}
        Factor in k. "median" is 1 / the median of \\|x - y\\|^2 ("rbf") or \\|x - y\\|_1
        ("laplacian") over pairs of training elements that are drawn alike in every fit;
        1 / n_features for "polynomial".

    degree : int, default={degree}
        Degree of the "polynomial" element kernel.

    coef0 : float, default={coef0}
        Constant of the "polynomial" element kernel, zero or more.

    n_neighbors : int, default={n_neighbors}
        Which nearest neighbour a divergence is estimated from; less than the size of every set.

    divergence_alpha : float, default={divergence_alpha}
        Order of "renyi" and "tsallis".

    psd : {{"clip", "flip", "shift", "square"}}, default={psd}
        How the matrix of a divergence kernel is made positive semi-definite; see
        :class:`~sksets.kernels.PSDProjection`. "nystroem" always clips; "mean_map" and "mmd" are
        positive semi-definite.

    approximation : {{None, "rff", "nystroem"}}, default={approximation}
        None compares all sets with all training sets. "rff" turns sets into random Fourier
        features, see :class:`~sksets.preprocessing.MeanMapFeatures`, in time and memory linear in
        the number of sets; for "mean_map" and "mmd" of "rbf" and "laplacian" element kernels.
        "nystroem" compares sets with ``n_components`` landmarks alone, for any kernel.

    n_components : int, default={n_components}
        "rff": number of frequencies of the mean map, each of which gives two features; for "mmd",
        twice as many are drawn for the Gaussian. "nystroem": number of landmarks, training sets
        drawn without replacement; all of them where there are fewer.

    memory : str, joblib.Memory or None, default={memory}
        Where the comparisons of sets are kept, so that the fits of a grid search over ``gamma``,
        ``psd`` and the parameters of the solver compute them once. Not used by "rff".

    n_jobs : int, default={n_jobs}
        Number of cores for the comparisons, as in scikit-learn; None for as many as torch uses.

    random_state : int, RandomState instance or None, default={random_state}
        Draws the landmarks and the frequencies. The exact estimator draws nothing."""


def _by_name(parameters):
    """Split a text of parameters, one paragraph each, into a dict."""
    blocks = parameters.split("\n\n    ")
    return {block.partition(" :")[0]: block for block in blocks}


def _document(cls, parameters):
    """Fill ``{parameters}`` and ``{attributes}`` of an estimator's docstring.

    The defaults are read from the signature, so that they cannot differ from the code's. The
    docstring's own braces are doubled.
    """
    if cls.__doc__ is not None:
        defaults = {
            name: f'"{value}"' if isinstance(value, str) else repr(value)
            for name, value in cls.__init__.__kwdefaults__.items()
        }
        blocks = [parameters[name] for name in defaults if name in parameters]
        text = "\n\n    ".join(blocks).format(**defaults)
        cls.__doc__ = cls.__doc__.format(parameters=text, attributes=_ATTRIBUTES)
    return cls


def document_network(cls):
    """Document an estimator of one output a set."""
    return _document(cls, _by_name(_PARAMETERS))


def document_element_network(cls):
    """Document an estimator of one output an element."""
    return _document(cls, _by_name(_PARAMETERS) | _by_name(_ELEMENT_PARAMETERS))


def document_expander(cls):
    """Document the estimator that scores items for sets."""
    return _document(cls, _by_name(_PARAMETERS) | _by_name(_EXPANDER_PARAMETERS))


def document_sdm(cls):
    """Document a support distribution machine."""
    return _document(cls, _by_name(_SDM_PARAMETERS))

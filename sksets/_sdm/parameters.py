"""Documentation of what the support distribution machines share."""

SDM_PARAMETERS = """
kernel : str, default={kernel}
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
    Draws the landmarks and the frequencies. The exact estimator draws nothing.
"""

SDM_ATTRIBUTES = """
estimator_ : estimator instance
    The fitted solver, on the kernel or on features of the sets.

X_fit_ : SetArray or None
    The sets that ``predict`` compares with: the training sets, the landmarks of "nystroem",
    or None for "rff".

gamma_ : float or None
    The factor of MMD^2 or of the divergence; None for "mean_map".

element_gamma_ : float or None
    The factor in the element kernel; None for "linear", and for divergences.

n_features_in_ : int
    Number of features of an element.

feature_names_in_ : ndarray of shape (n_features,)
    Names of the features, where the columns of the sets have names.
"""

"""Every public call, with arguments that are right: for tests that walk them all."""

import inspect

import numpy as np
import pandas as pd
import scipy.sparse
import torch
from sklearn.base import BaseEstimator
from sklearn.preprocessing import StandardScaler
from test_layout import public_objects, signature_names

from sksets import DeepSetsElementRegressor, DeepSetsRegressor, SetArray, SetOutlierDetector
from sksets.augmentation import (
    Compose,
    DropElements,
    Jitter,
    RandomRotation,
    RandomScale,
    RandomShift,
)
from sksets.baselines import PopularityRanker
from sksets.nn import SetBatch
from sksets.plotting import (
    ElementContributionDisplay,
    ElementPredictionDisplay,
    ExpansionDisplay,
    MaximalActivationDisplay,
    PointCloudDisplay,
    PopulationStatisticDisplay,
    SetOutlierDisplay,
)

RNG = np.random.default_rng(0)
SETS = [RNG.normal(size=(size, 2)) for size in (3, 4, 5, 4, 3, 4)]
OF_SETS = [0.0, 1.0, 0.0, 1.0, 1.0, 0.0]
CLASSES = [0, 1, 0, 1, 1, 0]
OF_ELEMENTS = [elements[:, 0] for elements in SETS]
LABELS = [np.arange(len(elements)) % 2 for elements in SETS]
OUTLIERS = [1 - 2 * np.eye(len(elements), dtype=int)[0] for elements in SETS]
ITEMS = [["a", "b", "c"], ["b", "c"], ["a", "d"], ["c", "d", "e"]]
PACKED = SetArray.from_sets(SETS)
FRAME = pd.DataFrame({"key": [0, 0, 1], "a": [1.0, 2, 3], "b": [1.0, 1, 2]})

# What keeps a fit small, where an estimator has the parameter.
SMALL = {
    "max_epochs": 1,
    "phi_layer_sizes": (2,),
    "rho_layer_sizes": (),
    "equivariant_layer_sizes": (2,),
    "embedding_dim": 2,
    "n_components": 3,
    "n_elements": 3,
    "n_outer_components": 3,
    "n_neighbors": 1,
    "random_state": 0,
    "transformer": StandardScaler(),
}
FITTED = DeepSetsRegressor(max_epochs=1, random_state=0).fit(SETS, OF_SETS)
FUNCTIONS = {
    "datasets.get_data_home": {},
    "datasets.load_digit_sums": {"n_sets": 2, "random_state": 0},
    "datasets.make_concept_sets": {"n_sets": 2, "random_state": 0},
    "datasets.make_digit_sums": {"n_sets": 2, "random_state": 0},
    "datasets.make_galaxy_clusters": {"n_clusters": 2, "random_state": 0},
    "datasets.make_outlier_sets": {
        "elements": np.zeros((40, 2)),
        "labels": np.repeat([0, 1], 20),
        "n_sets": 2,
        "size": 4,
        "random_state": 0,
    },
    "datasets.make_population_statistics": {
        "task": "rotation",
        "n_sets": 2,
        "size": (3, 5),
        "random_state": 0,
    },
    "datasets.make_shapes": {"n_sets": 2, "n_points": 3, "random_state": 0},
    "inspection.element_contributions": {"estimator": FITTED, "X": SETS},
    "inspection.maximal_activation": {
        "estimator": FITTED,
        "layer": 0,
        "unit": 1,
        "n_elements": 3,
        "n_steps": 2,
        "random_state": 0,
    },
    "inspection.partial_dependence": {"estimator": FITTED, "X": SETS, "feature": 0},
    "inspection.permutation_importance": {
        "estimator": FITTED,
        "X": SETS,
        "y": OF_SETS,
        "n_repeats": 1,
        "random_state": 0,
    },
    "kernels.check_order": {"alpha": 0.5},
    "kernels.element_median_gamma": {"X": SETS, "random_state": 0},
    "kernels.fourier_frequencies": {"n_features": 2, "n_components": 3, "random_state": 0},
    "kernels.knn_divergence": {"X": SETS, "n_neighbors": 1},
    "kernels.knn_divergences": {"X": SETS, "n_neighbors": (1,)},
    "kernels.mean_map_features": {"X": SETS, "frequencies": np.ones((2, 3))},
    "kernels.mean_map_kernel": {"X": SETS},
    "kernels.median_gamma": {"distances": np.ones((3, 3))},
    "kernels.mmd_kernel": {"X": SETS},
    "kernels.mmd_squared": {"X": SETS},
    "kernels.nystroem_map": {"K": np.eye(3)},
    "metrics.element_scorer": {"scoring": "r2"},
    "metrics.item_ranks": {"y_true": [[1, 2], [0]], "scores": np.ones((2, 4))},
    "metrics.mean_reciprocal_rank": {"ranks": [[1, 2]]},
    "metrics.median_rank": {"ranks": [[1, 2]]},
    "metrics.recall_at_k": {"ranks": [[1, 2]], "k": 1},
    "metrics.redshift_scatter": {"y_true": [[0.5, 0.2]], "y_pred": [[0.5, 0.3]]},
    "metrics.tagging_scores": {"y_true": [[0], [0, 2]], "y_score": np.ones((2, 3)), "k": 1},
}
SET_ARRAYS = {
    "concatenate": {"arrays": [PACKED]},
    "from_arrow": {"array": PACKED.to_arrow()},
    "from_awkward": {"array": PACKED.to_awkward()},
    "from_csr": {"matrix": scipy.sparse.csr_array(np.eye(3))},
    "from_frame": {"frame": FRAME, "key": "key"},
    "from_padded": {"padded": np.zeros((2, 3, 2)), "sizes": [1, 2]},
    "from_sets": {"sets": SETS},
    "map_values": {"values": np.zeros((23, 2))},
    "take": {"indices": [0, 1]},
    "with_context": {"context": np.zeros((6, 1))},
    "with_element_weight": {"weight": np.ones(23)},
}


def _targets(class_):
    """Return the arguments of a fit."""
    name = class_.__name__
    if name == "PSDProjection":
        return {"K": np.eye(3)}
    if name == "NearestRanker":
        return {"X": ITEMS, "item_features": np.eye(5, 2) + 1}
    if hasattr(class_, "rank") or name == "TokenEncoder":
        return {"X": ITEMS}
    y = {
        "DeepSetsClassifier": CLASSES,
        "DeepSetsElementClassifier": LABELS,
        "DeepSetsElementRegressor": OF_ELEMENTS,
        "DeepSetsRegressor": OF_SETS,
        "SDMClassifier": CLASSES,
        "SDMRegressor": OF_SETS,
    }
    return {"X": SETS, "y": y[name]} if name in y else {"X": SETS}


def _parameters(class_):
    known = {name: SMALL[name] for name in signature_names(class_) if name in SMALL}
    if "pooling" in signature_names(class_) and "equivariant_layer_sizes" in known:
        known["equivariant_layer_sizes"] = ()
    return known


def _methods(class_):
    for name, method in inspect.getmembers(class_, callable):
        if not name.startswith("_") and (method.__module__ or "").startswith("sksets"):
            yield name, method


def _estimator_calls(path, class_):
    """Yield the constructor with a fit, and each method; a fit gets an estimator of its own."""
    fit = _targets(class_)

    def construct(**parameters):
        return class_(**parameters).fit(**fit)

    fitted = []

    def call(name, arguments):
        new = "fit" in name
        if not new and not fitted:
            fitted.append(construct(**_parameters(class_)))
        estimator = class_(**_parameters(class_)) if new else fitted[0]
        if class_.__name__ == "PSDProjection":
            # scikit-learn's wrapper of transform takes the first argument by position alone.
            return getattr(estimator, name)(*arguments.values())
        return getattr(estimator, name)(**arguments)

    yield path, construct, _parameters(class_), signature_names(class_)
    for name, method in _methods(class_):
        names = signature_names(method)
        good = {key: value for key, value in fit.items() if key in names}
        if "n_items" in names:
            good["n_items"] = 2
        if name == "score" and path.endswith("SetOutlierDetector"):
            good["y"] = OUTLIERS
        if not good:
            good = {names[0]: None} if names else {}
        if names:
            yield f"{path}.{name}", lambda name=name, **a: call(name, a), good, names


def _set_array_calls():
    packed = {"values": np.zeros((5, 2)), "offsets": [0, 2, 5]}
    yield "sksets.SetArray", SetArray, packed, signature_names(SetArray)
    for name, _ in _methods(SetArray):
        if name != "from_anndata":  # takes an AnnData alone, which few have
            method = getattr(PACKED, name)
            yield (
                f"sksets.SetArray.{name}",
                method,
                SET_ARRAYS.get(name, {}),
                signature_names(method),
            )


def _augmentation_calls():
    """Yield each augmentation, made and applied to a batch of sets that it takes."""
    vectors, offsets = torch.zeros(5, 3), torch.tensor([0, 2, 5])
    images = torch.zeros(5, 4, 4)
    for class_, good, values in (
        (Compose, {"augmentations": [Jitter(0.1), RandomScale()]}, vectors),
        (DropElements, {"max_share": 0.5}, vectors),
        (Jitter, {"scale": 0.1}, vectors),
        (RandomRotation, {}, vectors),
        (RandomScale, {}, vectors),
        (RandomShift, {"max_shift": 1}, images),
    ):

        def apply(class_=class_, values=values, **parameters):
            generator = torch.Generator().manual_seed(0)
            return class_(**parameters)(SetBatch(values, offsets), generator)

        yield f"sksets.augmentation.{class_.__name__}", apply, good, signature_names(class_)


def _fitted(class_):
    return class_(**_parameters(class_)).fit(**_targets(class_))


def _point_calls():
    path, points = "sksets.plotting.PointCloudDisplay", {"X": [np.eye(3), np.ones((2, 3))]}

    def plot(**arguments):
        return PointCloudDisplay.from_sets(**points).plot(**arguments)

    make = PointCloudDisplay.from_sets
    yield f"{path}.from_sets", make, points, signature_names(make)
    yield f"{path}.plot", plot, {}, signature_names(PointCloudDisplay.plot)


def _display_calls():
    sets = {"X": SETS, "y": OF_SETS}
    elements = {"y_true": OF_ELEMENTS, "y_pred": OF_ELEMENTS}
    probable = {"X": SETS[:2], "probabilities": [np.full(len(each), 0.1) for each in SETS[:2]]}
    activation = {"layer": 0, "unit": 1, "n_elements": 3, "n_steps": 2, "random_state": 0}
    for class_, source, good, fitted, data in (
        (
            ElementContributionDisplay,
            "contributions",
            {"X": SETS[:2], "contributions": [np.ones(3), np.ones(4)]},
            DeepSetsRegressor,
            {"X": SETS, "n_sets": 2},
        ),
        (
            MaximalActivationDisplay,
            "result",
            {"result": {"sets": PACKED[:2], "activations": OF_ELEMENTS[:2]}},
            DeepSetsRegressor,
            activation,
        ),
        (
            ElementPredictionDisplay,
            "predictions",
            elements,
            DeepSetsElementRegressor,
            {"X": SETS, "y": OF_ELEMENTS},
        ),
        (
            ExpansionDisplay,
            "rankings",
            {"queries": ITEMS, "items": [["a", "b"]] * 4, "scores": [[0.5, 0.3]] * 4},
            PopularityRanker,
            {"X": ITEMS, "n_items": 2},
        ),
        (
            PopulationStatisticDisplay,
            "predictions",
            {"y_true": OF_SETS, "y_pred": OF_SETS},
            DeepSetsRegressor,
            sets,
        ),
        (
            SetOutlierDisplay,
            "predictions",
            probable,
            SetOutlierDetector,
            {"X": SETS, "n_sets": 2},
        ),
    ):
        path = f"sksets.plotting.{class_.__name__}"
        make = getattr(class_, f"from_{source}")
        yield f"{path}.from_{source}", make, good, signature_names(make)
        estimated = {"estimator": _fitted(fitted), **data}
        draw = class_.from_estimator
        yield f"{path}.from_estimator", draw, estimated, signature_names(draw)

        def plot(make=make, good=good, **arguments):
            return make(**good).plot(**arguments)

        yield f"{path}.plot", plot, {}, signature_names(class_.plot)


def calls():
    """Map the path of each public call to (callable, good arguments, names of all arguments)."""
    known = [
        *_set_array_calls(),
        *_display_calls(),
        *_point_calls(),
        *_augmentation_calls(),
    ]
    for path, value in public_objects().items():
        short = path.removeprefix("sksets.")
        if not callable(value) or short.startswith("nn."):
            continue
        if inspect.isfunction(value):
            # Those that fetch never ask a server here.
            fetches = "download_if_missing" in signature_names(value)
            known_good = {"download_if_missing": False} if fetches else {}
            good = FUNCTIONS[short] if short in FUNCTIONS else known_good
            known.append((path, value, good, signature_names(value)))
        elif issubclass(value, BaseEstimator):
            known += _estimator_calls(path, value)
    return {
        path: (function, good, [name for name in names if not name.startswith("*")])
        for path, function, good, names in known
    }

"""Print a few predictions of every estimator, to the bit, to compare two commits on one machine.

Run ``python tests/redesign_fits.py > after.json`` on both and compare the files. It goes once the
redesign of the source tree is done.
"""

import inspect
import json
import sys

import numpy as np
import torch

import sksets
from sksets import SetArray, baselines, preprocessing

torch.set_num_threads(1)
RNG = np.random.default_rng(0)
SIZES = RNG.integers(0, 12, size=120)
SETS = [RNG.normal(size=(n, 3)) for n in SIZES]
FILLED = [s if len(s) else RNG.normal(size=(1, 3)) for s in SETS]
CONTEXT = RNG.normal(size=(120, 2))
WITH_CONTEXT = SetArray.from_sets(SETS, context=CONTEXT)
TOKENS = [[f"t{i}" for i in RNG.integers(0, 30, size=n)] for n in SIZES]
IMAGES = [RNG.uniform(size=(n, 8, 8)) for n in RNG.integers(1, 4, size=40)]
TABLE = RNG.normal(size=(120, 3))
ITEMS = [[f"w{i}" for i in RNG.permutation(40)[:n]] for n in RNG.integers(2, 9, size=120)]
VECTORS = {f"w{i}": RNG.normal(size=5) for i in range(45)}
ITEM_VECTORS = np.round(RNG.normal(size=(20, 3)), 2)
VECTOR_SETS = [ITEM_VECTORS[RNG.permutation(20)[:n]] for n in RNG.integers(2, 6, size=60)]
WEIGHT = RNG.uniform(0.1, 2, size=120)
REAL = np.array([s.sum() for s in SETS]) + 0.1 * RNG.normal(size=120)
TWO = np.stack([REAL, -(REAL**2)], axis=1)
LABEL = np.array(["a", "b", "c"])[np.digitize(REAL, [-1, 1])]
MULTI = np.stack([REAL > 0, REAL > 1, REAL < 0], axis=1).astype(int)
OF_ELEMENTS = [s[:, 0] - s.mean() if len(s) else np.empty(0) for s in SETS]
PARTLY = [np.where(RNG.uniform(size=len(v)) < 0.3, np.nan, v) for v in OF_ELEMENTS]
CLASSES = [np.where(np.isnan(v), -1, (np.nan_to_num(v) > 0) * 1) for v in PARTLY]
ELEMENT_WEIGHT = [RNG.uniform(0.1, 2, size=n) for n in SIZES]
OUTLIER = np.array([RNG.integers(n) if n > 1 else -1 for n in SIZES])
SIGNS = [np.where(np.arange(n) == i, -1, 1) for n, i in zip(SIZES, OUTLIER, strict=True)]


def flip(values, set_ids, generator):
    return values + 0.1 * torch.rand(values.shape, generator=generator, dtype=values.dtype)


def flat(rows):
    if isinstance(rows, np.ndarray) and rows.dtype != object:
        return np.asarray(rows, dtype=np.float64).ravel()
    return np.concatenate([np.asarray(row, dtype=np.float64).ravel() for row in rows])


def make(name, **parameters):
    cls = getattr(sksets, name)
    known = inspect.signature(cls).parameters
    if "pooling" in parameters and "pooling" not in known:
        parameters["equivariant_pooling"] = parameters.pop("pooling")
    common = {"max_epochs": 3, "random_state": 0, "dtype": "float64", "device": "cpu"}
    common = {key: value for key, value in common.items() if key in known}
    return cls(**common | parameters)


COMMON = {
    "default": {},
    "float32": {"dtype": "float32"},
    "dropout": {"dropout": 0.2, "activation": "silu"},
    "early": {"early_stopping": True, "max_epochs": 8, "validation_fraction": 0.3},
    "bounded": {"max_elements_per_batch": 20, "batch_size": 16},
    "augmented": {"augmentation": flip, "normalize": "set"},
    "plateau": {"learning_rate": "plateau", "optimizer": "sgd", "normalize": None},
    "constant": {"learning_rate": "constant", "optimizer": "rmsprop", "weight_decay": 0.1},
    "size": {"size_feature": True, "rho_layer_sizes": (7,), "max_grad_norm": 0.5},
}
OF_SETS = {
    **COMMON,
    "poolings": {"pooling": ("sum", "mean", "std", "max", "min", "logsumexp", "attention")},
    "log_std": {"pooling": ("log_std", "mean"), "phi_layer_sizes": (8,)},
    "equivariant": {"equivariant_layer_sizes": (9, 9), "pooling": "mean"},
    "flat phi": {"phi_layer_sizes": ()},
}
OF_EACH = {
    **COMMON,
    "gamma": {"equivariant_form": "gamma", "pooling": "max"},
    "attention": {"equivariant_form": "attention", "residual": True, "set_norm": True},
    "sum": {"pooling": "sum", "residual": True},
}
found = {}


def keep(key, *arrays):
    rows = np.concatenate([flat(a) for a in arrays])
    found[key] = [len(rows), *(float(x).hex() for x in (*rows[:3], *rows[-3:], rows.sum()))]


def of_sets(name, targets, methods):
    for key, parameters in OF_SETS.items():
        for what, y in targets.items():
            m = make(name, **parameters).fit(SETS, y)
            keep(f"{name} {key} {what}", *(getattr(m, method)(SETS) for method in methods))
    y = next(iter(targets.values()))
    for what, X in {"context": WITH_CONTEXT, "tokens": TOKENS, "table": TABLE}.items():
        m = make(name).fit(X, y, sample_weight=WEIGHT)
        keep(f"{name} {what} weighted", *(getattr(m, method)(X) for method in methods))
        m.set_params(warm_start=True, max_epochs=2).fit(X, y)
        keep(f"{name} {what} warm", *(getattr(m, method)(X) for method in methods))
    m = make(name, element_encoder="conv").fit(IMAGES, y[:40])
    keep(f"{name} images", *(getattr(m, method)(IMAGES) for method in methods))
    m = make(name, max_elements_per_batch=3).partial_fit(SETS, y).partial_fit(SETS[:50], y[:50])
    keep(f"{name} partial", *(getattr(m, method)(SETS) for method in methods))
    keep(f"{name} history", [row["train_loss"] for row in m.history_])


def of_each(name, targets, methods, weights=(WEIGHT, ELEMENT_WEIGHT)):
    for key, parameters in OF_EACH.items():
        for what, y in targets.items():
            m = make(name, **parameters).fit(SETS, y)
            keep(f"{name} {key} {what}", *(getattr(m, method)(SETS) for method in methods))
    y = list(targets.values())[-1]
    for what, X in {"context": WITH_CONTEXT, "tokens": TOKENS}.items():
        for i, weight in enumerate(weights):
            m = make(name).fit(X, y, sample_weight=weight)
            keep(f"{name} {what} {i}", *(getattr(m, method)(X) for method in methods))
        m.set_params(warm_start=True, max_epochs=2, max_elements_per_batch=2).fit(X, y)
        keep(f"{name} {what} warm", *(getattr(m, method)(X) for method in methods))


of_sets(
    "DeepSetsRegressor",
    {"one": REAL, "two": TWO},
    ("predict", "transform"),
)
of_sets(
    "DeepSetsClassifier",
    {"classes": LABEL, "labels": MULTI},
    ("predict_proba", "transform"),
)
for loss in ("absolute_error", "huber", "poisson"):
    y = np.abs(REAL) if loss == "poisson" else REAL
    m = make("DeepSetsRegressor", loss=loss, huber_delta=0.5).fit(SETS, y)
    keep(f"regressor {loss}", m.predict(SETS))
for weight in ("balanced", {"a": 2, "b": 1, "c": 3}):
    m = make("DeepSetsClassifier", class_weight=weight).fit(SETS, LABEL, sample_weight=WEIGHT)
    keep(f"classifier {weight}", m.predict_proba(SETS))
m = make("DeepSetsElementClassifier", class_weight="balanced").fit(SETS, CLASSES)
keep("element classifier balanced", m.predict_proba(SETS))
of_each("DeepSetsElementRegressor", {"all": OF_ELEMENTS, "part": PARTLY}, ("predict",))
of_each("DeepSetsElementClassifier", {"part": CLASSES}, ("predict_proba",))
for name in ("DeepSetsElementRegressor", "DeepSetsElementClassifier"):
    y = REAL if name.endswith("Regressor") else LABEL
    m = make(name, early_stopping=True).fit(TABLE, y, sample_weight=WEIGHT)
    keep(f"{name} table", m.predict(TABLE) if y is REAL else m.predict_proba(TABLE))
m = make("DeepSetsElementRegressor", loss="huber", huber_delta=0.3).fit(SETS, PARTLY)
keep("element huber", m.predict(SETS))
of_each(
    "SetOutlierDetector",
    {"index": OUTLIER, "arrays": SIGNS, "none": None},
    ("score_samples", "decision_function", "predict_proba"),
)
for y in (OUTLIER, SIGNS, None):
    m = make("SetOutlierDetector", contamination=0.1).fit(SETS, y, sample_weight=ELEMENT_WEIGHT)
    keep(f"outliers contamination {y is OUTLIER} {y is None}", m.score_samples(SETS), [m.offset_])
m = make("SetOutlierDetector").fit(TABLE)
keep("outliers table", m.score_samples(TABLE))
rows = SetArray.from_sets(SETS)
rows.values.setflags(write=False)
keep("outliers lazy", make("SetOutlierDetector").fit(rows).score_samples(rows))
keep("regressor lazy", make("DeepSetsRegressor", augmentation=flip).fit(rows, REAL).predict(rows))

item_context = SetArray.from_sets(ITEMS, context=CONTEXT)
for interaction in ("dot", "sum", "concat"):
    for key, parameters in {
        "default": {"phi_layer_sizes": (16,), "rho_layer_sizes": (8,)},
        "margin": {"loss": "margin", "targets": "all", "pooling": "max"},
        "sampled": {"n_negatives": 7, "negative_sampling": "popularity", "max_query_size": 3},
        "early": {"early_stopping": True, "rho_layer_sizes": (5, 4), "max_elements_per_batch": 30},
        "pooled": {"pooling": ("mean", "max"), "dropout": 0.1, "dtype": "float32"},
    }.items():
        parameters = {"interaction": interaction, "embedding_dim": 12, **parameters}
        m = make("SetExpander", **parameters).fit(ITEMS)
        keep(f"expander {interaction} {key}", m.score_candidates(ITEMS), m.transform(ITEMS))
        m = make("SetExpander", **parameters).fit(item_context, item_features=VECTORS)
        keep(f"expander {interaction} {key} features", m.score_candidates(item_context[:9]))
        m.set_params(warm_start=True).fit(item_context)
        keep(f"expander {interaction} {key} warm", m.score_candidates(item_context[:9]))
        m = make("SetExpander", **parameters).fit(VECTOR_SETS)
        keep(f"expander {interaction} {key} vectors", m.score_candidates(VECTOR_SETS[:9]))
hidden = [[f"v{i % 7}"] for i in range(120)]
m = make("SetExpander", embedding_dim=12).fit(ITEMS, hidden)
keep("expander hidden", m.score_candidates(ITEMS[:9]), [m.score(ITEMS, hidden), m.score(ITEMS)])
for X, features in ((ITEMS, None), (ITEMS, VECTORS), (VECTOR_SETS, None)):
    for cls, options in (
        (sksets.BayesianSets, {}),
        (sksets.BayesianSets, {"model": "normal_inverse_wishart"}),
        (baselines.PopularityRanker, {}),
        (baselines.CooccurrenceRanker, {"weighting": "log"}),
        (baselines.NearestRanker, {}),
        (baselines.NearestRanker, {"metric": "euclidean"}),
    ):
        try:
            m = cls(**options).fit(X, item_features=features)
        except ValueError as error:
            found[f"{cls.__name__} {options} {X is ITEMS} {features is None}"] = str(error)
            continue
        keep(f"{cls.__name__} {options} {X is ITEMS} {features is None}", m.score_candidates(X[:9]))

for name, y in (("SDMRegressor", REAL), ("SDMClassifier", LABEL)):
    for options in (
        {},
        {"kernel": "mean_map", "element_kernel": "polynomial"},
        {"kernel": "mean_map", "element_kernel": "laplacian", "gamma": 0.3},
        {"approximation": "rff", "n_components": 20},
        {"approximation": "nystroem", "n_components": 20},
    ):
        m = make(name, **options).fit(FILLED, y, sample_weight=WEIGHT)
        out = m.predict if name.endswith("Regressor") else m.decision_function
        keep(f"{name} {options}", out(FILLED))
    large = [RNG.normal(scale=1 + i % 3, size=(9, 2)) for i in range(60)]
    for kernel in ("kl", "renyi", "tsallis", "hellinger", "bhattacharyya", "l2", "jensen_shannon"):
        m = make(name, kernel=kernel, psd="flip").fit(large, y[:60])
        out = m.predict if name.endswith("Regressor") else m.decision_function
        keep(f"{name} {kernel}", out(large))
for transformer in (
    preprocessing.SetSummarizer(),
    preprocessing.SetNormalizer(),
    preprocessing.MeanMapFeatures(n_components=10, gamma="median", random_state=0),
):
    out = transformer.fit_transform(FILLED)
    keep(type(transformer).__name__, out)
json.dump(found, sys.stdout, indent=0)

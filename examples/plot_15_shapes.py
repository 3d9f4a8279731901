"""
Shapes as clouds of points
==========================

A laser scanner gives points on the surface of a shape, in no order and as many as it happens to
measure: a set. Which kind of shape it is neither depends on the order of the points nor on how the
shape is turned. Here the shapes are solids of six kinds, which need no file; real ones are in
:func:`~sksets.datasets.fetch_modelnet10` and :func:`~sksets.datasets.fetch_shapes69`.
"""

# %%
# Solids from three sides
# -----------------------
# :func:`~sksets.datasets.make_shapes` draws points uniformly from surfaces, with some noise. Solids
# vary in their extents and are turned at random. :class:`~sksets.plotting.PointCloudDisplay` shows
# them in space and from three sides. The colour is the distance of a point from the middle.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import ConfusionMatrixDisplay
from sklearn.pipeline import make_pipeline

from sksets import DeepSetsClassifier
from sksets.augmentation import RandomRotation
from sksets.datasets import make_shapes
from sksets.plotting import PointCloudDisplay
from sksets.preprocessing import SetSummarizer

options = {"rotation": "any", "noise": 0.02}
train = make_shapes(1000, n_points=300, random_state=0, **options)
test = make_shapes(600, n_points=300, random_state=1, **options)
names = train.target_names
print(train.data, names, sep="\n")

looks = make_shapes(6, n_points=800, random_state=8, **options)
looks_like = np.argsort(looks.target)
PointCloudDisplay.from_sets(
    looks.data[looks_like],
    values=[np.linalg.norm(looks.data[i], axis=1) for i in looks_like],
    titles=names,
    n_sets=None,
    label="distance from the middle",
    scatter_kwargs={"s": 2},
)
plt.show()

# %%
# Which kind is it?
# -----------------
# Two poolings beside each other: the maximum finds the outline of a shape, the mean its weight.
# ``elements_per_set`` lets the network see 100 of the 300 points of a solid, others in every epoch,
# and ``augmentation`` turns each solid anew in every batch: solids that it has never seen. In
# prediction it takes the mean over five draws of 100 points. A random forest on summaries of the
# coordinates is what one would try first; the summaries change as the shape is turned.

network = DeepSetsClassifier(
    phi_layer_sizes=(64, 128),
    rho_layer_sizes=(128,),
    pooling=("max", "mean"),
    elements_per_set=100,
    n_votes=5,
    augmentation=RandomRotation(axis="random"),
    max_epochs=40,
    random_state=0,
).fit(train.data, train.target)
forest = make_pipeline(SetSummarizer(), RandomForestClassifier(random_state=0))
forest.fit(train.data, train.target)
print(f"Deep Sets {network.score(test.data, test.target):.0%}")
print(f"summaries + forest {forest.score(test.data, test.target):.0%}")

fig, ax = plt.subplots(figsize=(5.2, 4.6), layout="constrained")
ConfusionMatrixDisplay.from_predictions(
    test.target, network.predict(test.data), display_labels=names, colorbar=False, ax=ax
)
ax.tick_params(axis="x", rotation=45)
ax.set_title("Kinds of solids, true and predicted")
plt.show()

# %%
# The order of the points
# -----------------------
# It changes nothing but the last digits of a sum. Which points are drawn depends on their order,
# so that all points are given at once here.

rng = np.random.default_rng(0)
order = np.concatenate([i + rng.permutation(300) for i in test.data.offsets[:-1]])
shuffled = test.data.map_values(test.data.values[order], test.data.feature_names)
network.set_params(elements_per_set=None)
difference = network.predict_proba(shuffled) - network.predict_proba(test.data)
print(f"largest change of a probability: {np.abs(difference).max():.0e}")

# %%
# The number of points
# --------------------
# It does matter: the maximum over more points reaches farther than any that the network has seen.
# The mean over draws of 100 points is the better use of a large cloud.

n_points = (10, 20, 50, 100, 200, 500, 1000)
ways = {
    "all points at once": {"elements_per_set": None},
    "one draw of 100": {"elements_per_set": 100, "n_votes": 1},
    "mean of five draws of 100": {"elements_per_set": 100, "n_votes": 5},
}
scores = {name: [] for name in ways}
for n in n_points:
    clouds = make_shapes(600, n_points=n, random_state=2, **options)
    for name, parameters in ways.items():
        network.set_params(**parameters)
        scores[name].append(network.score(clouds.data, clouds.target))

fig, ax = plt.subplots(figsize=(5.5, 3.4), layout="constrained")
for (name, accuracy), style in zip(scores.items(), ("o-", "s--", "^:"), strict=True):
    ax.semilogx(n_points, accuracy, style, label=name)
ax.axvline(100, color="gray", linestyle=":", label="points seen in training")
ax.set(xlabel="points of a solid", ylabel="accuracy", ylim=(0, 1), title="Accuracy by points")
ax.legend()
plt.show()

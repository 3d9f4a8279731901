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

from sksets import DeepSetsClassifier, SetArray
from sksets.datasets import make_shapes
from sksets.plotting import PointCloudDisplay
from sksets.preprocessing import SetSummarizer

options = {"rotation": "any", "noise": 0.02}
train = make_shapes(1000, n_points=100, random_state=0, **options)
test = make_shapes(600, n_points=100, random_state=1, **options)
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
# A random forest on summaries of the coordinates is what one would try first; these change as the
# shape is turned.

network = DeepSetsClassifier(
    phi_layer_sizes=(64, 128),
    rho_layer_sizes=(128,),
    pooling=("max", "mean"),
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
# It changes nothing but the last digits of a sum.

rng = np.random.default_rng(0)


def draw(X, n_points):
    """Return some points of each set, in another order."""
    drawn = SetArray.from_sets([rng.permutation(points)[:n_points] for points in X])
    return drawn.map_values(drawn.values, feature_names=X.feature_names)


shuffled = draw(test.data, 100)
difference = network.predict_proba(shuffled) - network.predict_proba(test.data)
print(f"largest change of a probability: {np.abs(difference).max():.0e}")

# %%
# The number of points
# --------------------
# It does matter: the maximum over more points reaches farther, and the network has only seen sets
# of 100. The mean of its probabilities over several draws of 100 points, as it knows them, is the
# better use of a large cloud.

n_points = (10, 20, 50, 100, 200, 500, 1000)
scores = {"all points at once": [], "mean of ten draws of 100": []}
for n in n_points:
    clouds = make_shapes(600, n_points=n, random_state=2, **options)
    scores["all points at once"].append(network.score(clouds.data, clouds.target))
    if n <= 100:
        continue
    votes = [network.predict_proba(draw(clouds.data, 100)) for _ in range(10)]
    accuracy = np.mean(np.mean(votes, axis=0).argmax(axis=1) == clouds.target)
    scores["mean of ten draws of 100"].append(accuracy)

fig, ax = plt.subplots(figsize=(5.5, 3.4), layout="constrained")
for (name, accuracy), style in zip(scores.items(), ("o-", "s--"), strict=True):
    ax.semilogx(n_points[-len(accuracy) :], accuracy, style, label=name)
ax.axvline(100, color="gray", linestyle=":", label="points in training")
ax.set(xlabel="points of a solid", ylabel="accuracy", ylim=(0, 1), title="Accuracy by points")
ax.legend()
plt.show()

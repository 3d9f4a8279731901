"""
What a network looks at
=======================

A network that adds up digits was told sums of sets of images, never a digit. Has it learned the
digits? :mod:`sksets.inspection` asks how much each image contributes to the sum, which points a
network needs to know a shape, and what a unit of it looks for.
"""

# %%
# What each element contributes
# -----------------------------
# The contribution of an image is the prediction for its set, less that for the set without it. phi
# runs once on each image, whatever the number of those that are left out. Behind a sum, and with
# no hidden layer in rho, the contributions of a set add up to its prediction. The digits of the
# training images are all found; of images by other hands some are read as others are.

import matplotlib.pyplot as plt
import numpy as np

from sksets import DeepSetsClassifier, DeepSetsRegressor
from sksets.augmentation import Jitter
from sksets.datasets import load_digit_sums, make_shapes
from sksets.inspection import element_contributions, maximal_activation, permutation_importance
from sksets.plotting import (
    ElementContributionDisplay,
    MaximalActivationDisplay,
    PointCloudDisplay,
)

train = load_digit_sums(4000, max_size=4, random_state=0)
test = load_digit_sums(300, max_size=5, subset="test", random_state=1)
adder = DeepSetsRegressor(
    element_encoder="conv",
    rho_layer_sizes=(),
    augmentation=Jitter(2.0),
    max_epochs=20,
    random_state=0,
).fit(train.images, train.target)

for name, part in (("training", train), ("new", test)):
    contributions = element_contributions(adder, part.images)
    correlation = np.corrcoef(np.concatenate(contributions), part.digits.values)[0, 1]
    print(f"{name:8} images: correlation of contribution and digit {correlation:.3f}")

ElementContributionDisplay.from_estimator(adder, test.images, n_sets=3)
plt.show()

# %%
# Which points make the shape
# ---------------------------
# A maximum is made of few elements: the critical points, from each of which some pooled feature
# comes. Without all the others the network says the same; as many points at random are less.

shapes = make_shapes(800, n_points=100, random_state=0)
new = make_shapes(200, n_points=100, random_state=1)
clouds, new_clouds = list(shapes.data), list(new.data)
classifier = DeepSetsClassifier(
    phi_layer_sizes=(64, 64), pooling="max", max_epochs=30, random_state=0
).fit(clouds, shapes.target)

wins = element_contributions(classifier, new_clouds, method="winners")
critical = [points[part > 0] for points, part in zip(new_clouds, wins, strict=True)]
rng = np.random.default_rng(0)
as_many = [
    points[rng.choice(len(points), size=len(few), replace=False)]
    for points, few in zip(new_clouds, critical, strict=True)
]
for name, points in (
    ("all points", new_clouds),
    ("critical points", critical),
    ("as many at random", as_many),
):
    size = np.mean([len(cloud) for cloud in points])
    accuracy = classifier.score(points, new.target)
    print(f"{name:18} {size:5.1f} points, accuracy {accuracy:.3f}")

rows = [int(np.flatnonzero(new.target == kind)[0]) for kind in range(3)]
PointCloudDisplay.from_sets(
    [new_clouds[row] for row in rows],
    values=[wins[row] for row in rows],
    titles=new.target_names[:3],
    label="features won",
    scatter_kwargs={"s": 14},
)
plt.show()

# %%
# What a unit looks for
# ---------------------
# Points are moved, from a uniform start, to where a unit of a layer is large. As in figure 13 of
# the paper, the layers are permutation-equivariant, with tanh. Units of the first layer like a side
# of space, those of the third parts of shapes.

equivariant = DeepSetsClassifier(
    phi_layer_sizes=(),
    equivariant_layer_sizes=(32, 32, 32),
    activation="tanh",
    pooling="max",
    max_epochs=20,
    random_state=0,
).fit(clouds, shapes.target)
for layer in (0, 2):
    result = maximal_activation(equivariant, layer, [1, 5, 9], 300, n_steps=300, random_state=0)
    MaximalActivationDisplay.from_result(result, units=[1, 5, 9]).figure_.suptitle(f"Layer {layer}")
    plt.show()

# %%
# Which feature counts
# --------------------
# The height of the points, or where they lie in the plane? A feature is permuted over all points of
# all shapes, and the accuracy falls.

importance = permutation_importance(classifier, new_clouds, new.target, n_repeats=3, random_state=0)
for name, mean, std in zip(
    "xyz", importance.importances_mean, importance.importances_std, strict=True
):
    print(f"{name}: accuracy falls by {mean:.3f} +- {std:.3f}")

"""
Quickstart: the sum of a set of digits
======================================

A sample is a set of images of handwritten digits, its target the sum of the digits. No image has
a label of its own: the network finds out what a digit is worth from the sums alone. Beside it is
what one would try first, summary statistics of each set and a scikit-learn regressor on them.
"""

# %%
# The data
# --------
# :func:`~sksets.datasets.load_digit_sums` draws sets from scikit-learn's own 8x8 digits; training
# and test sets are made of different images. Each model is trained on sets of at most 10 images
# and tested on sets of at most 20.

import sys

import matplotlib.pyplot as plt
import numpy as np
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import RidgeCV
from sklearn.pipeline import make_pipeline

from sksets import DeepSetsRegressor
from sksets.datasets import load_digit_sums
from sksets.preprocessing import SetSummarizer

train = load_digit_sums(3000, subset="train", max_size=10, random_state=0)
test = load_digit_sums(1000, subset="test", max_size=20, random_state=1)
print(f"{train.images}\n{test.images}")

# %%
# Fit and score
# -------------
# ``element_encoder="conv"`` reads each image by a small convolutional network, and
# ``augmentation="shift"`` moves each a little in every batch. With sum pooling and a linear rho the
# prediction is a sum of one number an image, so it carries over to larger sets. The summaries are
# taken of the pixels in a row.

deep_sets = DeepSetsRegressor(
    element_encoder="conv",
    augmentation="shift",
    pooling="sum",
    rho_layer_sizes=(),
    max_epochs=30,
    random_state=0,
)
deep_sets.fit(train.images, train.target)
ridge = make_pipeline(SetSummarizer(), RidgeCV(np.logspace(-3, 6, 10)))
ridge.fit(train.data, train.target)
forest = make_pipeline(SetSummarizer(), RandomForestRegressor(max_features="sqrt", random_state=0))
forest.fit(train.data, train.target)

predictions = {
    "DeepSetsRegressor": deep_sets.predict(test.images),
    "SetSummarizer + ridge": ridge.predict(test.data),
    "SetSummarizer + forest": forest.predict(test.data),
}
print(f"{'':26}{'mean error':>10}{'exact sums':>12}")
for name, y_pred in predictions.items():
    error = np.abs(test.target - y_pred)
    print(f"{name:26}{error.mean():10.2f}{np.mean(error < 0.5):12.0%}")
print(f"R2 of DeepSetsRegressor: {deep_sets.score(test.images, test.target):.4f}")

# %%
# A picture
# ---------
# Some test sets with their true and predicted sums, and the error by the size of the set.

fig = plt.figure(figsize=(8, 3.2), layout="constrained")
left, right = fig.subfigures(1, 2, width_ratios=(1, 1))

rows = [np.flatnonzero(test.images.sizes == size)[0] for size in (2, 4, 6, 8)]
for ax, row in zip(left.subplots(len(rows), 1), rows, strict=True):
    ax.imshow(np.hstack(test.images[row]), cmap="gray_r")
    total, predicted = test.target[row], predictions["DeepSetsRegressor"][row]
    ax.set_title(f"sum {total}, predicted {predicted:.1f}", loc="left", fontsize=9)
    ax.set_xlim(-0.5, 8 * 8 - 0.5)
    ax.axis("off")

ax = right.subplots()
sizes = np.arange(1, 21)
for name, y_pred in predictions.items():
    error = np.abs(test.target - y_pred)
    ax.plot(sizes, [error[test.images.sizes == size].mean() for size in sizes], label=name)
ax.axvspan(0.5, 10.5, color="0.92", zorder=0)
ax.text(1, ax.get_ylim()[1] * 0.5, "sizes seen\nin training", fontsize=8)
ax.set(xlabel="images in the set", ylabel="mean absolute error", xlim=(0.5, 20.5), ylim=(0, None))
ax.legend(fontsize=8, frameon=False)

if len(sys.argv) > 1:
    fig.savefig(sys.argv[1], dpi=100)
    print(f"picture saved in {sys.argv[1]}")
plt.show()

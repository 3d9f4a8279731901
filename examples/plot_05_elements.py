"""
One output an element: redshifts of galaxies in clusters
========================================================

The galaxies of a cluster are at nearly the same distance, so what the colours of one leave open is
told by the others. The data are simulated; two galaxies of each cluster have a known redshift.
"""

# %%
# Partly labelled sets
# --------------------
# The target of an element without a label is NaN. All elements inform the predictions of their
# set; the loss runs over the labelled ones.

import matplotlib.pyplot as plt
import numpy as np

from sksets import DeepSetsElementRegressor
from sksets.datasets import make_galaxy_clusters
from sksets.metrics import redshift_scatter
from sksets.plotting import ElementPredictionDisplay

clusters = make_galaxy_clusters(1500, max_size=100, random_state=0)
X, y, truth = clusters.data, clusters.target, clusters.redshift
train, test = slice(0, 1200), slice(1200, None)
print(X)
print(f"{np.isfinite(y.values).mean():.1%} of the galaxies are labelled")

# %%
# With and without the cluster
# ----------------------------
# Without equivariant layers each galaxy is judged by itself.

network = DeepSetsElementRegressor(loss="absolute_error", random_state=0)
alone = DeepSetsElementRegressor(loss="absolute_error", equivariant_layer_sizes=(), random_state=0)
fig, axes = plt.subplots(1, 2, figsize=(8, 4), layout="constrained")
for ax, (name, model) in zip(axes, {"alone": alone, "cluster": network}.items(), strict=True):
    model.fit(X[train], y[train])
    y_pred = model.predict(X[test])
    print(f"{name:8} mean |z - p| / (1 + z) = {redshift_scatter(truth[test], y_pred):.4f}")
    ElementPredictionDisplay.from_predictions(truth[test], y_pred, scatter="redshift", ax=ax)
    ax.set(title=f"each galaxy {name}" if name == "alone" else "each galaxy with its cluster")
plt.show()

# %%
# Scores for model selection
# --------------------------
# scikit-learn's scorers cannot read one array of targets a set;
# :func:`~sksets.metrics.element_scorer` makes one that can of each of them.

from sksets.metrics import element_scorer

scorer = element_scorer("neg_median_absolute_error")
print(f"median error {-scorer(network, X[test], truth[test]):.4f}")

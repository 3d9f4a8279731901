"""
Galaxies in groups: redshifts from a catalogue
==============================================

The galaxies of a group are at nearly the same distance, so the light of each tells something of the
redshift of the others. The data are 5,709 galaxies in 1,412 compact groups of the Sloan Digital Sky
Survey, each with a redshift from its spectrum (Zandivarez, Diaz-Gimenez and Taverna, 2022).
:ref:`sphx_glr_auto_examples_plot_05_elements.py` has large simulated clusters and few labels.
"""

# %%
# A catalogue
# -----------
# One row a galaxy, with the group that it belongs to. An astropy table gives it by ``to_pandas()``.
# :func:`~sksets.datasets.fetch_compact_groups` downloads the file where it is missing.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.ensemble import RandomForestRegressor
from sklearn.model_selection import ShuffleSplit

from sksets import DeepSetsElementRegressor, SetArray
from sksets.datasets import fetch_compact_groups
from sksets.preprocessing import SetSummarizer

groups = fetch_compact_groups()
catalogue = groups.data.to_frame("group").assign(
    object_id=groups.object_ids.values, z_spec=groups.target.values
)
print(catalogue.head(4))

# %%
# One output a galaxy
# -------------------
# Magnitude, colour and concentration are the features; the redshifts are sets of the same groups.
# Whole groups are held out. The error is the mean absolute one of z, mean and standard deviation
# over three splits.

X = SetArray.from_frame(catalogue, "group", ["rmag", "u_r", "r90_r50"])
y = SetArray.from_frame(catalogue, "group", "z_spec")
network = DeepSetsElementRegressor(loss="absolute_error", random_state=0)
forest = RandomForestRegressor(min_samples_leaf=3, max_features="sqrt", random_state=0)
summarizer = SetSummarizer().fit(X)


def with_group(sets):
    """Return the galaxies with the summary of their group."""
    return np.hstack([sets.values, summarizer.transform(sets)[sets.set_ids]])


errors = {"forest, a galaxy": [], "forest, with its group": [], "Deep Sets": []}
for train, test in ShuffleSplit(3, test_size=1 / 3, random_state=0).split(X):
    z_train, z_test = y[train].values, y[test].values
    alone = forest.fit(X[train].values, z_train).predict(X[test].values)
    grouped = forest.fit(with_group(X[train]), z_train).predict(with_group(X[test]))
    together = network.fit(X[train], y[train]).predict(X[test])
    for name, z in zip(errors, (alone, grouped, np.concatenate(together)), strict=True):
        errors[name].append(np.abs(z - z_test).mean())
for name, values in errors.items():
    print(f"{name:23}{np.mean(values):.5f} +- {np.std(values):.5f}")

# %%
# Back into the catalogue
# -----------------------
# The keys of the held-out sets find their rows, in the order of the predictions.

held_out = catalogue.set_index("group").loc[X[test].keys]
held_out = held_out.assign(alone=alone, network=np.concatenate(together))
print(held_out[["object_id", "z_spec", "network"]].head(3).round(4))

fig, axes = plt.subplots(1, 2, figsize=(7.5, 3.8), sharey=True, layout="constrained")
titles = {"alone": "forest, each galaxy alone", "network": "Deep Sets, with its group"}
for ax, (column, title) in zip(axes, titles.items(), strict=True):
    ax.scatter(held_out.z_spec, held_out[column], s=3)
    ax.plot([0, 0.13], [0, 0.13], color="k", lw=0.8)
    ax.set(title=title, xlabel="redshift from the spectrum")
axes[0].set_ylabel("predicted redshift")
plt.show()

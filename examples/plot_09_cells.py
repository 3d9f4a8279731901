"""
Cells of patients: cytometry
============================

A blood sample is a set of cells, and a cytometer measures each cell by its markers. Is the patient
ill? Here that is a matter of activated CD8 T cells, a few percent of all. The cells are simulated,
since no samples of patients can be shipped here: the scores say how the methods differ, and nothing
about medicine.
"""

# %%
# One row a cell
# --------------
# Cells come as a long table with the markers, on their usual arcsinh scale, and the patient;
# ``adata.to_df()`` and a column of ``adata.obs`` give the same. The shares of the ordinary cells
# and the staining differ from patient to patient.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sksets import DeepSetsClassifier, SetArray
from sksets.preprocessing import SetSummarizer

markers = ["CD3", "CD4", "CD8", "CD14", "CD19", "CD38", "HLA_DR"]
populations = pd.DataFrame(
    {
        "CD4 T": [4, 4, 0, 0, 0, 1, 0],
        "CD8 T": [4, 0, 4, 0, 0, 1, 0],
        "monocyte": [0, 1, 0, 4, 0, 3, 4],
        "B": [0, 0, 0, 0, 4, 2, 4],
        "activated CD8 T": [4, 0, 4, 0, 0, 4, 4],
    },
    index=markers,
)

rng = np.random.default_rng(1)
clinic = pd.DataFrame({"ill": rng.permutation([0, 1] * 100)}, index=[f"P{i}" for i in range(200)])
samples = []
for patient, ill in clinic.ill.items():
    activated = rng.uniform(0, 0.02) + 0.03 * ill
    shares = [*rng.dirichlet([13.5, 7.5, 4.5, 4.5]) * (1 - activated), activated]
    population = rng.choice(populations.columns, size=rng.integers(200, 500), p=shares)
    staining = rng.normal(0, 0.15, size=len(markers))
    measured = rng.normal(populations[population].T + staining, 0.7)
    sample = pd.DataFrame(measured, columns=markers)
    samples.append(sample.assign(patient=patient, population=population))
cells = pd.concat(samples, ignore_index=True)
print(cells.sample(4, random_state=0).round(1).to_string(index=False))

# %%
# One set a patient
# -----------------
# The keys of the sets are the patients: ``y`` is taken from the clinic's table in their order, and
# predictions are joined back to it. The settings were chosen on another draw. The score is the area
# under the ROC curve over the patients of a held-out fold, mean and standard deviation of five.

X = SetArray.from_frame(cells, "patient", markers)
y = clinic.ill[X.keys].to_numpy()
models = {
    "summaries": make_pipeline(SetSummarizer(), StandardScaler(), LogisticRegression(C=0.1)),
    "Deep Sets": DeepSetsClassifier(
        phi_layer_sizes=(32, 32), rho_layer_sizes=(), pooling="mean", learning_rate_init=0.01,
        batch_size=32, max_epochs=50, random_state=0,
    ),
}  # fmt: skip
folds = StratifiedKFold(5, shuffle=True, random_state=0)
for name, model in models.items():
    probability = cross_val_predict(model, X, y, cv=folds, method="predict_proba")[:, 1]
    clinic[name] = pd.Series(probability, index=X.keys)
    aucs = [roc_auc_score(y[test], probability[test]) for _, test in folds.split(X, y)]
    print(f"{name:10} AUC {np.mean(aucs):.3f} +- {np.std(aucs):.3f}")

# %%
# What is to be found
# -------------------
# As the cells are simulated, the share of activated ones is known for each patient; no model was
# told. Each of their markers is common by itself, on other T cells or on monocytes and B cells, and
# all together are rare: the summaries see a marker at a time, the network a cell at a time.

clinic["share"] = (cells.population == "activated CD8 T").groupby(cells.patient).mean()
fig, axes = plt.subplots(1, 2, figsize=(8, 3.4), sharey=True, layout="constrained")
for ax, name in zip(axes, models, strict=True):
    for ill, marker, label in ((0, "o", "healthy"), (1, "^", "ill")):
        group = clinic[clinic.ill == ill]
        ax.scatter(100 * group.share, group[name], s=12, marker=marker, label=label)
    ax.set(title=name, xlabel="activated CD8 T cells (%)")
axes[0].set_ylabel("predicted probability to be ill")
axes[0].legend(fontsize=8)
plt.show()

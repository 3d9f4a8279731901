"""
Grid search over a pipeline of sets
===================================

Sets go through scikit-learn's pipelines and searches like rows do. Here an image of a digit is
turned into the set of its dark pixels, each with its place and darkness, and a grid search chooses
how to pool them.
"""

# %%
# Images as sets of points
# ------------------------

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sksets import DeepSetsClassifier, SetArray
from sksets.preprocessing import ElementTransformer

images, y = load_digits(n_class=3, return_X_y=True)
sets = []
for image in images.reshape(-1, 8, 8):
    row, column = np.nonzero(image > 4)
    sets.append(np.column_stack([column, -row, image[row, column]]))
X_train, X_test, y_train, y_test = train_test_split(
    SetArray.from_sets(sets), y, random_state=0, stratify=y
)
print(X_train)

# %%
# The search
# ----------
# :class:`~sksets.preprocessing.ElementTransformer` applies a scikit-learn transformer to the
# elements of all sets. ``n_jobs=2`` would run the fits in two processes.

pipeline = make_pipeline(
    ElementTransformer(StandardScaler()),
    DeepSetsClassifier(normalize=None, max_epochs=20, random_state=0),
)
grid = {"deepsetsclassifier__pooling": ["sum", "mean", "max", ("mean", "max")]}
search = GridSearchCV(pipeline, grid, cv=2).fit(X_train, y_train)
for pooling, score in zip(
    search.cv_results_["param_deepsetsclassifier__pooling"],
    search.cv_results_["mean_test_score"],
    strict=True,
):
    print(f"{pooling!s:18} {score:.3f}")
print(f"on the test sets: {search.score(X_test, y_test):.3f}")

# %%
# The embedding
# -------------
# ``transform`` of the fitted pipeline gives the pooled vector of each set.

embedding = search.best_estimator_.transform(X_test)
centred = embedding - embedding.mean(axis=0)
axes = np.linalg.svd(centred, full_matrices=False)[2][:2]
fig, ax = plt.subplots(figsize=(4.5, 3.5), layout="constrained")
points = ax.scatter(*(centred @ axes.T).T, c=y_test, cmap="tab10", vmax=9, s=8)
ax.legend(*points.legend_elements(), title="digit", fontsize=8)
ax.set_title("Pooled embedding, first two principal axes", fontsize=10)
plt.show()

"""
Which member does not belong: outliers within a set
===================================================

Each set holds images of one digit and one of another. Which digit is the outlier cannot be seen
from an image alone; the detector compares it with the other members of its set.
"""

# %%
# Sets with an outlier
# --------------------
# :func:`~sksets.datasets.make_outlier_sets` draws sets whose members share a label, and the place
# of the one that does not. Training and test sets are made of different images.

import matplotlib.pyplot as plt
from sklearn.base import clone
from sklearn.datasets import load_digits

from sksets import SetOutlierDetector
from sksets.datasets import make_outlier_sets
from sksets.plotting import SetOutlierDisplay

digits = load_digits()
train, test = slice(0, 1200), slice(1200, None)
X_train, y_train = make_outlier_sets(
    digits.images[train], digits.target[train], n_sets=3000, size=(6, 10), random_state=0
)
X_test, y_test = make_outlier_sets(
    digits.images[test], digits.target[test], n_sets=500, size=(6, 10), random_state=1
)
print(X_train)

# %%
# With labels, and without
# ------------------------
# Being an outlier is a difference: ``equivariant_form="gamma"`` shows each layer nothing else.
# Labels are the places of the outliers. ``fit(X)`` learns from sets alone: in each batch a member
# of each set is replaced by an element of another set, so that there is an outlier to find.

detector = SetOutlierDetector(
    element_encoder="conv", equivariant_form="gamma", max_epochs=5, random_state=0
)
detector.fit(X_train, y_train)
print(f"outliers found with labels: {detector.score(X_test, y_test):.1%}")

clean, _ = make_outlier_sets(
    digits.images[train],
    digits.target[train],
    n_sets=3000,
    size=(6, 10),
    outlier_fraction=0.0,
    random_state=2,
)
unlabelled = clone(detector).fit(clean)
print(f"outliers found without:     {unlabelled.score(X_test, y_test):.1%}")

# %%
# A picture
# ---------
# A row a set: the images, the probability of each to be the outlier, the likeliest framed.

SetOutlierDisplay.from_estimator(detector, X_test, y=y_test, n_sets=4)
plt.show()

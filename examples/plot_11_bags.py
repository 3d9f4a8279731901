"""
Bags of instances: multiple instance learning on MUSK
=====================================================

In multiple instance learning a bag is positive if one of its instances is, and nobody says which: a
slide is a bag of patches, a patient a bag of scans. Here a bag is called a set and an instance an
element. MUSK1 is the field's oldest benchmark: 92 molecules, each the bag of the shapes that it can
take, and whether it smells of musk (Dietterich, Lathrop and Lozano-Perez, 1997; UCI repository,
CC BY 4.0).
"""

# %%
# A list of arrays
# ----------------
# One array a bag, a row an instance: what a feature extractor leaves of a slide is as well.
# :func:`~sksets.datasets.fetch_musk` downloads the file where it is missing.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import RepeatedStratifiedKFold, cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sksets import DeepSetsClassifier
from sksets.datasets import fetch_musk
from sksets.preprocessing import SetSummarizer

musk = fetch_musk(version=1)
bags, y = list(musk.data), musk.target
print(f"{len(bags)} bags, the first ones of {[len(bag) for bag in bags[:5]]} instances")

# %%
# Cross-validation of bags
# ------------------------
# All instances of a bag lie on the same side of a split, since the bag is the sample. Pooling by
# the maximum is the assumption of the field as a network; ``"attention"`` weighs the instances. The
# accuracy is the mean and standard deviation over the folds of twice repeated 5-fold
# cross-validation.

models = {
    "summaries + SVC": make_pipeline(SetSummarizer(), StandardScaler(), SVC(C=10)),
    "Deep Sets, maximum": DeepSetsClassifier(pooling="max", max_epochs=50, random_state=0),
    "Deep Sets, attention": DeepSetsClassifier(pooling="attention", max_epochs=50, random_state=0),
}
folds = RepeatedStratifiedKFold(n_splits=5, n_repeats=2, random_state=0)
for name, model in models.items():
    accuracy = cross_val_score(model, bags, y, cv=folds)
    print(f"{name:21} accuracy {accuracy.mean():.3f} +- {accuracy.std():.3f}")

# %%
# On a hundred bags the summaries with a support vector machine are the better model.
#
# Which instance was it?
# ----------------------
# Each instance is shown to the network as a bag of its own. If a bag is positive, some of its
# instances should be.

train, test, y_train, y_test = train_test_split(bags, y, test_size=0.3, stratify=y, random_state=0)
model = models["Deep Sets, maximum"].fit(train, y_train)
fig, ax = plt.subplots(figsize=(8, 3.2), layout="constrained")
for place, row in enumerate(np.argsort(model.predict_proba(test)[:, 1])):
    alone = model.predict_proba(test[row][:, None])[:, 1]  # 3-D: sets of one element each
    colour, marker = (("C0", "o"), ("C1", "^"))[y_test[row]]
    label = musk.target_names[y_test[row]]
    ax.scatter(np.full(len(alone), place), alone, s=14, color=colour, marker=marker, label=label)
handles = dict(zip(*ax.get_legend_handles_labels()[::-1], strict=True))
ax.legend(handles.values(), handles.keys(), fontsize=8)
ax.set(xlabel="held-out molecules, by their probability", ylabel="each shape alone", xticks=[])
plt.show()

# %%
# How much would be lost without it?
# ----------------------------------
# :func:`~sksets.inspection.element_contributions` answers for the instance in its bag: the log odds
# of musk with it, less those without it. Where two shapes are nearly the same, neither is missed
# alone, though a maximum was theirs; :ref:`inspection` has other measures.

from sksets.inspection import element_contributions
from sksets.plotting import ElementContributionDisplay

contributions = element_contributions(model, test, target=1)
order = np.argsort(model.predict_proba(test)[:, 1])[::-1][:3]
ElementContributionDisplay.from_contributions(
    [test[row] for row in order],
    [contributions[row] for row in order],
    titles=[f"{musk.target_names[y_test[row]]}, {len(test[row])} shapes" for row in order],
)
plt.show()

# %%
# Is it the one that counts? Each bag is cut down to the instance that contributes most, and to one
# at random. On these data it hardly matters which: the shapes of a molecule are alike, and any of
# them tells most of what the bag tells.

rng = np.random.default_rng(0)
top = [bag[[np.argmax(part)]] for bag, part in zip(test, contributions, strict=True)]
any_one = [bag[[rng.integers(len(bag))]] for bag in test]
for name, cut in (("whole bags", test), ("the top instance", top), ("one at random", any_one)):
    print(f"{name:16} accuracy {model.score(cut, y_test):.2f}")

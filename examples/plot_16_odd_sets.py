"""
Odd baskets: which receipts hold articles that do not go together
=================================================================

``score_samples`` says how well the items of a set belong together: the lower, the odder the set.
The data are the 9,835 receipts of one month in a grocery, with 169 articles (Hahsler, Hornik and
Reutterer, 2006; data set Groceries of the R package arules).
"""

# %%
# Fit and score
# -------------
# :func:`~sksets.datasets.fetch_groceries` downloads the file where it is missing.
# :class:`~sksets.SetExpander` gives each article a log score given the others on the receipt, and
# the receipt their mean. :class:`~sksets.BayesianSets` tells how much more probable the articles
# are together than each by itself; this grows with their number, by which it is divided here.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split

from sksets import BayesianSets, SetExpander
from sksets.datasets import fetch_groceries

groceries = fetch_groceries()
vocabulary = groceries.vocabulary
receipts = groceries.data[groceries.data.sizes > 3]
train, test = train_test_split(receipts, test_size=0.25, random_state=0)
expander = SetExpander(vocabulary=vocabulary, pooling="max", max_epochs=15, random_state=0)
expander.fit(train)
ranker = BayesianSets(vocabulary=vocabulary).fit(train)
scores = {
    "SetExpander": expander.score_samples(test),
    "BayesianSets": ranker.score_samples(test) / test.sizes,
}

# %%
# The oddest receipts, and the most ordinary
# ------------------------------------------
# Rare articles are odd to the network. To the closed form they are not: an article's own frequency
# cancels.

for name, values in scores.items():
    print(name)
    order = np.argsort(values)
    for row in [*order[:3], *order[-3:]]:
        print(f"  {values[row]:7.3f}  {', '.join(test[row][:6])}")

# %%
# Receipts with wrong articles
# ----------------------------
# Half of the articles of each receipt are replaced by others, which are drawn as often as they are
# bought. Most people buy a bit of everything, so that the two are hard to tell apart. A receipt is
# told from its own copy a little more surely than from the copies of others.

rng = np.random.default_rng(0)
items, counts = np.unique(test.values, return_counts=True)
swapped = []
for receipt in test:
    chances = np.where(np.isin(items, receipt), 0, counts)
    place = rng.choice(len(receipt), len(receipt) // 2, replace=False)
    copy = receipt.astype(vocabulary.dtype)
    copy[place] = rng.choice(items, len(place), replace=False, p=chances / chances.sum())
    swapped.append(copy)
of_swapped = {
    "SetExpander": expander.score_samples(swapped),
    "BayesianSets": ranker.score_samples(swapped) / test.sizes,
}

fig, axes = plt.subplots(1, 2, figsize=(8, 3.2), layout="constrained", sharey=True)
for ax, (name, real) in zip(axes, scores.items(), strict=True):
    odd = of_swapped[name]
    both = np.concatenate([real, odd])
    area = roc_auc_score(np.repeat([1, 0], len(real)), both)
    print(f"{name}: area under the curve {area:.3f}, above its copy {np.mean(real > odd):.3f}")
    bins = np.linspace(*np.quantile(both, [0.01, 0.99]), 40)
    ax.hist(real, bins, histtype="step", linestyle="-", label="real")
    ax.hist(odd, bins, histtype="step", linestyle="--", label="half replaced")
    ax.set(xlabel=f"score of {name}", title=f"area {area:.2f}")
axes[0].set(ylabel="receipts")
axes[0].legend(fontsize=8)
plt.show()

# %%
# Which article is it
# -------------------
# A receipt is scored again without each of its articles in turn: the article whose loss raises the
# score most is the one that does not belong.

row = int(np.argmax(scores["SetExpander"] - of_swapped["SetExpander"]))
copy = swapped[row]
without = [np.delete(copy, i) for i in range(len(copy))]
gains = expander.score_samples(without) - of_swapped["SetExpander"][row]
for i in np.argsort(-gains):
    print(f"{gains[i]:7.3f}  {copy[i]}{'' if copy[i] in test[row] else ' (replaced)'}")

"""
Baskets of a shop: which article is missing
===========================================

A receipt is a set of articles. One article of each receipt is hidden, and all articles that are not
on it are ranked. The data are the 9,835 receipts of one month in a grocery, with 169 articles
(Hahsler, Hornik and Reutterer, 2006; data set Groceries of the R package arules).
"""

# %%
# Transactions
# ------------
# One row an article of a receipt, as a till writes it.
# :func:`~sksets.datasets.fetch_groceries` downloads the file where it is missing.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split

from sksets import SetArray, SetExpander
from sksets.baselines import CooccurrenceRanker, PopularityRanker
from sksets.datasets import fetch_groceries

groceries = fetch_groceries()
transactions = pd.DataFrame({"receipt": groceries.data.set_ids, "article": groceries.data.values})
# Of a single article nothing can be hidden.
transactions = transactions[transactions.receipt.duplicated(keep=False)]
print(transactions.head(4))

# %%
# Hide, fit and rank
# ------------------
# pandas draws the hidden articles in an order of its own. They keep the number of the receipt as
# their index, by which ``score`` finds the set of each: a SetArray knows its keys. The score is the
# mean reciprocal rank, its mean and standard deviation over three splits.

rankers = {
    "popularity": PopularityRanker(vocabulary=groceries.vocabulary),
    "co-occurrence": CooccurrenceRanker(vocabulary=groceries.vocabulary),
    "SetExpander": SetExpander(vocabulary=groceries.vocabulary, max_epochs=10, random_state=0),
}
scores = {name: [] for name in rankers}
for seed in range(3):
    known, test = train_test_split(transactions.receipt.unique(), test_size=0.2, random_state=seed)
    on_test = transactions[transactions.receipt.isin(test)]
    hidden = on_test.groupby("receipt").sample(1, random_state=seed)
    query = SetArray.from_frame(on_test.drop(hidden.index), "receipt", "article")
    hidden = hidden.set_index("receipt").article
    train = transactions[transactions.receipt.isin(known)]
    train = SetArray.from_frame(train, "receipt", "article")
    for name, ranker in rankers.items():
        scores[name].append(ranker.fit(train).score(query, hidden))
for name, values in scores.items():
    print(f"{name:14}{np.mean(values):.4f} +- {np.std(values):.4f}")

# %%
# Which articles a receipt tells of
# ---------------------------------
# Popularity gives an article nearly the same rank on all receipts; the network lifts those that the
# others on the receipt tell of. Each article here was hidden five times or more in the last split.

reciprocal = pd.DataFrame({"hidden": hidden[query.keys].to_numpy()})
for name in ("popularity", "SetExpander"):
    items, _ = rankers[name].rank(query, n_items=len(groceries.vocabulary))
    reciprocal[name] = 1 / (1 + (items == reciprocal[["hidden"]].to_numpy()).argmax(axis=1))
often = reciprocal.groupby("hidden").filter(lambda cases: len(cases) >= 5)
mean = often.groupby("hidden").mean()
frequency = pd.Series(train.values).value_counts()[mean.index]

fig, ax = plt.subplots(figsize=(6, 3.6), layout="constrained")
for name, marker in {"popularity": "o", "SetExpander": "^"}.items():
    ax.scatter(frequency, mean[name], s=14, marker=marker, label=name)
for name in (mean.SetExpander / mean.popularity).nlargest(3).index:
    ax.annotate(name, (frequency[name], 1.1 * mean.SetExpander[name]), rotation=30, fontsize=8)
ax.set(xscale="log", xlabel="receipts with the article, in training", ylabel="mean reciprocal rank")
ax.set_yscale("log")
ax.legend(fontsize=8)
plt.show()

print(query[0].tolist(), "->", rankers["SetExpander"].predict(query[:1])[0, :4].tolist())

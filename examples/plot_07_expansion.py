"""
What else belongs to this set: set expansion
============================================

Each set holds items of one hidden concept, and a few that came in by chance. From three items of
a new set, rank all others by how well they belong to it.
"""

# %%
# Sets of items
# -------------
# :func:`~sksets.datasets.make_concept_sets` draws sets of items 0 to 199 from ten concepts; each
# item has features, as a word has a word vector. A fifth of the items is taken out of the
# training sets altogether.

import matplotlib.pyplot as plt
import numpy as np

from sksets import BayesianSets, SetExpander
from sksets.baselines import CooccurrenceRanker, NearestRanker, PopularityRanker
from sksets.datasets import make_concept_sets
from sksets.plotting import ExpansionDisplay

data = make_concept_sets(
    n_sets=600, min_size=8, max_size=15, noise=0.2, n_features=8, random_state=0
)
unseen = np.random.default_rng(0).choice(200, size=40, replace=False)
train = [items[~np.isin(items, unseen)] for items in data.data[:500]]
queries = [items[:3] for items in data.data[500:]]
hidden = [items[3:] for items in data.data[500:]]
print(train[0], "->", queries[0], "and hidden", hidden[0])

# %%
# With and without features
# -------------------------
# All rankers have the same methods. The score is the mean reciprocal rank of the hidden items.
# Only what uses features can rank the items that no training set holds.

items = np.arange(200)
vectors = data.item_features
rankers = {
    "popularity": PopularityRanker(vocabulary=items).fit(train),
    "co-occurrence": CooccurrenceRanker(vocabulary=items).fit(train),
    "Bayesian Sets": BayesianSets(vocabulary=items).fit(train),
    "nearest vectors": NearestRanker(vocabulary=items).fit(train, item_features=vectors),
    "SetExpander": SetExpander(vocabulary=items, max_epochs=100, random_state=0).fit(train),
    "SetExpander with features": SetExpander(vocabulary=items, max_epochs=100, random_state=0).fit(
        train, item_features=vectors
    ),
}
for name, ranker in rankers.items():
    print(f"{name:26}{ranker.score(queries, hidden):.3f}")

# %%
# A picture
# ---------
# The query above, the ranked items below; those that were hidden are marked.

ExpansionDisplay.from_estimator(rankers["SetExpander with features"], queries, hidden, n_sets=3)
plt.show()

# %%
# Tags of an object
# -----------------
# With a context, here noisy features of the object that the set describes, queries may be empty.

from sksets import SetArray

rng = np.random.default_rng(1)
objects = np.eye(10)[data.set_concepts] + 0.3 * rng.normal(size=(600, 10))
tagger = SetExpander(max_epochs=100, random_state=0)
tagger.fit(SetArray.from_sets(data.data[:500], context=objects[:500]))
print(tagger.predict(SetArray.from_sets([[], []], context=objects[500:502])))

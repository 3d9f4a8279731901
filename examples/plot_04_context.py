"""
Context: what is known about the whole set
==========================================

A shop asks how many of a customer's offers lie below the customer's budget. The offers are a set;
the budget belongs to no offer, it is the context of the set.
"""

# %%
# Context rides on X
# ------------------
# It is passed to :class:`~sksets.SetArray`, one row a set, and is kept by splits, slices and
# set-to-set transformers, so that it reaches ``predict`` inside scikit-learn's cross-validation.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import cross_val_predict

from sksets import DeepSetsRegressor, SetArray

rng = np.random.default_rng(0)
offers = [rng.uniform(0, 1, size=(rng.integers(1, 15), 1)) for _ in range(600)]
budget = rng.uniform(0, 1, size=(600, 1))
y = np.array([np.sum(prices < limit) for prices, limit in zip(offers, budget, strict=True)])

X = SetArray.from_sets(offers, context=budget)
print(X[:3].context.ravel().round(2))

# %%
# With and without
# ----------------

model = DeepSetsRegressor(max_epochs=40, random_state=0)
with_context = cross_val_predict(model, X, y, cv=3)
without = cross_val_predict(model, offers, y, cv=3)
for name, y_pred in {"with context": with_context, "without": without}.items():
    print(f"{name:13} mean absolute error {np.abs(y - y_pred).mean():.2f}")

fig, axes = plt.subplots(1, 2, figsize=(7, 3.2), sharex=True, sharey=True, layout="constrained")
titles = ("without", "with context")
for ax, title, y_pred in zip(axes, titles, (without, with_context), strict=True):
    ax.scatter(y + rng.uniform(-0.2, 0.2, size=y.shape), y_pred, s=3)
    ax.plot([0, 14], [0, 14], color="k", lw=0.8)
    ax.set(title=title, xlabel="offers below the budget", aspect="equal")
axes[0].set_ylabel("predicted")
plt.show()

# %%
# Given to rho, or to phi
# -----------------------
# By default the context stands beside the pooled elements, and rho makes of both what it can:
# of the prices' sum over phi it has to tell how many lie below any budget. With
# ``context_in="phi"`` each price is read with the budget of its customer, and what is pooled is
# phi(x | z): the paper's conditioning (Zaheer et al., 2017, section 3.1). A linear rho behind it
# is then enough, and the prediction for a single offer is what it adds to the count: a step, at
# the budget.

shared = {"rho_layer_sizes": (), "max_epochs": 40, "random_state": 0}
models = {place: DeepSetsRegressor(context_in=place, **shared) for place in ("rho", "phi")}
price = np.linspace(0, 1, 200)[:, None]
fig, axes = plt.subplots(1, 2, figsize=(7, 3.2), sharex=True, sharey=True, layout="constrained")
for ax, (place, conditioned) in zip(axes, models.items(), strict=True):
    y_pred = cross_val_predict(conditioned, X, y, cv=3)
    print(f"context_in={place!r}  mean absolute error {np.abs(y - y_pred).mean():.2f}")
    conditioned.fit(X, y)
    for limit, style in ((0.25, "-"), (0.5, "--"), (0.75, ":")):
        alone = SetArray.from_sets(price[:, None], context=np.full_like(price, limit))
        ax.plot(price, conditioned.predict(alone), style, label=f"budget {limit}")
    ax.set(title=f"context_in={place!r}", xlabel="price of the only offer")
axes[0].set_ylabel("predicted number below the budget")
axes[0].legend()
plt.show()

# %%
# Where it is missing
# -------------------
# An estimator that was fitted with context says so when it gets none.

model.fit(X, y)
try:
    model.predict(offers[:3])
except ValueError as error:
    print(error)

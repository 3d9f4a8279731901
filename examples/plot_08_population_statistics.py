"""
Statistics of populations: kernels between sets and networks
============================================================

Each set is a sample of a Gaussian of its own, and the target is a number that belongs to the
Gaussian: the entropy of its first coordinate. No formula is given, only sets and their targets.
"""

# %%
# The data
# --------
# The covariance is always the same one, rotated by another angle. The entropy depends on the angle
# alone, and 300 to 500 elements show it but roughly.

import matplotlib.pyplot as plt

from sksets import DeepSetsRegressor, SDMRegressor
from sksets.datasets import make_population_statistics
from sksets.plotting import PopulationStatisticDisplay

train = make_population_statistics("rotation", 256, random_state=0)
test = make_population_statistics("rotation", 256, random_state=1)
print(train.data)

# %%
# A kernel between sets, and a network
# ------------------------------------
# The support distribution machine compares two sets by all pairs of their elements. Its random
# features do so in linear time. The network learns 16 directions; how far the elements spread along
# them, on a logarithmic scale, is what it pools.

sdm = SDMRegressor(
    element_kernel="laplacian", approximation="rff", n_components=500, alpha=1e-3, random_state=0
)
network = DeepSetsRegressor(phi_layer_sizes=(16,), pooling="log_std", batch_size=16, random_state=0)
predicted = {
    name: model.fit(train.data, train.target).predict(test.data)
    for name, model in {"SDM": sdm, "DeepSets": network}.items()
}

# %%
# What is there to reach
# ----------------------
# The entropy of the sample covariance is the obvious estimate. One who knows the family has to
# estimate the angle alone: the floor for all learners.

for name, values in {**predicted, "plug-in": test.plug_in, "floor": test.oracle}.items():
    print(f"{name:8s} {((values - test.target) ** 2).mean():.5f}")

# %%
# The top of figure 1 of the paper: predictions along the angle, and the truth.

PopulationStatisticDisplay.from_predictions(test.target, predicted, parameter=test.parameter)
plt.show()

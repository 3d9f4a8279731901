"""
Jets of particles: which came from a W boson
============================================

A jet is a spray of particles, each with a transverse momentum pt and a direction, eta and phi. A
W boson gives two prongs, and the jet has its mass of 80.4 GeV; a quark or a gluon gives one prong,
with a softer second one. The jets come from a toy simulation without hadrons and without a
detector, since the samples of the field are too large to be shipped here.
"""

# %%
# Records of particles
# --------------------
# Awkward arrays of records, as uproot reads them from ROOT files. Nothing is padded or cut.

import awkward as ak
import matplotlib.pyplot as plt
import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score, roc_curve
from sklearn.pipeline import make_pipeline

from sksets import DeepSetsClassifier
from sksets.preprocessing import SetSummarizer


def simulate(n_jets, seed):
    """Return the particles of each jet, and whether it came from a W."""
    rng = np.random.default_rng(seed)
    is_w = rng.uniform(size=n_jets) < 0.5
    jet_pt = rng.uniform(400, 600, size=n_jets)
    soft, narrow = 0.02 ** rng.uniform(size=(2, n_jets))
    z = np.where(is_w, rng.uniform(0.1, 0.5, size=n_jets), 0.5 * soft)  # share of the second prong
    angle = np.where(is_w, 80.4 / (jet_pt * np.sqrt(z * (1 - z))), 0.8 * narrow)
    turn, eta, phi = rng.uniform(-1, 1, size=(3, n_jets)) * [[np.pi], [2], [2]]

    sizes = rng.poisson(40, size=n_jets) + 2
    is_second = ak.unflatten(rng.uniform(size=sizes.sum()) < 0.5, sizes)
    weight = ak.unflatten(rng.exponential(size=sizes.sum()) ** 2, sizes)
    weight = weight * ak.where(is_second, z, 1 - z)
    pt = jet_pt * weight / ak.sum(weight, axis=1)
    distance = angle * ak.where(is_second, 1 - z, -z)
    d_eta, d_phi = rng.normal(size=(2, sizes.sum()))
    width = 0.3 / np.sqrt(pt**2 + 0.3)
    eta = eta + distance * np.cos(turn) + width * ak.unflatten(d_eta, sizes)
    phi = phi + distance * np.sin(turn) + width * ak.unflatten(d_phi, sizes)
    return ak.zip({"pt": pt, "eta": eta, "phi": phi}), is_w


particles, is_w = simulate(3000, seed=0)
print(particles.type)
print(particles[0, :2].to_list())

# %%
# Place the jets, fit and score
# -----------------------------
# What counts is where a particle lies in its jet, from the mean direction weighted by pt. A
# physicist would cut on the mass of the jet. The score is the area under the ROC curve for jets of
# another draw, its mean and standard deviation over three pairs of draws.


def centred(jets):
    """Measure directions from the axis of each jet."""
    total = ak.sum(jets.pt, axis=1)
    eta, phi = (ak.sum(jets.pt * x, axis=1) / total for x in (jets.eta, jets.phi))
    return ak.zip({"pt": jets.pt, "d_eta": jets.eta - eta, "d_phi": jets.phi - phi})


def mass(jets):
    """Return the invariant mass of each jet of massless particles."""
    parts = np.cosh(jets.eta), np.sinh(jets.eta), np.cos(jets.phi), np.sin(jets.phi)
    energy, *momentum = (ak.sum(jets.pt * part, axis=1) ** 2 for part in parts)
    return np.sqrt(np.maximum(ak.to_numpy(energy - sum(momentum)), 0))


models = {
    "summaries": make_pipeline(SetSummarizer(), HistGradientBoostingClassifier(random_state=0)),
    "Deep Sets": DeepSetsClassifier(learning_rate_init=0.01, max_epochs=20, random_state=0),
}
aucs = {name: [] for name in ["mass alone", *models]}
for seed in range(3):
    (train, y_train), (test, y_test) = simulate(3000, 2 * seed), simulate(2000, 2 * seed + 1)
    scores = {"mass alone": -np.abs(mass(test) - 80.4)}
    for name, model in models.items():
        model.fit(centred(train), y_train)
        scores[name] = model.predict_proba(centred(test))[:, 1]
    for name, score in scores.items():
        aucs[name].append(roc_auc_score(y_test, score))
for name, values in aucs.items():
    print(f"{name:10} AUC {np.mean(values):.3f} +- {np.std(values):.3f}")
print("features:", ", ".join(models["Deep Sets"].feature_names_in_))

# %%
# The network was told nothing of masses, and does a little better than a cut on the mass; the
# summaries, which see pt and the directions apart, do not.
#
# Background that is rejected
# ---------------------------
# For each share of W jets that is kept: of how many other jets one comes through.

fig, ax = plt.subplots(figsize=(5, 3.4), layout="constrained")
for (name, score), style in zip(scores.items(), (":", "--", "-"), strict=True):
    false, true, _ = roc_curve(y_test, score)
    kept = (true > 0.2) & (false > 0)
    ax.plot(true[kept], 1 / false[kept], style, label=name)
ax.set(yscale="log", xlabel="W jets kept", ylabel="1 / other jets kept")
ax.legend(fontsize=8)
plt.show()

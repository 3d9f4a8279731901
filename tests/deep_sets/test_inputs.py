"""What stands before phi: tokens, images, encoders and normalisers."""

import numpy as np
import pytest
import torch
from network_cases import sums

from sksets import DeepSetsRegressor
from sksets.datasets import load_digit_sums


@pytest.mark.parametrize("kind", ["string", "integer"])
def test_tokens_are_sets_too(kind):
    rng = np.random.default_rng(0)
    sizes = rng.integers(1, 6, size=600)
    sets = [rng.integers(0, 10, size=n) for n in sizes]
    y = np.array([s.sum() for s in sets])
    X = [[f"w{t}" for t in s] for s in sets] if kind == "string" else sets
    reg = DeepSetsRegressor(
        element_kind="auto" if kind == "string" else "token", random_state=0
    ).fit(X[:400], y[:400])
    assert len(reg.vocabulary_) == 10
    assert reg.score(X[400:], y[400:]) > 0.98
    unknown, other = (["never seen"], ["nor this"]) if kind == "string" else ([99], [98])
    unknown, other = np.asarray(unknown), np.asarray(other)
    assert reg.predict([unknown]) == reg.predict([other])
    with pytest.raises(ValueError, match="was fitted on|Tokens must be"):
        reg.predict([np.zeros((2, 3))])


def test_a_convolutional_encoder_reads_images():
    data = load_digit_sums(n_sets=300, max_size=3, random_state=0)
    X, y = data.images, data.target
    reg = DeepSetsRegressor(element_encoder="conv", max_epochs=10, random_state=0)
    reg.fit(X[:250], y[:250])
    assert reg.score(X[250:], y[250:]) > 0.5
    with pytest.raises(ValueError, match="elements of shape"):
        DeepSetsRegressor().fit(X, y)


def test_any_module_encodes_elements_and_is_not_changed():
    X, y = sums(400)
    encoder = torch.nn.Sequential(torch.nn.Linear(2, 5), torch.nn.Tanh())
    before = [p.clone() for p in encoder.parameters()]
    reg = DeepSetsRegressor(element_encoder=encoder, random_state=0).fit(X, y)
    assert reg.score(X, y) > 0.98
    for old, new in zip(before, encoder.parameters(), strict=True):
        assert torch.equal(old, new)
    bad = torch.nn.Sequential(torch.nn.Linear(2, 5), torch.nn.Flatten(0))
    with pytest.raises(ValueError, match="element_encoder must map"):
        DeepSetsRegressor(element_encoder=bad).fit(X, y)
    with pytest.raises(ValueError, match=r"must map \(M, 2\) to \(M, h\); given two elements"):
        DeepSetsRegressor(element_encoder=torch.nn.Linear(7, 5)).fit(X, y)

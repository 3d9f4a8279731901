"""What stands before phi: tokens, images, encoders and normalisers."""

import numpy as np
import pytest
import torch
from network_cases import sums
from numpy.testing import assert_allclose

from sksets import DeepSetsRegressor, SetArray
from sksets._deep_sets.inputs import build_encoder, build_normalizer
from sksets.datasets import load_digit_sums
from sksets.nn import ConvEncoder, SetNormalize


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
    with pytest.raises(ValueError, match=r"must map \(M, 2\) to \(M, h\); given two rows"):
        DeepSetsRegressor(element_encoder=torch.nn.Linear(7, 5)).fit(X, y)


# ---------------------------------------------------------------- the modules


def test_an_encoder_is_copied_and_takes_the_type_of_the_network():
    linear = torch.nn.Linear(2, 5)
    encoder, width = build_encoder(linear, (2,), torch.float64)
    assert width == 5 and encoder is not linear and encoder.training
    assert encoder.weight.dtype == torch.float64 and linear.weight.dtype == torch.float32
    assert build_encoder(None, (7,), torch.float32) == (None, 7)


def test_encoders_of_images_and_of_tokens():
    encoder, width = build_encoder("conv", (8, 8), torch.float32)
    assert encoder(torch.zeros(3, 8, 8)).shape == (3, width)
    encoder, width = build_encoder(None, (), torch.float32, n_tokens=4, embedding_dim=6)
    assert width == 6 and encoder(torch.tensor([0, 3])).shape == (2, 6)


def test_scales_are_those_of_the_elements_by_their_weights():
    values = np.array([[1.0, 5.0], [3.0, 5.0], [9.0, 5.0]])
    sets = SetArray(values, [0, 2, 2, 3])
    scaler = build_normalizer("features", sets)
    assert_allclose(scaler.mean, values.mean(axis=0))
    assert_allclose(scaler.scale, [values[:, 0].std(), 1.0])
    scaler = build_normalizer("features", sets, np.array([1, 1, 0]))
    assert_allclose([*scaler.mean, *scaler.scale], [2, 5, 1, 1])


def test_pixels_share_one_scale():
    pixels = np.random.default_rng(0).uniform(0, 255, size=(9, 4, 5))
    pixels[:, 0] += 1000
    scaler = build_normalizer("features", SetArray(pixels, [0, 4, 9]))
    assert_allclose([scaler.mean, scaler.scale], [pixels.mean(), pixels.std()])


def test_what_is_not_scaled_by_features():
    numbers = SetArray(np.ones((2, 3)), [0, 2])
    assert build_normalizer(None, numbers) is None
    assert build_normalizer("features", SetArray(np.array([0, 1]), [0, 2])) is None
    assert isinstance(build_normalizer("set", numbers), SetNormalize)


def test_elements_of_two_axes_are_images_for_an_encoder_of_images():
    pairs, maps = (SetArray(np.ones((2, *shape)), [0, 2]) for shape in ((4, 3), (1, 4, 4)))
    module = torch.nn.Flatten()
    assert not build_normalizer("set", pairs, encoder=module).images
    for sets, encoder in ((pairs, "conv"), (pairs, ConvEncoder((8, 8))), (maps, module)):
        assert build_normalizer("set", sets, encoder=encoder).images


def test_sets_of_points_with_their_neighbours_are_moved_as_a_whole():
    rng = np.random.default_rng(0)
    X = [rng.normal(size=(size, 4, 3)) for size in rng.integers(3, 9, size=20)]
    y = [points.std() for points in X]
    model = DeepSetsRegressor(
        element_encoder=torch.nn.Flatten(), normalize="set", max_epochs=20, random_state=0
    ).fit(X, y)
    expected = model.predict(X)
    moved = model.predict([3 * points + np.array([5.0, 0.0, -100.0]) for points in X])
    assert_allclose(moved, expected, atol=1e-4)
    # What a slot has by itself is not lost: it would be if it had a mean of its own.
    other = model.predict([points + np.array([[0.0], [1.0], [2.0], [3.0]]) for points in X])
    assert np.abs(other - expected).max() > 0.01
    model.set_params(max_elements_per_batch=2)
    assert_allclose(model.predict(X), expected, atol=1e-5)

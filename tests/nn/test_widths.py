"""Widths that are none end where a layer is built, in one sentence."""

import pytest
import torch

from sksets.nn import MLP, AttentionPooling, DeepSetsModule, SetNorm, TokenEmbedding


@pytest.mark.parametrize("width", [torch.tensor(4), 2.0, "4", None, -1, 2**70])
@pytest.mark.parametrize(
    "build, name",
    [
        (lambda width: MLP((3, width)), "out_features"),
        (lambda width: DeepSetsModule(3, width), "out_features"),
        (lambda width: DeepSetsModule(3, 1, phi_layer_sizes=(width, 2)), "out_features"),
        (lambda width: AttentionPooling(4, n_heads=width), "n_heads"),
        (lambda width: SetNorm(width), "features"),
        (lambda width: TokenEmbedding(5, width), "dim"),
    ],
)
def test_widths_that_are_none(build, name, width):
    with pytest.raises(ValueError, match=rf"^{name} must be a whole number of [01] or more; found"):
        build(width)

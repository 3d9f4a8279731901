"""Where a network computes."""

import pytest
import torch

from sksets._training.device import resolve_device


def test_a_device_is_one_that_torch_can_use():
    assert resolve_device("cpu") == resolve_device(torch.device("cpu")) == torch.device("cpu")
    expected = "cuda" if torch.cuda.is_available() else "cpu"
    assert resolve_device("auto").type == expected


@pytest.mark.parametrize("device", ["gpu", "meta", "cpu:x", ""])
def test_what_is_no_device(device):
    with pytest.raises(ValueError, match=f"^device='{device}' cannot be used by torch here; try"):
        resolve_device(device)

"""Features that vary, and that float32 cannot tell apart."""

import numpy as np
import pandas as pd
import pytest
import torch

from sksets import DeepSetsElementRegressor, DeepSetsRegressor, SetArray, _blocks
from sksets._deep_sets.digits import require_digits

Y = np.arange(20.0)


def seconds(names=None):
    """Sets with a time of day among other features, and unix seconds over a minute."""
    rng = np.random.default_rng(0)
    values = np.c_[rng.uniform(size=60), 1.7e9 + 60 * rng.uniform(size=60)]
    return SetArray(values, np.arange(0, 61, 3), feature_names=names)


@pytest.mark.parametrize(
    ("names", "named"), [(None, "Feature 1 of"), (["x", "time"], "Feature 'time' of")]
)
def test_the_error_names_the_feature_and_says_what_to_do(names, named):
    message = (
        rf"{named} the elements lies between 17\d+\.\d+ and 17\d+\.\d+, and float32 holds such "
        r"numbers in steps of 2e\+02 only. Use normalize='features', which .* dtype='float64'"
    )
    reg = DeepSetsRegressor(normalize=None, max_epochs=1, random_state=0)
    with pytest.raises(ValueError, match=message):
        reg.fit(seconds(names), Y)
    assert not hasattr(reg, "net_")
    elements = DeepSetsElementRegressor(normalize=None, max_epochs=1)
    with pytest.raises(ValueError, match=named):
        elements.fit(seconds(names), np.split(np.arange(60.0), 20))
    table = pd.DataFrame(seconds().values[:20], columns=["x", "time"])
    with pytest.raises(ValueError, match="Feature 'time'"):
        DeepSetsRegressor(normalize=None, max_epochs=1).fit(table, Y)
    reg.set_params(dtype="float64").fit(seconds(names), Y)
    reg.set_params(dtype="float32", normalize="features").fit(seconds(names), Y)


def column(*numbers, dtype=np.float64):
    values = np.array(numbers, dtype=dtype)[:, None]
    return SetArray(values, [0, len(values)])


@pytest.mark.parametrize(
    ("sets", "lost"),
    [
        (column(5.4e6, 5.4e6 + 0.3, 5.4e6 + 1), True),
        (column(1_700_000_000, 1_700_000_060, dtype=np.int64), True),
        (column(2**24, 2**24 + 1, dtype=np.int64), True),
        # In float32 these are what they are.
        (column(2**24, 2**24 + 2, dtype=np.int64), False),
        (column(5.4e6, 5.4e6 + 0.3, dtype=np.float32), False),
        (column(1_000_000, 1_000_001, dtype=np.int32), False),
        # Constant, constant but for rounding, and a small number beside large ones.
        (column(1.7e9, 1.7e9), False),
        (column(0.1 + 0.2, 0.3), False),
        (column(1e-9, 1e9), False),
        (column(0.0, 0.0), False),
    ],
)
@pytest.mark.parametrize("block_bytes", [1, 2**24])
def test_what_is_lost(sets, lost, block_bytes, monkeypatch):
    monkeypatch.setattr(_blocks, "BLOCK_BYTES", block_bytes)
    require_digits(sets.codes, torch.float64)
    require_digits(sets.codes, torch.float32, skipped=[0])
    if not lost:
        return require_digits(sets.codes, torch.float32)
    with pytest.raises(ValueError, match="Feature 0 of the elements lies between"):
        require_digits(sets.codes, torch.float32)


def test_pixels_are_of_one_kind():
    images = np.full((3, 4, 5), 0.5)
    images[1, 0, 0] += 1e-9
    images[:, 1] = 0.25
    require_digits(images, torch.float32)
    with pytest.raises(ValueError, match="Each number lies between 1000000 and 1000000.005, and"):
        require_digits(1e6 + images * 0.02 - 0.005, torch.float32)

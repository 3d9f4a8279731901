"""Batches that are cut from one gather are the sets themselves, in the order of the shuffle."""

import re
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from network_cases import sums
from numpy.testing import assert_array_equal
from skorch.callbacks import Callback

from sksets import DeepSetsRegressor, SetArray
from sksets._training import dataset as packed_dataset
from sksets._training.batches import PackedIterator
from sksets._training.dataset import PackedDataset


def shift(batch):
    values = batch.sets.values + 10 * batch.sets.set_ids[:, None]
    return batch._replace(sets=batch.sets.replace(values))


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    sets = [rng.normal(size=(size, 3)).astype(np.float32) for size in rng.integers(0, 9, 50)]
    sets[7] = rng.normal(size=(30, 3)).astype(np.float32)
    return SetArray.from_sets(sets, context=rng.normal(size=(50, 2))), np.arange(50.0)[:, None]


@pytest.mark.parametrize("gather_bytes", [1, 1_000, 2**20])
@pytest.mark.parametrize("max_elements", [None, 20])
@pytest.mark.parametrize("shuffled", [False, True])
@pytest.mark.parametrize("transforms", [(), (shift,)])
@pytest.mark.parametrize("mapped", [False, True])
def test_batches(
    data, gather_bytes, max_elements, shuffled, transforms, mapped, monkeypatch, tmp_path
):
    monkeypatch.setattr(packed_dataset, "GATHER_BYTES", gather_bytes)
    sets, y = data
    weight = y[:, 0] + 1
    packed = sets
    if mapped:
        np.save(tmp_path / "values.npy", sets.values)
        values = np.load(tmp_path / "values.npy", mmap_mode="r")
        packed = SetArray(values, sets.offsets, context=sets.context)
    dataset = PackedDataset(packed, y, weight, device=torch.device("cpu"), dtype=torch.float32)
    rng = np.random.default_rng(1) if shuffled else None
    seen = []
    for batch, (target, weights) in PackedIterator(dataset, 8, max_elements, rng, transforms):
        assert len(batch) <= 8
        assert max_elements is None or len(batch) == 1 or len(batch.values) <= max_elements
        assert torch.equal(batch.sizes, batch.offsets.diff())
        assert torch.equal(batch.set_ids, torch.repeat_interleave(batch.sizes))
        index = target[:, 0].to(torch.int64).numpy()
        np.testing.assert_array_equal(weights, index + 1)
        np.testing.assert_allclose(batch.context, sets.context[index], rtol=1e-6)
        parts = batch.values.split(batch.sizes.tolist())
        for place, (i, part) in enumerate(zip(index, parts, strict=True)):
            added = 10 * place if transforms else 0
            np.testing.assert_allclose(part, sets[int(i)] + np.float32(added), rtol=1e-6)
        seen += index.tolist()
    order = np.random.default_rng(1).permutation(50) if shuffled else np.arange(50)
    assert seen == order.tolist()


def test_a_memory_mapped_array_is_fitted_as_one_in_memory(tmp_path):
    X, y = sums(100)
    X = SetArray.from_sets(X)
    np.save(tmp_path / "values.npy", X.values)
    mapped = SetArray(np.load(tmp_path / "values.npy", mmap_mode="r"), X.offsets)
    reg = DeepSetsRegressor(max_epochs=2, max_elements_per_batch=100, random_state=0)
    assert_array_equal(reg.fit(mapped, y).predict(mapped), reg.fit(X, y).predict(X))


class MemoryProbe(Callback):
    """Writes down, batch by batch, the memory that no file backs: what was really loaded."""

    peaks = []

    def on_batch_end(self, net, **kwargs):
        self.peaks.append(anonymous_memory())


def anonymous_memory():
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return 1024 * int(re.search(r"RssAnon:\s+(\d+) kB", status)[1])


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_memory_mapped_array_is_never_loaded_whole(tmp_path):
    n_sets, size = 1500, 1000
    path = tmp_path / "values.npy"
    np.save(path, np.tile(np.arange(20, dtype=np.float32), (n_sets * size, 1)))
    X = SetArray(np.load(path, mmap_mode="r"), np.arange(n_sets + 1) * size)
    reg = DeepSetsRegressor(phi_layer_sizes=(8,), batch_size=8, max_elements_per_batch=5_000)
    reg.set_params(max_epochs=1, callbacks=[MemoryProbe()], early_stopping=True)
    reg.fit(X[:50], np.arange(50.0)).predict(X[:50])
    before, MemoryProbe.peaks[:] = anonymous_memory(), []
    reg.fit(X, np.arange(n_sets)).predict(X)
    assert len(MemoryProbe.peaks) >= n_sets / 8
    assert max(*MemoryProbe.peaks, anonymous_memory()) - before < X.values.nbytes / 2


@pytest.mark.parametrize("shape", [(3,), (4, 5)])
def test_reversed_views_are_read(shape):
    rng = np.random.default_rng(0)
    values, context = rng.normal(size=(10, *shape)), rng.normal(size=(3, 2))
    backwards = (slice(None, None, -1),) * values.ndim
    sets = SetArray(values[backwards], [0, 4, 4, 10], context[::-1, ::-1])
    y = np.arange(3.0)[::-1]
    dataset = PackedDataset(sets, y, device=torch.device("cpu"), dtype=torch.float64)
    ((batch, (target, _)),) = dataset.batches(torch.arange(3), [3])
    np.testing.assert_array_equal(batch.values, values[backwards])
    np.testing.assert_array_equal(batch.context, context[::-1, ::-1])
    assert target.tolist() == [2.0, 1.0, 0.0]

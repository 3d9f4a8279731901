import pytest
import torch
from augmentation_cases import SIZES, make_batch, seeded

from sksets.augmentation import DropElements
from sksets.nn import SetBatch


def test_a_subset_in_its_order_with_its_weights():
    weight = torch.arange(1.0, 45.0)
    batch = make_batch(2, element_weight=weight, context=torch.eye(4))
    new = DropElements(0.5, 0.5)(batch, seeded())
    assert new.sizes.tolist()[1:] == [0, 1, 20] and new.sizes[0] in (1, 2)
    assert new.offsets.diff().tolist() == new.sizes.tolist()
    kept = (new.element_weight - 1).long()
    assert (kept.diff() > 0).all()
    assert torch.equal(new.values, batch.values[kept])
    assert torch.equal(batch.set_ids[kept], new.set_ids)
    assert new.context is batch.context


def test_no_set_is_emptied():
    assert DropElements(1, 1)(make_batch(2), seeded()).sizes.tolist() == [1, 0, 1, 1]
    assert DropElements(0)(make_batch(2), seeded()).sizes.tolist() == list(SIZES)


def test_each_element_is_as_likely_and_the_share_is_uniform():
    tokens = torch.arange(5).repeat(4000)
    batch = SetBatch(tokens, torch.arange(0, 20001, 5))
    new = DropElements(0.8, 0.2)(batch, seeded())
    counts = new.values.bincount()
    assert 0.48 < counts.min() / 4000 and counts.max() / 4000 < 0.52
    # From one to four of five elements, by shares from .2 to .8.
    sizes = new.sizes.bincount(minlength=6)
    assert sizes[0] == sizes[5] == 0 and sizes[1:5].min() > 600


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"max_share": 1.5}, "max_share == 1.5, must be <= 1"),
        ({"max_share": 0.5, "min_share": 0.6}, "min_share=0.6 must not be above max_share=0.5"),
        ({"max_share": float("nan")}, "max_share == nan"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises((ValueError, TypeError), match=message):
        DropElements(**arguments)

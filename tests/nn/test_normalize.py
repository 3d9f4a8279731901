import pytest
import torch
from layer_cases import SIZES, make_batch

from sksets.nn import FeatureScaler, SetBatch, SetNorm, SetNormalize
from sksets.nn._steps import pool_pieces, run_known, run_whole


def run(layer, batch):
    """Return what the layer gives when it is called."""
    return layer(batch.values, batch)


def test_scaler_table():
    scaler = FeatureScaler(torch.tensor([1.0, 2.0]), torch.tensor([2.0, 4.0]))
    values = torch.tensor([[1, 2], [3, 10]], dtype=torch.uint8)
    normalised = run(scaler, SetBatch(values, torch.tensor([0, 2])))
    assert normalised.dtype == torch.float32
    assert normalised.tolist() == [[0.0, 0.0], [1.0, 2.0]]
    assert {name for name, _ in scaler.named_buffers()} == {"mean", "scale"}


def test_set_normalize_table():
    values = torch.tensor([[1.0, 5.0], [3.0, 5.0], [7.0, 7.0], [7.0, 7.0], [0.0, 9.0]])
    batch = SetBatch(values, torch.tensor([0, 0, 2, 4, 4, 5]))
    root = 2.0**0.5
    expected = torch.tensor([[-root, 0], [root, 0], [0, 0], [0, 0], [0, 0]])
    torch.testing.assert_close(SetNormalize()(values, batch), expected)


LAYERS = {
    "scaler": FeatureScaler(torch.arange(4.0), torch.arange(1.0, 5.0)),
    "normalize": SetNormalize(),
    "norm": SetNorm(4),
}
layers = pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)


@layers
def test_a_call_runs_the_steps(layer, batch):
    steps = layer.double().steps(batch.values, batch)
    assert torch.equal(layer(batch.values, batch), run_whole(steps, batch))


@layers
@pytest.mark.parametrize("sizes", [(), (0,), (0, 2, 0)], ids=str)
def test_empty_sets_add_no_element(layer, sizes):
    batch = make_batch(sizes)
    out = layer.double()(batch.values, batch)
    assert out.shape == batch.values.shape and out.isfinite().all()


@layers
def test_each_set_as_if_it_were_alone(layer, batch):
    parts = batch.values.split(batch.sizes.tolist())
    alone = [layer.double()(part, SetBatch(part, torch.tensor([0, len(part)]))) for part in parts]
    torch.testing.assert_close(layer(batch.values, batch), torch.cat(alone))


def test_each_set_by_itself(batch):
    normalised = run(SetNormalize(), batch).split(batch.sizes.tolist())
    for rows, part in zip(normalised, batch.values.split(batch.sizes.tolist()), strict=True):
        if len(part) > 1:
            centred = part - part.mean(0)
            torch.testing.assert_close(rows, centred / centred.square().mean().sqrt())
        else:
            assert rows.count_nonzero() == 0


def test_images_have_one_scale_a_set():
    images = torch.rand(7, 3, 5, dtype=torch.float64)
    normalised = run(SetNormalize(images=True), SetBatch(images, torch.tensor([0, 4, 7])))
    for rows in normalised.split([4, 3]):
        torch.testing.assert_close(rows.mean(0), torch.zeros(3, 5, dtype=torch.float64))
        assert rows.square().mean().item() == pytest.approx(1)


# Elements that are points with their neighbours: two sets of 3 and 1 of them.
POINTS = torch.randn(4, 5, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
OFFSETS = torch.tensor([0, 3, 3, 4])


def test_points_of_an_element_are_moved_alike():
    normalised = run(SetNormalize(), SetBatch(POINTS + torch.tensor([9.0, 0, -2]), OFFSETS))
    for rows, part in zip(normalised.split([3, 1]), POINTS.split([3, 1]), strict=True):
        centred = part - part.mean((0, 1))
        torch.testing.assert_close(rows, centred / centred.square().mean().sqrt())
    deeper = run(SetNormalize(), SetBatch(POINTS[:, :4].reshape(4, 2, 2, 3), OFFSETS))
    expected = run(SetNormalize(), SetBatch(POINTS[:, :4], OFFSETS))
    torch.testing.assert_close(deeper, expected.reshape(4, 2, 2, 3))
    # One point an element is a vector.
    one = run(SetNormalize(), SetBatch(POINTS[:, :1], OFFSETS))
    torch.testing.assert_close(one[:, 0], run(SetNormalize(), SetBatch(POINTS[:, 0], OFFSETS)))


@pytest.mark.parametrize("images", [False, True])
@pytest.mark.parametrize("lengths", [(4,), (1, 3), (2, 0, 2)], ids=str)
def test_pieces_of_elements_of_two_axes(images, lengths):
    layer = SetNormalize(images=images)
    whole = run(layer, SetBatch(POINTS, torch.tensor([0, 4])))
    pieces = [SetBatch(part, torch.tensor([0, len(part)])) for part in POINTS.split(lengths)]
    pools = layer.pools(pieces, torch.tensor([4]))
    parts = [layer(piece.values, piece, pools) for piece in pieces]
    torch.testing.assert_close(torch.cat(parts), whole)


def test_equal_points_become_zeros():
    values = torch.tensor([0.1, -1e4, 1e-3]).repeat(7, 2, 1)
    assert run(SetNormalize(), SetBatch(values, torch.tensor([0, 7]))).count_nonzero() == 0


@pytest.mark.parametrize("size", [1, 3, 1000, 4999])
def test_equal_elements_become_zeros(size):
    values = torch.tensor([[0.1, -1e4, 1e-3]]).repeat(size, 1)
    assert run(SetNormalize(), SetBatch(values, torch.tensor([0, size]))).count_nonzero() == 0


def test_gradient_stays_finite():
    batch = make_batch((3, 0, 1))
    values = batch.values.requires_grad_()
    (gradient,) = torch.autograd.grad(run(SetNormalize(), batch.replace(values)).sum(), values)
    assert gradient.isfinite().all()


def test_origin_of_pieces_is_the_first_element(batch):
    first = SetNormalize().first
    whole = first(batch.values, batch)
    starts = [0, 3, 4, 9]
    assert torch.equal(whole[[0, 2, 3, 5]], batch.values[starts])
    pieces = SetBatch(batch.values, torch.tensor([0, 0, 2, 3, 3, 13, 13]))
    state = first.reduce(batch.values, pieces)
    state = first.merge(state, SetBatch(state[0], torch.tensor([0, 3, 6])))
    assert torch.equal(first.finish(state, torch.tensor([3, 10])), batch.values[[0, 3]])


# ---------------------------------------------------------------- SetNorm


def normalised_pieces(norm, pieces, size):
    """Result on all pieces of one set, each time from the pools of the whole set."""

    def make_steps(piece):
        return norm.steps(piece.values, piece)

    pools, rows = [], []
    for _ in ("mean", "variance"):
        pools.append(pool_pieces(make_steps, pieces, torch.tensor([size]), pools)[1])
    for piece in pieces:
        with pytest.raises(StopIteration) as end:
            run_known(make_steps(piece), pools)
        rows.append(end.value.value)
    return torch.cat(rows)


def make_norm(features, eps=1e-5):
    norm = SetNorm(features, eps)
    torch.nn.init.normal_(norm.weight)
    torch.nn.init.normal_(norm.bias)
    return norm.double()


def test_set_norm_table():
    batch = SetBatch(torch.tensor([[0.0, 4.0], [4.0, 0.0], [1.0, 3.0]]), torch.tensor([0, 2, 2, 3]))
    normalised = SetNorm(2, eps=0.0)(batch.values, batch)
    assert normalised.tolist() == [[-1.0, 1.0], [1.0, -1.0], [-1.0, 1.0]]


@pytest.mark.parametrize("eps", [1e-5, 0.1])
def test_set_norm_formula(eps, batch):
    norm = make_norm(4, eps)
    normalised = norm(batch.values, batch)
    for rows, part in zip(normalised.split(SIZES), batch.values.split(SIZES), strict=True):
        if len(part):
            scaled = (part - part.mean()) / torch.sqrt(part.var(correction=0) + eps)
            torch.testing.assert_close(rows, scaled * norm.weight + norm.bias)


def test_set_norm_gradients(batch):
    norm, values = make_norm(4), batch.values.requires_grad_()
    inputs = (values, norm.weight, norm.bias)
    assert torch.autograd.gradcheck(lambda *_: norm(values, batch), inputs)


@pytest.mark.parametrize("lengths", [(13,), (5, 8), (0, 1, 12), (4, 4, 5, 0)], ids=str)
def test_set_norm_of_pieces(lengths, batch):
    norm, values = make_norm(4), batch.values + 3
    one_set = SetBatch(values, torch.tensor([0, 13]))
    pieces = [SetBatch(rows, torch.tensor([0, len(rows)])) for rows in values.split(lengths)]
    normalised = normalised_pieces(norm, pieces, 13)
    torch.testing.assert_close(normalised, norm(values, one_set))


def test_set_norm_far_from_the_origin():
    batch = make_batch((50, 3), dtype=torch.float32)
    normalised = SetNorm(4)(batch.values + 1000, batch)
    torch.testing.assert_close(normalised, SetNorm(4)(batch.values, batch), atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize("features", [1, 4])
def test_set_norm_of_equal_numbers_is_the_bias(features):
    norm, batch = make_norm(features), make_batch((1, 0, 3), features)
    values = torch.full_like(batch.values, 2.5).requires_grad_()
    normalised = norm(values, batch)
    torch.testing.assert_close(normalised, norm.bias.expand(4, -1))
    (gradient,) = torch.autograd.grad(normalised.square().sum(), values)
    assert gradient.isfinite().all()


@pytest.mark.parametrize("features", [1, 7, 64])
def test_number_of_threads_changes_no_bit_of_set_norm(features, two_thread_counts):
    batch = make_batch((301, 0, 7, 20_000, 1), features, torch.float32)
    norm, values = SetNorm(features), batch.values.requires_grad_()
    weight = torch.randn_like(values)

    def both_ways():
        out = norm(values, batch)
        return out, *torch.autograd.grad((out * weight).sum(), (values, *norm.parameters()))

    one, two = two_thread_counts(both_ways)
    assert all(torch.equal(a, b) for a, b in zip(one, two, strict=True))


# ---------------------------------------------------------------- huge, tiny and far


@pytest.mark.parametrize("scale", [1e30, 1e-30])
@pytest.mark.parametrize("lengths", [(13,), (1, 0, 7, 5)], ids=str)
def test_set_normalize_has_no_unit(scale, lengths):
    """Squares of 1e30 overflow in single precision, and those of 1e-30 vanish."""
    batch, count = make_batch((13,), dtype=torch.float32), torch.tensor([13])
    expected, layer = run(SetNormalize(), batch), SetNormalize()
    values = batch.values * scale
    pieces = [SetBatch(part, torch.tensor([0, len(part)])) for part in values.split(lengths)]
    pools = layer.pools(pieces, count)
    parts = [layer(piece.values, piece, pools) for piece in pieces]
    torch.testing.assert_close(torch.cat(parts), expected, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(run(layer, batch.replace(values)), expected, rtol=1e-4, atol=1e-5)


def test_pieces_of_equal_elements_become_zeros():
    values = torch.tensor([[0.1, -1e4, 1e-3]]).repeat(7, 1)
    pieces = [SetBatch(part, torch.tensor([0, len(part)])) for part in values.split([0, 2, 5])]
    pools = SetNormalize().pools(pieces, torch.tensor([7]))
    assert SetNormalize()(values, SetBatch(values, torch.tensor([0, 7])), pools).eq(0).all()


def test_the_scaler_needs_no_pool(batch):
    scaler = LAYERS["scaler"].double()
    assert scaler.pools([batch], torch.tensor([13])) == []
    assert torch.equal(scaler(batch.values, batch, []), scaler(batch.values, batch))


def test_pools_that_are_missing(batch):
    with pytest.raises(RuntimeError, match="asks for a pool that it was not given"):
        SetNormalize()(batch.values, batch, [])

"""The ways to train one set network that `speed.py` compares.

All fit the same network, phi = [encoder] Linear(d, w) ReLU Linear(w, w), sum over the set, rho =
Linear(w, w) ReLU Linear(w, 1) plus Linear(w, 1), to the mean squared error with AdamW, a constant
rate and the same number of sets a step. The encoder is an embedding for tokens, ConvEncoder for
images and nothing for vectors. Each class has `fit(data, epochs)`, which starts from new weights
and includes all preparation of the data, `predict(data)` -> (n_sets,), and `parameters()`.
"""

from collections import namedtuple

import numpy as np
import skorch
import torch
from torch import nn

from sksets import DeepSetsRegressor, SetArray
from sksets.nn import ConvEncoder

RATE = 1e-3
WEIGHT_DECAY = 1e-2
# Vectors of an image or of a token.
ENCODED = 64

Shape = namedtuple("Shape", "n_sets sizes element width batch_size epochs", defaults=(2,))
Shape.__doc__ = """`element`: a number of features, a shape of images, or "tokens of n"."""

Data = namedtuple("Data", "values offsets y sets")
Data.__doc__ = "values (N, ...), offsets (n + 1,), y (n,) float32, sets: n views of values."


def n_tokens(shape):
    """The size of the vocabulary, 0 where elements are not tokens."""
    return int(shape.element.split()[-1]) if isinstance(shape.element, str) else 0


def draw_sizes(shape, rng):
    """Sizes of sets, uniform between two bounds, or in their logarithms for a heavy tail."""
    low, high, *kind = shape.sizes
    if kind == ["heavy tail"]:
        return np.exp(rng.uniform(np.log(low), np.log(high + 1), shape.n_sets)).astype(int)
    return rng.integers(low, high + 1, shape.n_sets)


def make_data(shape, seed):
    """Sets of random elements; y is a sum over them, without trend and of variance 1.

    So the estimator's own standardisation of y does nothing, and all methods see the same targets.
    """
    rng = np.random.default_rng(seed)
    sizes = draw_sizes(shape, rng)
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    if n_tokens(shape):
        values = rng.integers(0, n_tokens(shape), offsets[-1])
        # Every token occurs, so that the vocabulary is that of all methods.
        values[rng.permutation(len(values))[: n_tokens(shape)]] = np.arange(n_tokens(shape))
        terms = rng.standard_normal(n_tokens(shape))[values]
    elif isinstance(shape.element, tuple):
        values = rng.random((offsets[-1], *shape.element), dtype=np.float32)
        terms = values[:, 0, 0]
    else:
        values = rng.standard_normal((offsets[-1], shape.element), dtype=np.float32)
        terms = np.sin(2 * values[:, 0])
    y = np.add.reduceat(terms, offsets[:-1])
    if sizes.min() < sizes.max():
        y = y - np.polyval(np.polyfit(sizes, y, 1), sizes)
    y = ((y - y.mean()) / y.std()).astype(np.float32)
    sets = [values[a:b] for a, b in zip(offsets[:-1], offsets[1:], strict=True)]
    return Data(values, offsets, y, sets)


def make_phi(shape):
    """The layers that each element passes through."""
    layers, width = [], shape.element
    if n_tokens(shape):
        layers, width = [nn.Embedding(n_tokens(shape), ENCODED)], ENCODED
    elif isinstance(shape.element, tuple):
        layers, width = [ConvEncoder(shape.element, ENCODED)], ENCODED
    return nn.Sequential(
        *layers,
        nn.Linear(width, shape.width),
        nn.ReLU(),
        nn.Linear(shape.width, shape.width),
    )


class Rho(nn.Module):
    """One hidden layer plus a linear function, as in sksets."""

    def __init__(self, width):
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 1))
        self.linear = nn.Linear(width, 1, bias=False)

    def forward(self, x):
        return self.mlp(x) + self.linear(x)


class PaddedDeepSets(nn.Module):
    """x (B, n, ...), mask (B, n): every padding row goes through phi too."""

    def __init__(self, shape):
        super().__init__()
        self.phi, self.rho = make_phi(shape), Rho(shape.width)

    def forward(self, x, mask):
        h = self.phi(x.flatten(0, 1)).unflatten(0, mask.shape)
        return self.rho((h * mask.unsqueeze(-1)).sum(1))


class PackedDeepSets(PaddedDeepSets):
    """values (M, ...), set_ids (M,), sizes (B,): only the elements there are."""

    def forward(self, values, set_ids, sizes):
        h = self.phi(values)
        return self.rho(h.new_zeros(len(sizes), h.shape[1]).index_add(0, set_ids, h))


class DeferredDeepSets(PackedDeepSets):
    """The same function: phi's last layer multiplies the B sums instead of the M elements."""

    def forward(self, values, set_ids, sizes):
        h = self.phi[:-1](values)
        pooled = h.new_zeros(len(sizes), h.shape[1]).index_add(0, set_ids, h)
        last = self.phi[-1]
        return self.rho(pooled @ last.weight.T + sizes.unsqueeze(-1) * last.bias)


class _Loop:
    """A bare torch training loop over `_batch(rows of sets)` -> module inputs.

    The optimiser is torch's fused one, which takes the steps of that of sksets to the bit.
    """

    module_class = None

    def __init__(self, shape, seed, shuffle=True):
        self.shape, self.seed, self.shuffle = shape, seed, shuffle

    def parameters(self):
        return list(self.module.parameters())

    def start(self):
        torch.manual_seed(self.seed)
        self.module = self.module_class(self.shape)

    def fit(self, data, epochs, initial=None):
        self.start()
        load_weights(self.parameters(), initial)
        self._prepare(data)
        y = torch.from_numpy(data.y).unsqueeze(-1)
        optimizer = torch.optim.AdamW(
            self.module.parameters(), lr=RATE, weight_decay=WEIGHT_DECAY, fused=True
        )
        for _ in range(epochs):
            order = torch.randperm(len(y)) if self.shuffle else torch.arange(len(y))
            for index in order.split(self.shape.batch_size):
                optimizer.zero_grad()
                loss = nn.functional.mse_loss(self.module(*self._batch(index)), y[index])
                loss.backward()
                optimizer.step()
        return self

    def predict(self, data):
        self._prepare(data)
        index = torch.arange(len(data.offsets) - 1)
        with torch.inference_mode():
            parts = [self.module(*self._batch(i)) for i in index.split(self.shape.batch_size)]
        return torch.cat(parts).squeeze(-1).numpy()


class PackedLoop(_Loop):
    """Gather the elements of a batch by index, one `index_select`."""

    module_class = PackedDeepSets

    def _prepare(self, data):
        self.values = torch.from_numpy(data.values)
        self.offsets = torch.from_numpy(data.offsets)

    def _batch(self, index):
        starts = self.offsets[index]
        sizes = self.offsets[index + 1] - starts
        ends = sizes.cumsum(0)
        set_ids = torch.repeat_interleave(torch.arange(len(index)), sizes)
        rows = torch.arange(len(set_ids)) + (starts - ends + sizes)[set_ids]
        return self.values.index_select(0, rows), set_ids, sizes


class DeferredLoop(PackedLoop):
    """`PackedLoop` with the last layer of phi after the sum."""

    module_class = DeferredDeepSets


class CopiedTable(nn.Embedding):
    """An embedding whose table is averaged and copied in each step, as that of sksets was."""

    def forward(self, tokens):
        table = torch.cat([self.weight.mean(0, keepdim=True), self.weight])
        return nn.functional.embedding(tokens + 1, table)


class CopyingDeepSets(DeferredDeepSets):
    def __init__(self, shape):
        super().__init__(shape)
        self.phi[0] = CopiedTable(n_tokens(shape), ENCODED)


class CopyingLoop(DeferredLoop):
    """`DeferredLoop` that copies the table of all tokens."""

    module_class = CopyingDeepSets


class SetDataset(torch.utils.data.Dataset):
    """One (set, target) an item, as a user of skorch would write it."""

    def __init__(self, data):
        self.sets, self.y = data.sets, data.y

    def __len__(self):
        return len(self.sets)

    def __getitem__(self, i):
        return self.sets[i], self.y[i]


def pad_collate(items):
    """Items of `SetDataset` -> ({"x": (B, n, ...), "mask": (B, n)}, (B, 1))."""
    sets = [torch.from_numpy(x) for x, _ in items]
    sizes = torch.tensor([len(x) for x in sets])
    x = nn.utils.rnn.pad_sequence(sets, batch_first=True)
    mask = torch.arange(x.shape[1]) < sizes.unsqueeze(-1)
    y = torch.tensor([y for _, y in items]).unsqueeze(-1)
    return {"x": x, "mask": mask.to(torch.float32)}, y


class PaddedSkorch:
    """skorch with a collate function that pads: what a user writes without sksets."""

    def __init__(self, shape, seed, shuffle=True):
        self.shape, self.seed, self.shuffle = shape, seed, shuffle

    def parameters(self):
        return list(self.net.module_.parameters())

    def fit(self, data, epochs, initial=None):
        torch.manual_seed(self.seed)
        self.net = skorch.NeuralNetRegressor(
            PaddedDeepSets,
            module__shape=self.shape,
            optimizer=torch.optim.AdamW,
            optimizer__weight_decay=WEIGHT_DECAY,
            lr=RATE,
            max_epochs=epochs,
            batch_size=self.shape.batch_size,
            iterator_train__shuffle=self.shuffle,
            iterator_train__collate_fn=pad_collate,
            iterator_valid__collate_fn=pad_collate,
            train_split=None,
            verbose=0,
        ).initialize()
        load_weights(self.parameters(), initial)
        self.net.partial_fit(SetDataset(data), None)
        return self

    def predict(self, data):
        return self.net.predict(SetDataset(data)).squeeze(-1)


class LoadWeights(skorch.callbacks.Callback):
    """Copies `weights` into the network before its first step."""

    def __init__(self, weights):
        self.weights = weights

    def on_train_begin(self, net, **kwargs):
        load_weights(list(net.module_.parameters()), self.weights)


class Sksets:
    """The estimator of this library."""

    def __init__(self, shape, seed, shuffle=True):
        # The estimator always shuffles; the check of equal functions uses one batch an epoch.
        self.shape, self.seed = shape, seed

    def parameters(self):
        return list(self.estimator.net_.module_.parameters())

    def fit(self, data, epochs, initial=None):
        width = self.shape.width
        self.estimator = DeepSetsRegressor(
            element_kind="token" if n_tokens(self.shape) else "auto",
            embedding_dim=ENCODED,
            element_encoder="conv" if isinstance(self.shape.element, tuple) else None,
            phi_layer_sizes=(width, width),
            rho_layer_sizes=(width,),
            pooling="sum",
            dropout=0.0,
            normalize=None,
            optimizer="adamw",
            learning_rate="constant",
            learning_rate_init=RATE,
            weight_decay=WEIGHT_DECAY,
            max_grad_norm=None,
            max_epochs=epochs,
            batch_size=self.shape.batch_size,
            callbacks=None if initial is None else [LoadWeights(initial)],
            device="cpu",
            random_state=self.seed,
        )
        self.estimator.fit(SetArray(data.values, data.offsets), data.y)
        return self

    def predict(self, data):
        return self.estimator.predict(SetArray(data.values, data.offsets))


def load_weights(parameters, weights):
    """Copy `weights` (None: nothing to do) into `parameters`, which come in the same order."""
    if weights is None:
        return
    with torch.no_grad():
        for parameter, weight in zip(parameters, weights, strict=True):
            parameter.copy_(weight)


METHODS = {
    "sksets": Sksets,
    "padded skorch": PaddedSkorch,
    "packed loop": PackedLoop,
    "packed loop, deferred": DeferredLoop,
}

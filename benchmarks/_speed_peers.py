"""Other libraries on the network and the data of `_speed_methods.py`, for sets of vectors.

Each is used as its documentation shows it. JAX runs a whole epoch as one compiled scan over padded
batches, keras (with JAX below) padded batches with a mask, as EnergyFlow's PFN does. What they
compile is kept between fits, and its first time is not counted. A library that is not installed is
left out: `pip install ".[peers]"`.
"""

import functools
import os

import numpy as np
import torch
from _speed_methods import RATE, WEIGHT_DECAY, Rho, make_phi
from torch import nn

os.environ.setdefault("KERAS_BACKEND", "jax")

try:
    import jax
    import jax.numpy as jnp
    import optax
except ImportError:
    jax = None
try:
    import keras
except ImportError:
    keras = None
try:
    import torch_geometric
    from torch_geometric.data import Data as Graph
    from torch_geometric.loader import DataLoader
    from torch_geometric.nn import DeepSetsAggregation
except ImportError:
    torch_geometric = None


def pad(data):
    """Return (n, longest, d) and a mask (n, longest)."""
    sizes = np.diff(data.offsets)
    x = np.zeros((len(sizes), sizes.max(), data.values.shape[1]), dtype=np.float32)
    mask = np.arange(sizes.max()) < sizes[:, None]
    x[mask] = data.values
    return x, mask.astype(np.float32)


class PyG:
    """PyG's DeepSetsAggregation, one graph without edges a set, its loader."""

    def __init__(self, shape, seed):
        self.shape, self.seed = shape, seed

    def _loader(self, data, shuffle):
        graphs = [
            Graph(x=torch.from_numpy(x), y=torch.tensor([[y]]))
            for x, y in zip(data.sets, data.y, strict=True)
        ]
        return DataLoader(graphs, batch_size=self.shape.batch_size, shuffle=shuffle)

    def fit(self, data, epochs):
        torch.manual_seed(self.seed)
        self.module = DeepSetsAggregation(make_phi(self.shape), Rho(self.shape.width))
        optimizer = torch.optim.AdamW(self.module.parameters(), lr=RATE, weight_decay=WEIGHT_DECAY)
        loader = self._loader(data, shuffle=True)
        for _ in range(epochs):
            for batch in loader:
                optimizer.zero_grad()
                outputs = self.module(batch.x, batch.batch, dim_size=batch.num_graphs)
                nn.functional.mse_loss(outputs, batch.y).backward()
                optimizer.step()
        return self

    def predict(self, data):
        with torch.inference_mode():
            parts = [
                self.module(batch.x, batch.batch, dim_size=batch.num_graphs)
                for batch in self._loader(data, shuffle=False)
            ]
        return torch.cat(parts).squeeze(-1).numpy()


def _forward(weights, x, mask):
    h = jax.nn.relu(x @ weights["w1"] + weights["b1"]) @ weights["w2"] + weights["b2"]
    pooled = (h * mask[..., None]).sum(1)
    hidden = jax.nn.relu(pooled @ weights["w3"] + weights["b3"])
    return (hidden @ weights["w4"] + weights["b4"] + pooled @ weights["w5"])[:, 0]


@functools.cache
def _compiled():
    optimizer = optax.adamw(RATE, weight_decay=WEIGHT_DECAY)

    def loss(weights, x, mask, y):
        return jnp.mean((_forward(weights, x, mask) - y) ** 2)

    @jax.jit
    def epoch(weights, state, x, mask, y, batches):
        def step(carry, index):
            weights, state = carry
            gradient = jax.grad(loss)(weights, x[index], mask[index], y[index])
            updates, state = optimizer.update(gradient, state, weights)
            return (optax.apply_updates(weights, updates), state), None

        return jax.lax.scan(step, (weights, state), batches)[0]

    return optimizer, epoch, jax.jit(_forward)


class JAX:
    """Padded once, a mask, an epoch as one compiled scan over batches; the last sets are left."""

    def __init__(self, shape, seed):
        self.shape, self.seed = shape, seed

    def _start(self, rng):
        d, w = self.shape.element, self.shape.width
        sizes = {"1": (d, w), "2": (w, w), "3": (w, w), "4": (w, 1), "5": (w, 1)}
        weights = {}
        for name, (n_in, n_out) in sizes.items():
            bound = n_in**-0.5
            weights["w" + name] = jnp.asarray(rng.uniform(-bound, bound, (n_in, n_out)), "float32")
            weights["b" + name] = jnp.asarray(rng.uniform(-bound, bound, n_out), "float32")
        return weights

    def fit(self, data, epochs):
        rng = np.random.default_rng(self.seed)
        optimizer, epoch, _ = _compiled()
        weights = self._start(rng)
        state = optimizer.init(weights)
        x, mask = map(jnp.asarray, pad(data))
        y, n = jnp.asarray(data.y), self.shape.batch_size
        for _ in range(epochs):
            batches = rng.permutation(len(y))[: len(y) // n * n].reshape(-1, n)
            weights, state = epoch(weights, state, x, mask, y, jnp.asarray(batches))
        self.weights = jax.block_until_ready(weights)
        return self

    def predict(self, data):
        x, mask = pad(data)
        n, forward = self.shape.batch_size, _compiled()[2]
        parts = [forward(self.weights, x[i : i + n], mask[i : i + n]) for i in range(0, len(x), n)]
        return np.concatenate([np.asarray(part) for part in parts])


@functools.cache
def _keras_model(n_features, width):
    x, mask = keras.Input((None, n_features)), keras.Input((None, 1))
    h = keras.layers.Dense(width, activation="relu")(x)
    h = keras.layers.Dense(width)(h)
    pooled = keras.ops.sum(h * mask, axis=1)
    hidden = keras.layers.Dense(width, activation="relu")(pooled)
    y = keras.layers.Dense(1)(hidden) + keras.layers.Dense(1, use_bias=False)(pooled)
    model = keras.Model([x, mask], y)
    optimizer = keras.optimizers.AdamW(RATE, weight_decay=WEIGHT_DECAY)
    model.compile(optimizer, "mse")
    return model, model.get_weights()


class Keras:
    """Padded once, with a mask, by Model.fit."""

    def __init__(self, shape, seed):
        self.shape, self.seed = shape, seed
        self.model, self.start = _keras_model(shape.element, shape.width)

    def fit(self, data, epochs):
        keras.utils.set_random_seed(self.seed)
        self.model.set_weights(self.start)
        x, mask = pad(data)
        inputs, n = [x, mask[..., None]], self.shape.batch_size
        self.model.fit(inputs, data.y[:, None], batch_size=n, epochs=epochs, verbose=0)
        return self

    def predict(self, data):
        x, mask = pad(data)
        n = self.shape.batch_size
        return self.model.predict([x, mask[..., None]], batch_size=n, verbose=0)[:, 0]


PEERS = {
    name: peer
    for name, peer, library in (
        ("PyG, DeepSetsAggregation", PyG, torch_geometric),
        ("JAX, padded, jit and scan", JAX, jax),
        ("keras on JAX, padded, mask", Keras, keras),
    )
    if library is not None
}
MISSING = [
    n
    for n, m in (("torch_geometric", torch_geometric), ("jax, optax", jax), ("keras", keras))
    if m is None
]

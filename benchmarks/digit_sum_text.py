"""Sums of digits given as tokens: the paper's section 4.1.2, text.

Trains on 100,000 sets of at most 10 digits and tests on sums of 5 to 10,000 digits; an answer is
right when it is the exact sum after rounding. Beside DeepSetsRegressor: the paper's rivals, an
LSTM and a GRU over the digits in a random order, of about as many weights.
"""

import time

import numpy as np
import torch
from _harness import Benchmark
from _settings import SUM
from torch import nn

from sksets import DeepSetsRegressor
from sksets.datasets import make_digit_sums

TEST_SIZES = (5, 10, 50, 100, 1_000, 10_000)
N_ELEMENTS_TESTED = 1_000_000


class Recurrent(nn.Module):
    """Embedding, one recurrent layer, a linear output from its last state."""

    def __init__(self, cell, width=64):
        super().__init__()
        self.embedding = nn.Embedding(10, 16)
        self.recurrent = cell(16, width, batch_first=True)
        self.output = nn.Linear(width, 1)

    def forward(self, digits, lengths):
        packed = nn.utils.rnn.pack_padded_sequence(
            self.embedding(digits), lengths, batch_first=True, enforce_sorted=False
        )
        state = self.recurrent(packed)[1]
        return self.output((state[0] if isinstance(state, tuple) else state)[-1])[:, 0]


class RecurrentRegressor:
    """Plain torch training of :class:`Recurrent`: the same targets, rate and batches."""

    def __init__(self, cell, max_epochs, seed):
        self.cell, self.max_epochs, self.seed = cell, max_epochs, seed

    def fit(self, X, y):
        torch.manual_seed(self.seed)
        padded, lengths = torch.from_numpy(X.to_padded()[0]), torch.from_numpy(X.sizes)
        self.mean, self.scale = y.mean(), y.std()
        target = torch.tensor((y - self.mean) / self.scale, dtype=torch.float32)
        self.model = Recurrent(self.cell)
        optimizer = torch.optim.Adam(self.model.parameters(), lr=3e-3)
        n_steps = self.max_epochs * -(-len(y) // 256)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=n_steps)
        for _ in range(self.max_epochs):
            for rows in torch.randperm(len(y)).split(256):
                loss = nn.functional.mse_loss(self.model(padded[rows], lengths[rows]), target[rows])
                optimizer.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
                optimizer.step()
                schedule.step()
        return self

    def predict(self, X):
        digits = torch.from_numpy(X.values.reshape(len(X), -1))
        lengths = torch.from_numpy(X.sizes)
        with torch.no_grad():
            parts = [
                self.model(d, n).double()
                for d, n in zip(digits.split(100), lengths.split(100), strict=False)
            ]
        return torch.cat(parts).numpy() * self.scale + self.mean


def main():
    bench = Benchmark("digit_sum_text", __doc__)
    args = bench.parse_args()
    torch.set_num_threads(1)  # so few numbers a step gain nothing from more
    n_train, n_seeds = (10_000, 1) if args.quick else (100_000, 3)
    X, y = make_digit_sums(n_train, min_size=1, max_size=10, random_state=args.seed)
    models = {}
    for seed in range(n_seeds):
        models["DeepSets", seed] = DeepSetsRegressor(
            element_kind="token",
            phi_layer_sizes=(),
            rho_layer_sizes=(),
            max_epochs=100,
            max_grad_norm=None,
            random_state=seed,
            **SUM,
        )
    epochs = 2 if args.quick else 20
    models["LSTM", 0] = RecurrentRegressor(nn.LSTM, epochs, args.seed)
    models["GRU", 0] = RecurrentRegressor(nn.GRU, epochs, args.seed)
    exact, seconds = {}, {}
    for key, model in models.items():
        start = time.perf_counter()
        model.fit(X, y)
        seconds[key] = time.perf_counter() - start
        exact[key] = {n: accuracy(model, n, args.seed) for n in TEST_SIZES}
        print(key, f"{seconds[key]:.0f} s", exact[key], flush=True)
    report(bench, exact, seconds, n_seeds)
    bench.finish()


def accuracy(model, size, seed):
    """Return mean share (%) of exact sums, over sets of one size, 1,000 at most."""
    n_sets = min(1_000, N_ELEMENTS_TESTED // size)
    X, y = make_digit_sums(n_sets, min_size=size, max_size=size, random_state=seed + size)
    return 100 * float(np.mean(np.rint(model.predict(X)) == y))


def report(bench, exact, seconds, n_seeds):
    table = bench.table(
        "Exact sums of N digits (%), trained on at most 10 digits; worst of the seeds",
        columns=("setting", "DeepSets", "LSTM", "GRU"),
    )
    for n in TEST_SIZES:
        worst = min(exact["DeepSets", s][n] for s in range(n_seeds))
        rivals = (exact[name, 0][n] for name in ("LSTM", "GRU"))
        # The paper's figure 2 is a curve up to N = 100; its text gives no number.
        table.add(f"N = {n:,}", worst, *rivals)
    bench.results = {
        "exact_percent": {f"{name}-{seed}": row for (name, seed), row in exact.items()},
        "fit_seconds": {f"{name}-{seed}": s for (name, seed), s in seconds.items()},
    }


if __name__ == "__main__":
    main()

"""What a fit shows while it runs."""

import pytest
from network_cases import sums
from skorch.callbacks import BatchScoring, Callback, PassthroughScoring

from sksets import DeepSetsRegressor
from sksets._training.callbacks import OneCycle


def test_verbose_shows_a_progress_bar(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "88")
    X, y = sums(60)
    DeepSetsRegressor(max_epochs=2, early_stopping=True, verbose=1).fit(X, y)
    shown = capsys.readouterr().err
    for word in ("2/2", "train_loss", "valid_loss", "elements/s"):
        assert word in shown
    DeepSetsRegressor(max_epochs=2).fit(X, y)
    captured = capsys.readouterr()
    assert captured.err == captured.out == ""


def test_one_cycle_rises_to_the_peak_and_falls_to_nearly_nothing():
    cycle = OneCycle(max_epochs=10)
    factors = [cycle.factor(position) for position in (0, 0.15, 0.3, 0.65, 1)]
    # Half of a cosine is the mean of its ends.
    expected = [1 / 25, (1 + 1 / 25) / 2, 1, (1 + 1e-4) / 2, 1e-4]
    assert factors == pytest.approx(expected)


def test_the_rate_of_a_batch_is_that_of_the_share_of_sets_seen():
    rates = []

    class Record(Callback):
        def on_batch_end(self, net, training, **kwargs):
            if training:
                rates.append(net.optimizer_.param_groups[0]["lr"])

    X, y = sums(10)
    reg = DeepSetsRegressor(max_epochs=2, batch_size=4, learning_rate_init=0.5, random_state=0)
    reg.set_params(learning_rate="onecycle", callbacks=[Record()]).fit(X, y)
    cycle = OneCycle(max_epochs=2)
    # Batches of 4, 4 and 2 sets, twice.
    shares = [(epoch + n_seen / 10) / 2 for epoch in (0, 1) for n_seen in (0, 4, 8)]
    assert rates == pytest.approx([0.5 * cycle.factor(share) for share in shares])


@pytest.mark.parametrize(
    "callback",
    [BatchScoring("r2"), ("score", PassthroughScoring("train_loss", on_train=True)), BatchScoring],
)
def test_callbacks_that_would_record_nothing_are_refused(callback):
    X, y = sums(10)
    reg = DeepSetsRegressor(max_epochs=1, callbacks=[callback])
    with pytest.raises(ValueError, match="Scoring averages scores of batches, which the history"):
        reg.fit(X, y)

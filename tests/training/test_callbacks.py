"""What a fit shows while it runs."""

from network_cases import sums

from sksets import DeepSetsRegressor


def test_verbose_shows_a_progress_bar(capsys):
    X, y = sums(60)
    DeepSetsRegressor(max_epochs=2, early_stopping=True, verbose=1).fit(X, y)
    shown = capsys.readouterr().err
    for word in ("2/2", "train_loss", "valid_loss", "elements/s"):
        assert word in shown
    DeepSetsRegressor(max_epochs=2).fit(X, y)
    captured = capsys.readouterr()
    assert captured.err == captured.out == ""

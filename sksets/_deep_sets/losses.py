"""The losses of real targets."""

from sksets.nn import make_loss


def make_regression_loss(loss, huber_delta):
    """Return the loss that a regressor names.

    Parameters
    ----------
    loss : {"squared_error", "absolute_error", "huber", "poisson"}
    huber_delta : float
        Of "huber" alone.
    """
    return make_loss(loss, **({"delta": huber_delta} if loss == "huber" else {}))

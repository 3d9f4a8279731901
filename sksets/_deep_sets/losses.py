"""The losses under the names and parameters of the estimators."""

import torch

from sksets.nn import binary_cross_entropy, make_loss, member_cross_entropy


def make_regression_loss(loss, huber_delta):
    """Return the loss that a regressor names.

    Parameters
    ----------
    loss : {"squared_error", "absolute_error", "huber", "poisson"}
    huber_delta : float
        Of "huber" alone.
    """
    return make_loss(loss, **({"delta": huber_delta} if loss == "huber" else {}))


class MemberLoss(torch.nn.Module):
    """A softmax over the members; where ``alone``, a sigmoid for an element alone in its set."""

    def __init__(self, alone):
        super().__init__()
        self.alone = alone

    def forward(self, outputs, target, batch):
        losses = member_cross_entropy(outputs, target, batch)
        if not self.alone:
            return losses
        # The softmax of one element is 1 whatever its output: it would learn nothing.
        is_alone = batch.sizes.index_select(0, batch.set_ids) == 1
        alone = binary_cross_entropy(outputs, target[:, None])
        return torch.where(is_alone, alone, losses)

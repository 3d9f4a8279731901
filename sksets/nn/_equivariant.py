"""The permutation-equivariant linear layer of Deep Sets."""

from torch import Tensor

from sksets._names import check_name
from sksets.nn._batch import SetBatch
from sksets.nn._make_pooling import make_pooling
from sksets.nn._mlp import Linear, linear
from sksets.nn._steps import SteppedLayer, Steps

FORMS = ("lambda_gamma", "gamma")


class EquivariantLinear(SteppedLayer):
    """y_i = Lambda x_i - Gamma pool(x) + b, or with one matrix y_i = Gamma (x_i - pool(x)) + b.

    The first is equation 4 of Zaheer et al. (2017), "Deep Sets" (22 in the supplement, for
    several channels), the second is equation 23. The pooled term is multiplied on B rows.

    Parameters
    ----------
    in_features, out_features : int
    form : {"lambda_gamma", "gamma"}, default="lambda_gamma"
    pooling : {"max", "mean", "sum"}, default="max"
    bias : bool, default=True

    Examples
    --------
    >>> import torch
    >>> from sksets.nn import EquivariantLinear, SetBatch
    >>> batch = SetBatch(torch.rand(5, 3), torch.tensor([0, 2, 5]))
    >>> EquivariantLinear(3, 4)(batch.values, batch).shape
    torch.Size([5, 4])
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        *,
        form: str = "lambda_gamma",
        pooling: str = "max",
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.form = check_name(form, FORMS, "form")
        self.linear = Linear(in_features, out_features, bias=bias)
        if form == "lambda_gamma":
            self.gamma = Linear(in_features, out_features, bias=False)
        self.pool = make_pooling(pooling, in_features)

    def steps(self, h: Tensor, batch: SetBatch) -> Steps:
        """Map (M, in_features) to (M, out_features); asks for the pool of ``h``."""
        pooled = yield self.pool, h
        matrix = self.gamma.weight if self.form == "lambda_gamma" else self.linear.weight
        return self.linear(h) - linear(pooled, matrix).index_select(0, batch.set_ids)

"""The gradients of a batch: written out for the commonest network, by autograd for others."""

import torch

from sksets._training.batches import batch_bounds
from sksets.nn import NetworkByHand, SetBatch, SetLoss, is_by_hand

# Numbers that the widest layer gives for one part of a batch: few enough for the cache.
PART_NUMBERS = 2**20


def mean_loss(losses, weight, sets):
    """Return the mean of losses, one a set or an element; weights may be None."""
    # The weights of elements are such that those of all elements sum to the number of sets.
    return losses.mean() if weight is None else (losses * weight).sum() / len(sets)


def widest_layer(module):
    """Return the largest number of outputs of the linear layers of a network."""
    widths = (m.out_features for m in module.modules() if isinstance(m, torch.nn.Linear))
    return max(widths, default=1)


class Gradients:
    """The gradients of the mean loss of batches by the parameters of a network.

    Parameters
    ----------
    module, loss : Module
        The loss takes outputs, targets and sets, and gives one value a row.
    named_parameters : list of (str, Parameter)
    max_norm : float or None
        Norm of all gradients at most.
    by_hand : bool
        Whether they may be written out, if the network is one that they are written out for.
    in_parts : bool
        Whether a large batch may be given in parts, whole sets in each.
    watched : bool
        Whether others see the gradients, and may change them.
    """

    def __init__(self, module, loss, named_parameters, *, max_norm, by_hand, in_parts, watched):
        self.module, self.loss, self.max_norm = module, loss, max_norm
        self.named_parameters, self.watched = named_parameters, watched
        self.parameters = [parameter for _, parameter in named_parameters]
        self.by_hand = by_hand and isinstance(loss, SetLoss)
        self.in_parts, self.n_elements = in_parts, PART_NUMBERS // widest_layer(module)
        self.network: NetworkByHand | None = None

    def start_epoch(self):
        """Look at the network, which a callback may have changed since the last epoch."""
        if not (self.by_hand and is_by_hand(self.module)):
            self.network = None
        elif self.network is None:
            self.network = NetworkByHand(self.module)

    def compute(self, batch):
        """Compute the gradients of a batch; return its mean loss and the outputs.

        Parameters
        ----------
        batch : tuple
            Sets, and targets and weights, a row a set or a row an element.
        """
        if self.network is not None:
            self.network.zero_grad(written=not self.watched)
        else:
            for parameter in self.parameters:
                parameter.grad = None
        losses, outputs = zip(*[self._add(*part) for part in self._parts(batch)], strict=True)
        self._clip()
        if len(losses) == 1:
            return losses[0], outputs[0]
        return torch.stack(losses).sum(), torch.cat([part.detach() for part in outputs])

    def _parts(self, batch):
        """Yield sets, their targets and weights, and their share of the mean loss."""
        sets, (target, weight) = batch
        n_elements = len(sets.values)
        # Of another kind of batch the sets may have something in common.
        whole = not self.in_parts or type(sets) is not SetBatch
        if whole or target is None or n_elements <= self.n_elements:
            yield sets, target, weight, 1.0
            return
        by_element = len(target) == n_elements != len(sets)
        for start, stop in batch_bounds(sets.sizes.numpy(), None, self.n_elements):
            part, rows = sets.part(start, stop), slice(start, stop)
            if by_element:
                rows = slice(*sets.offsets[[start, stop]].tolist())
            if weight is None:
                yield part, target[rows], None, (rows.stop - rows.start) / len(target)
            else:
                yield part, target[rows], weight[rows], len(part) / len(sets)

    def _add(self, sets, target, weight, share):
        """Add the gradients of some sets; return their share of the mean loss, and the outputs."""
        if self.network is None:
            outputs = self.module(sets)
            losses = self.loss(outputs, target, sets)
            loss = mean_loss(losses, weight, sets) * share
            loss.backward()
            return loss.detach(), outputs
        with torch.no_grad():
            outputs = self.network.forward(sets)
            loss = mean_loss(self.loss(outputs, target, sets), weight, sets) * share
            slope = self.loss.slope(outputs, target).mul_(share / len(sets))
            self.network.backward(slope if weight is None else slope.mul_(weight[:, None]))
            return loss, outputs

    def _clip(self):
        if self.max_norm is None:
            return
        if self.network is None:
            torch.nn.utils.clip_grad_norm_(self.parameters, self.max_norm)
        else:
            self.network.clip(self.max_norm)


def make_gradients(net, dataset, params):
    """Return the gradients of a network of skorch in one training.

    Parameters
    ----------
    net : SetNet
    dataset : PackedDataset
    params : dict
        The estimator's parameters.
    """
    # A layer of the user may look at the whole batch.
    own = any(isinstance(value, torch.nn.Module) for value in params.values())
    return Gradients(
        net.module_,
        net.criterion_,
        list(net.get_all_learnable_params()),
        max_norm=params["max_grad_norm"],
        by_hand=dataset.element_weight is None,
        in_parts=not own and dataset.device.type == "cpu",
        watched=bool(params["callbacks"]),
    )

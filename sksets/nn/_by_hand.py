"""The gradients of the commonest network, written out: what autograd does, without its bookkeeping.

On batches of a hundred small sets autograd takes more time than the products of matrices. Here each
layer has two formulas, ``forward`` and ``backward``, keeps what the second needs of the first, and
writes to memory that it has from the batch before: fresh memory costs as much as what is written to
it. Gradients are added to those that are there, so that a batch can be given in parts.

x and y are the input and the output of a layer, dx and dy the gradients of the loss by them.
"""

import torch
from torch import Tensor, nn

from sksets.nn._batch import SetBatch
from sksets.nn._deep_sets import DeepSetsModule
from sksets.nn._embedding_gradients import EmbeddingByHand, is_embedding
from sksets.nn._encoders import TokenEmbedding
from sksets.nn._layer_steps import unrolled
from sksets.nn._mlp import MLP, Dropout, Linear
from sksets.nn._pool_gradients import DeferredByHand, has_gradient, pool_by_hand
from sksets.nn._rho import Rho, append_context
from sksets.nn._row_gradients import (
    DERIVATIVES,
    LinearByHand,
    RhoByHand,
    RowLayer,
    rows_by_hand,
)
from sksets.nn._sum_pooling import SumPooling


class NetworkByHand:
    """The outputs of a :class:`DeepSetsModule`, and the gradients of a loss of them.

    What ``module(batch)`` and ``loss.backward()`` give, in a third to two thirds of the time. Both
    methods are called under ``torch.no_grad()``. The gradients are those of the parameters of the
    module, which it shares.

    Parameters
    ----------
    module : DeepSetsModule
        One of which :func:`is_by_hand` is true. An element encoder other than
        :class:`TokenEmbedding` is left to autograd.

    Attributes
    ----------
    gradient : Tensor of shape (n_weights,)
        All gradients but for those of an encoder; those of the parameters are parts of it.

    Examples
    --------
    >>> import torch
    >>> from sksets.nn import DeepSetsModule, NetworkByHand, SetBatch
    >>> module = DeepSetsModule(3, 1)
    >>> network = NetworkByHand(module)
    >>> batch = SetBatch(torch.rand(5, 3), torch.tensor([0, 2, 5]))
    >>> with torch.no_grad():
    ...     outputs = network.forward(batch)
    ...     network.backward(torch.ones(2, 1))  # of the loss outputs.sum()
    >>> gradient = module.rho.linear.weight.grad.clone()
    >>> module.zero_grad()
    >>> module(batch).sum().backward()
    >>> torch.allclose(module.rho.linear.weight.grad, gradient)
    True
    """

    def __init__(self, module: DeepSetsModule) -> None:
        self.encoder, self.cast = module.element_encoder, module._cast
        self.embedding: EmbeddingByHand | None = None
        self.encoded: Tensor | None = None
        self.parameters = _own_parameters(module)
        if is_embedding(self.encoder):
            assert isinstance(self.encoder, TokenEmbedding)
            self.embedding, self.encoder = EmbeddingByHand(self.encoder), None
        self.encoded_parameters = [] if self.encoder is None else list(self.encoder.parameters())
        sizes = [weights.numel() for weights in self.parameters]
        # One tensor of all gradients: what is done to each is done at once.
        self.gradient = self.parameters[0].detach().new_zeros(sum(sizes))
        self.parts = [
            part.view_as(weights)
            for weights, part in zip(self.parameters, self.gradient.split(sizes), strict=True)
        ]
        self.zero_grad()
        self.elements = rows_by_hand(unrolled(module.phi))
        self.deferred: DeferredByHand | None = None
        if module.phi_last is not None:
            if module.deferred is None:
                self.elements += rows_by_hand([module.phi_last])
            else:
                assert isinstance(module.deferred, SumPooling)
                self.deferred = DeferredByHand(module.phi_last, module.deferred)
        self.pool = pool_by_hand(module._element_pooling)
        self.with_context, self.size_feature = module.rho_context > 0, module.size_feature
        self.rho = _rho_by_hand(module.rho)

    def zero_grad(self, written: bool = False) -> None:
        """Set the gradients to zero; the encoder has none until autograd makes them.

        Parameters
        ----------
        written : bool, default=False
            Whether nobody but this network has written to the gradients of tokens, so that those
            of the tokens of the last batches alone are set to zero.
        """
        self.gradient.zero_()
        for weights in self.encoded_parameters:
            weights.grad = None
        for weights, part in zip(self.parameters, self.parts, strict=True):
            weights.grad = part
        if self.embedding is not None:
            self.embedding.clear(written)

    def forward(self, batch: SetBatch) -> Tensor:
        """Return the outputs (B, out_features)."""
        h, self.encoded = batch.values, None
        if self.encoder is not None:
            with torch.enable_grad():
                encoded = self.encoder(self.cast(h))
            # An encoder may have nothing to learn.
            self.encoded = encoded if encoded.requires_grad else None
            h = encoded.detach()
        h = h.to(self.gradient.dtype) if self.embedding is None else self.embedding.forward(h)
        for layer in self.elements:
            h = layer.forward(h)
        h = self.pool.forward(h, batch)
        if self.deferred is not None:
            h = self.deferred.forward(h, batch.sizes)
        self.width = h.shape[1]
        context = batch.context if self.with_context else None
        x = append_context(h, context, batch.sizes, self.size_feature)
        # A copy, as the memory is written to by the next part of the batch.
        return self.rho.forward(x).clone()

    def backward(self, dy: Tensor) -> None:
        """Add the gradients of a loss, given those (B, out_features) by the last outputs."""
        d = self.rho.backward(dy)[:, : self.width]
        if self.deferred is not None:
            d = self.deferred.backward(d)
        if self.elements or self.encoded is not None or self.embedding is not None:
            self._backward_elements(self.pool.backward(d))

    def _backward_elements(self, d: Tensor) -> None:
        wanted = self.encoded is not None or self.embedding is not None
        first, others = self.elements[:1], self.elements[1:]
        for layer in reversed(self.elements if wanted else others):
            d = layer.backward(d)
        if self.embedding is not None:
            self.embedding.add_gradients(d)
        elif self.encoded is not None:
            with torch.enable_grad():
                self.encoded.backward(d)
        else:
            assert isinstance(first[0], LinearByHand)
            # Nobody asks for the gradient by the elements.
            first[0].add_gradients(d)

    def clip(self, max_norm: float) -> None:
        """Scale all gradients such that their norm is ``max_norm`` at most, as torch does it."""
        norms = [torch.linalg.vector_norm(self.gradient)]
        encoded = [weights.grad for weights in self.encoded_parameters if weights.grad is not None]
        norms += [torch.linalg.vector_norm(gradient) for gradient in encoded]
        if self.embedding is not None:
            norms.append(self.embedding.norm())
        norm = norms[0] if len(norms) == 1 else torch.linalg.vector_norm(torch.stack(norms))
        factor = (max_norm / (norm + 1e-6)).clamp_(max=1.0)
        for gradient in (self.gradient, *encoded):
            gradient.mul_(factor)
        if self.embedding is not None:
            self.embedding.scale(factor)


def _own_parameters(module: DeepSetsModule) -> list[nn.Parameter]:
    """Return the parameters but for those of the encoder."""
    encoder = module.element_encoder
    encoded = set() if encoder is None else set(encoder.parameters())
    return [weights for weights in module.parameters() if weights not in encoded]


def _rho_by_hand(rho: nn.Module) -> RowLayer:
    assert isinstance(rho, Rho)
    first, *others = rho.mlp
    if rho.linear is None:
        return rows_by_hand([first])[0]
    assert isinstance(first, Linear)
    return RhoByHand(first, rows_by_hand(others), rho.linear)


def is_by_hand(module: nn.Module) -> bool:
    """Whether the gradients of a network are written out, as :class:`NetworkByHand` needs it.

    They are for a :class:`DeepSetsModule` without equivariant layers, with phi and rho of its own,
    any activation, dropout and the poolings "sum", "mean", "max", "std" and several of them. They
    are not where the context is given to phi, parameters are frozen or modules have hooks.

    Parameters
    ----------
    module : Module

    Examples
    --------
    >>> from sksets.nn import DeepSetsModule, is_by_hand
    >>> is_by_hand(DeepSetsModule(3, 1)), is_by_hand(DeepSetsModule(3, 1, pooling="attention"))
    (True, False)
    """
    if type(module) is not DeepSetsModule or module.normalizer is not None or module.conditioned:
        return False
    if len(module.stack.blocks) or type(module.phi) is not MLP or type(module.rho) is not Rho:
        return False
    known = (Linear, Dropout, *DERIVATIVES)
    return (
        all(type(layer) in known for layer in (*unrolled(module.phi), *module.rho.mlp))
        and has_gradient(module._element_pooling)
        # What is frozen has no gradient, and hooks are called by modules alone.
        and all(weights.requires_grad for weights in _own_parameters(module))
        and not any(_has_hooks(inner) for inner in module.modules())
    )


def _has_hooks(module: nn.Module) -> bool:
    # Torch has no public name for them.
    return bool(module._forward_hooks or module._forward_pre_hooks or module._backward_hooks)

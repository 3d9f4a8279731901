"""What a network of sets can be asked for."""

from collections.abc import Iterable

from torch import Tensor, nn

from sksets.nn._batch import SetBatch
from sksets.nn._steps import Steps


class SetModule(nn.Module):
    """Base of the networks of sets: packed batches in, a row a set or an element out.

    Each network has ``steps``, where its formula stands, and some of the others: ``forward`` gives
    the outputs, ``embed`` the pooled embeddings. What ends in ``_pieces`` gives the same for one
    set that is too large for memory. What a network does not have raises NotImplementedError.

    Examples
    --------
    >>> import torch
    >>> from sksets.nn import DeepSetsModule, SetBatch, SetModule
    >>> module = DeepSetsModule(3, 1)
    >>> isinstance(module, SetModule)
    True
    >>> values = torch.rand(5, 3)
    >>> whole = module(SetBatch(values, torch.tensor([0, 5])))
    >>> pieces = [SetBatch(part, torch.tensor([0, len(part)])) for part in values.split(2)]
    >>> torch.allclose(module.forward_pieces(pieces, torch.tensor([5])), whole)
    True
    """

    def steps(self, batch: SetBatch) -> Steps:
        """Compute what comes before the last layers, from whole sets or from pieces of them.

        Parameters
        ----------
        batch : SetBatch

        Returns
        -------
        generator
            Yields a pooling and elements (M, ...) whenever it needs a pool, and is sent the pools
            (B, ...) of the whole sets. Its value is a row a set, or a row an element.
        """
        raise self._no("steps")

    def forward(self, batch: SetBatch) -> Tensor:
        """Return the outputs: (B, out_features) of sets, or (M, out_features) of elements.

        Parameters
        ----------
        batch : SetBatch
        """
        raise self._no("forward")

    def forward_pieces(
        self, pieces: Iterable[SetBatch], size: Tensor, context: Tensor | None = None
    ) -> Tensor:
        """Return the outputs of one set, given in pieces.

        Parameters
        ----------
        pieces : iterable of SetBatch
            Batches of one piece each. Read once for each time that elements are pooled, and where
            there is an output an element twice more, so that no more than one piece is in memory.
        size : Tensor of shape (1,)
            Number of elements of the set, or the sum of their weights.
        context : Tensor of shape (1, p), default=None
        """
        raise self._no("forward_pieces")

    def embed(self, batch: SetBatch) -> Tensor:
        """Return the pooled embeddings (B, embedding_features) of sets.

        Parameters
        ----------
        batch : SetBatch
        """
        raise self._no("embed")

    def embed_pieces(
        self, pieces: Iterable[SetBatch], size: Tensor, context: Tensor | None = None
    ) -> Tensor:
        """Return the pooled embedding (1, embedding_features) of one set, given in pieces.

        Parameters
        ----------
        pieces : iterable of SetBatch
            As for :meth:`forward_pieces`.
        size : Tensor of shape (1,)
            Number of elements of the set, or the sum of their weights.
        context : Tensor of shape (1, p), default=None
            Of no effect on the embedding.
        """
        raise self._no("embed_pieces")

    def element_features(self, batch: SetBatch, layer: int = -1) -> Tensor:
        """Return what a layer before the pooling makes of each element, (M, h).

        Parameters
        ----------
        batch : SetBatch
        layer : int, default=-1
            Which one, the layers of phi and then the equivariant ones, counted from the elements;
            negative ones from the pooling. -1 is what is pooled. A layer is read before its
            activation, which belongs to the layer behind it: nothing follows the last one.
        """
        raise self._no("element_features")

    def element_features_pieces(
        self,
        pieces: Iterable[SetBatch],
        size: Tensor,
        context: Tensor | None = None,
        layer: int = -1,
    ) -> Tensor:
        """Return :meth:`element_features` (n, h) of one set, given in pieces.

        Parameters
        ----------
        pieces : iterable of SetBatch
            As for :meth:`forward_pieces`.
        size : Tensor of shape (1,)
            Number of elements of the set, or the sum of their weights.
        context : Tensor of shape (1, p), default=None
        layer : int, default=-1
        """
        raise self._no("element_features_pieces")

    def embed_without_each(self, batch: SetBatch) -> tuple[Tensor, Tensor]:
        """Return the embeddings of sets without each one of their elements.

        Only where elements do not meet before the pooling: each passes through phi once.

        Parameters
        ----------
        batch : SetBatch

        Returns
        -------
        embedding : Tensor of shape (M, embedding_features)
            In the row of an element that of its set without it.
        sizes : float64 Tensor of shape (M,)
            Number of elements that are left, or the sum of their weights.
        """
        raise self._no("embed_without_each")

    def embed_without_each_pieces(
        self, pieces: Iterable[SetBatch], size: Tensor, context: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Return :meth:`embed_without_each` of one set, given in pieces that are read twice.

        Parameters
        ----------
        pieces : iterable of SetBatch
            As for :meth:`forward_pieces`.
        size : Tensor of shape (1,)
        context : Tensor of shape (1, p), default=None
        """
        raise self._no("embed_without_each_pieces")

    def forward_without_each(self, batch: SetBatch) -> Tensor:
        """Return the outputs (M, out_features) of sets without each one of their elements.

        Parameters
        ----------
        batch : SetBatch
            See :meth:`embed_without_each`.
        """
        raise self._no("forward_without_each")

    def forward_without_each_pieces(
        self, pieces: Iterable[SetBatch], size: Tensor, context: Tensor | None = None
    ) -> Tensor:
        """Return :meth:`forward_without_each` of one set, given in pieces that are read twice.

        Parameters
        ----------
        pieces : iterable of SetBatch
            As for :meth:`forward_pieces`.
        size : Tensor of shape (1,)
        context : Tensor of shape (1, p), default=None
        """
        raise self._no("forward_without_each_pieces")

    def _no(self, method: str) -> NotImplementedError:
        return NotImplementedError(f"{type(self).__name__} has no {method}.")

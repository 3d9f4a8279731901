"""Averages of the weights over the last steps."""

import torch

from sksets._training.net import Callback

# The average is over about the last of so many equal parts of the steps.
N_PARTS = 9


class Averaging(Callback):
    """Weights averaged over the last steps, by which the network is judged and which it keeps.

    Polynomial-decay averaging (Shamir and Zhang, 2013): its window grows with the training, so that
    the average is a good one after any number of steps, where a schedule has to know the last one.

    After an epoch, for validation and other callbacks, the module holds the averages.
    """

    def on_train_begin(self, net, **kwargs):
        module = net.module_
        # Statistics of normalisation layers as well, which belong to the weights.
        held = [*module.parameters(), *(b for b in module.buffers() if b.is_floating_point())]
        self.held_ = [tensor.detach() for tensor in held]
        self.averages_ = [tensor.clone() for tensor in self.held_]
        self.weights_ = None
        self.n_steps_ = 0

    def on_epoch_begin(self, net, **kwargs):
        if self.weights_ is not None:
            torch._foreach_copy_(self.held_, self.weights_)
            self.weights_ = None

    def on_batch_begin(self, net, training=False, **kwargs):
        if not training:
            self._show()

    def on_batch_end(self, net, training=False, **kwargs):
        if training:
            self.n_steps_ += 1
            share = min(1.0, N_PARTS / (self.n_steps_ + N_PARTS - 1))
            torch._foreach_lerp_(self.averages_, self.held_, share)

    def on_epoch_end(self, net, **kwargs):
        self._show()

    def on_train_end(self, net, **kwargs):
        self._show()

    def _show(self):
        """Put the averages into the module, and keep the weights."""
        if self.weights_ is None:
            self.weights_ = [tensor.clone() for tensor in self.held_]
            torch._foreach_copy_(self.held_, self.averages_)

"""The training loop around a network."""

import contextlib
import math

import torch

from sksets._threads import threads
from sksets._training.batches import batch_size_of
from sksets._training.callbacks import Progress, make_callbacks
from sksets._training.generators import ForkedGenerators, set_generators
from sksets._training.gradients import make_gradients, widest_layer
from sksets._training.net import predefined_split
from sksets._training.transforms import Augmentation

# A step whose largest tensor has fewer numbers is faster on one thread than on two, by a tenth on
# two idle cores; where others use the cores, up to a hundred times. A few steps are not worth it.
ONE_THREAD_NUMBERS = 2**18
ONE_THREAD_STEPS = 100


def train_net(net, dataset, valid, params, *, max_epochs, learning_rate, augmentation, rng):
    """Train ``net`` in place; it keeps neither the data nor the callbacks.

    Parameters
    ----------
    net : SetNet
    dataset, valid : PackedDataset
        ``valid`` may be None; otherwise training stops early and the best weights return.
    params : dict
        The estimator's parameters.
    max_epochs : int
    learning_rate : {"averaged", "onecycle", "constant", "plateau", "trial"}
    augmentation : callable or None
        The user's transform of training batches.
    rng : numpy Generator
        Source of the shuffles, and of the seed for dropout and augmentation.

    Returns
    -------
    interrupted : bool
        Whether the user ended the training; what whole epochs have learned is in ``net``.

    Raises
    ------
    KeyboardInterrupt
        If that was before the first epoch ended.
    """
    generator = torch.Generator(net.device).manual_seed(int(rng.integers(2**62)))
    transforms: tuple = ()
    if augmentation is not None:
        transforms = (Augmentation(augmentation, generator, keeps_sizes=dataset.elementwise),)
    set_generators(net.module_, generator)
    net.lr = params["learning_rate_init"]
    # The schedule of an earlier fit has left its last rate in the optimiser.
    for group in net.optimizer_.param_groups:
        group["lr"] = net.lr
    net.max_epochs = max_epochs
    net.train_split = None if valid is None else predefined_split(valid)
    net.callbacks = make_callbacks(params, max_epochs, learning_rate, valid is not None)
    try:
        net.initialize_callbacks()
    except (TypeError, ValueError) as error:
        raise ValueError(f"callbacks cannot be used: {error}") from error
    net.batch_size = batch_size_of(params["batch_size"], len(dataset))
    net.iteration_ = {"rng": rng, "transforms": transforms}
    net.max_elements_ = params["max_elements_per_batch"]
    net.gradients_ = make_gradients(net, dataset, params)
    net.generators_ = _global_generators(params, augmentation, generator)
    with threads(1 if _is_small(net, dataset, params) else None):
        interrupted = _run(net, dataset, valid is not None)
    # The estimator keeps the network, and its pickles and copies need no generator.
    set_generators(net.module_, None)
    net.train_split, net.callbacks, net.callbacks_, net.iteration_ = None, None, [], {}
    net.gradients_ = None
    net.generators_ = contextlib.nullcontext
    # Here, so that no prediction needs to change the network for it.
    net.module_.eval()
    return interrupted


def _is_small(net, dataset, params):
    """Return whether steps have few numbers, as far as widths of layers tell, and are many."""
    batches = math.ceil(len(dataset) / net.batch_size)
    own = any(isinstance(value, torch.nn.Module) for value in params.values())
    # Images grow in convolutions, and nobody knows what a module of the user does.
    if dataset.device.type != "cpu" or own or dataset.values.ndim > 2:
        return False
    n_elements = dataset.n_elements / batches
    if net.max_elements_ is not None:
        n_elements = min(n_elements, net.max_elements_)
    most = max(weights.numel() for weights in net.module_.parameters())
    most = max(most, n_elements * widest_layer(net.module_))
    return most < ONE_THREAD_NUMBERS and net.max_epochs * batches >= ONE_THREAD_STEPS


def _global_generators(params, augmentation, generator):
    """Return what makes the block in which the steps of an epoch are taken."""
    modules = [value for value in params.values() if isinstance(value, torch.nn.Module)]
    if augmentation is None and not modules:
        # The layers of sksets draw from `generator` alone, so that fits in threads run abreast.
        return contextlib.nullcontext
    return ForkedGenerators(generator.initial_seed(), generator.device)


def _run(net, dataset, has_valid):
    """Run the epochs, and say what went wrong where one does not end well."""
    try:
        interrupted = net.run_training(dataset)
    except Exception as error:
        error.add_note(
            f"Raised in epoch {len(net.history)} of the training, by the network or by an "
            "element_encoder, phi, rho, pooling, augmentation or callback that it was given."
        )
        if not has_valid and "valid_loss" in str(error):
            error.add_note("valid_loss is recorded with early_stopping=True only.")
        raise
    finally:
        # skorch ends no training that raised, so the bar would stay open.
        for _, callback in net.callbacks_:
            if isinstance(callback, Progress) and hasattr(callback, "bar_"):
                callback.on_train_end(net)
    # A loss is taken before its step: what the last step made of the weights no loss has shown.
    if not all(torch.isfinite(weights).all() for weights in net.module_.parameters()):
        if interrupted:
            raise KeyboardInterrupt("Interrupted where weights had become infinite or nan.")
        net.raise_diverged("Weights of the network became infinite or nan")
    return interrupted

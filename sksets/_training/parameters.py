"""Documentation of what the estimators over a network share: parameters, learned attributes."""

TRAINING_PARAMETERS = """
optimizer : {{"adamw", "adam", "adamax", "sgd", "rmsprop"}}, default={optimizer}
    Optimiser of torch. "sgd" is with Nesterov momentum of 0.9; "adamax" is that of the
    paper's point clouds.

learning_rate_init : float, default={learning_rate_init}
    Learning rate; the peak of the one-cycle schedule.

learning_rate : {{"averaged", "onecycle", "constant", "plateau"}}, default={learning_rate}
    Schedule of the rate. "averaged" rises for 100 steps, but no more than the first 30 % of the
    training, stays, and falls to zero in the last 30 %, each on a line, and the network gets the
    average of the weights over about the last ninth of the steps (polynomial-decay averaging;
    Shamir and Zhang, 2013); "onecycle" rises for 30 % of the training and then falls to zero, as
    a cosine; "plateau" multiplies the rate by 0.3 when the loss no longer falls.

weight_decay : float, default={weight_decay}
    Weight decay of the optimiser.

max_grad_norm : float or None, default={max_grad_norm}
    Gradients of a larger norm are scaled down to it.

max_epochs : int, default={max_epochs}
    Passes over the training sets.

batch_size : int or "auto", default={batch_size}
    Sets in a training batch. "auto" is a sixteenth of the sets, but 16 at least and 64 at most.

max_elements_per_batch : int or None, default={max_elements_per_batch}
    Elements in a batch at most, in training and prediction; a larger set is a training batch
    by itself, and is pooled in pieces of this size at prediction. None does not bound
    training batches and bounds prediction batches at 8,192 elements and 2**20 numbers.

early_stopping : bool, default={early_stopping}
    Whether to hold a part of the training sets out, stop when the loss on it has not
    fallen for ``n_iter_no_change`` epochs, and return to the best weights.

validation_fraction : float, default={validation_fraction}
    Share of the sets held out by ``early_stopping``.

n_iter_no_change : int, default={n_iter_no_change}
    Epochs without improvement after which training stops.

tol : float, default={tol}
    Smallest fall of the validation loss that counts as an improvement.

warm_start : bool, default={warm_start}
    Whether a call of ``fit`` goes on from the weights of the last one, for another
    ``max_epochs``. What the network was built with must stay the same.

device : str or torch.device, default={device}
    "auto" is the GPU where torch sees one, else the CPU; or any name of a torch device.

dtype : {{"float32", "float64"}}, default={dtype}
    Type of the network and of its arithmetic.

callbacks : list of skorch callbacks or None, default={callbacks}
    Further callbacks of the training loop; they are copied before each fit.

random_state : int, RandomState instance or None, default={random_state}
    Seeds the initial weights, the shuffles, dropout and the validation part. With an int,
    fits are equal to the bit where the number of threads is the same, and the global generators
    of numpy and torch are not touched. None draws a seed from numpy's.

verbose : bool or int, default={verbose}
    Whether to show the progress: epoch, time, losses and elements a second.
"""

NETWORK_ATTRIBUTES = """
n_features_in_ : int
    Number of features of an element. Not defined for tokens.

feature_names_in_ : ndarray of shape (n_features,)
    Names of the features, where the columns of the sets have names.

n_context_features_ : int
    Number of context features of a set; zero without context.

vocabulary_ : ndarray of shape (n_tokens,)
    The known tokens, sorted. Defined for tokens only.

net_ : skorch.NeuralNet
    The trained network; ``net_.module_`` is the torch module.

history_ : list of dict
    One entry an epoch: ``epoch``, ``train_loss`` and, with early stopping, ``valid_loss``. After
    ``partial_fit`` that of the last call alone.

n_iter_ : int
    Number of epochs run.
"""

"""Transforms of training batches."""

import torch


class Augment:
    """Calls the user's ``augmentation`` with a generator of its own and checks what it returns."""

    def __init__(self, function, generator):
        self.function = function
        self.generator = generator

    def __call__(self, values, set_ids):
        new = self.function(values, set_ids, self.generator)
        is_tensor = isinstance(new, torch.Tensor)
        if not is_tensor or new.shape != values.shape or new.is_complex():
            found = f"{new.dtype} {tuple(new.shape)}" if is_tensor else type(new).__name__
            raise ValueError(
                f"augmentation must return a real tensor of the shape that it was given, "
                f"{tuple(values.shape)}; found {found}."
            )
        return new

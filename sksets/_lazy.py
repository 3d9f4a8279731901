"""What is imported when it is first used, since it loads torch: half of the time of an import."""

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING


class _LazyModule(ModuleType):
    """A module that is imported when a name in it is first asked for."""

    def __getattr__(self, name):
        return getattr(importlib.import_module(self.__name__), name)


if TYPE_CHECKING:
    import torch
else:
    torch = _LazyModule("torch")


def is_tensor(item):
    """Say whether an object is a tensor of torch; without torch there are none."""
    # A thread that imports torch at this moment has no tensors either.
    return isinstance(item, getattr(sys.modules.get("torch"), "Tensor", ()))


def lazy_names(module, sources):
    """Return the ``__getattr__`` and ``__dir__`` of a module (PEP 562) that imports names lazily.

    Parameters
    ----------
    module : str
        Its name.
    sources : dict
        The name of the module that each lazy name is imported from.
    """

    def __getattr__(name):
        if name not in sources:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(sources[name]), name)
        # From now on without this function.
        setattr(sys.modules[module], name, value)
        return value

    def __dir__():
        return sorted({*vars(sys.modules[module]), *sources})

    return __getattr__, __dir__

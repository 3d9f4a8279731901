"""Documentation of parameters that several estimators share."""

import inspect


def _by_name(text):
    """Split documentation of parameters, one paragraph each, into a dict."""
    paragraphs = text.strip().split("\n\n")
    return {paragraph.partition(" :")[0]: paragraph for paragraph in paragraphs}


def document(*parameters, attributes):
    """Return a class decorator that fills ``{parameters}`` and ``{attributes}`` of a docstring.

    The parameters come in the order of the signature; those that it lacks are left out. Their
    defaults are read from it, so that the documented ones cannot differ from the code's. All
    other braces are doubled, in the docstring and in the texts of parameters.

    Parameters
    ----------
    *parameters : str
        Documentation of parameters, one paragraph ``name : type, default={name}`` each. Where two
        texts describe a parameter, the later one counts.
    attributes : str
        Documentation of learned attributes, taken as it is.
    """
    paragraphs = {}
    for text in parameters:
        paragraphs |= _by_name(text)

    def fill(cls):
        if cls.__doc__ is None:  # python -OO
            return cls
        defaults = {
            name: f'"{value}"' if isinstance(value, str) else repr(value)
            for name, value in cls.__init__.__kwdefaults__.items()
        }
        text = "\n\n".join(paragraphs[name] for name in defaults if name in paragraphs)
        # Python 3.13 dedents docstrings; older ones leave the indentation of the class in them.
        cls.__doc__ = inspect.cleandoc(cls.__doc__).format(
            parameters=text.format(**defaults), attributes=attributes.strip()
        )
        return cls

    return fill

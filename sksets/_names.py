"""Names that a user chooses from."""

from collections.abc import Iterable
from difflib import get_close_matches
from textwrap import shorten


def check_name(name: object, known: Iterable[str], kind: str) -> str:
    """Return ``name`` if it is known.

    Parameters
    ----------
    name : object
    known : iterable of str
    kind : str
        What the message calls it, such as "pooling".

    Raises
    ------
    ValueError
        For an unknown name; the nearest known one is proposed.
    """
    known = tuple(known)
    if isinstance(name, str) and name in known:
        return name
    near = get_close_matches(str(name), known, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else "."
    raise ValueError(f"Unknown {kind} {name!r:.100}{hint} Known: {shorten(', '.join(known), 300)}.")

"""Documentation of shared parameters: what is filled in, and from where."""

import inspect

from sksets._docs import document

SHARED = """
alpha : float, default={alpha}
    Strength.

name : {{"a", "b"}}, default={name}
    First text.

missing : int, default={missing}
    Not in the signature.
"""
OWN = """
name : {{"a", "b"}}, default={name}
    Later text.
"""


def test_document_fills_what_the_signature_has_in_its_order():
    @document(SHARED, OWN, attributes="\nfit_ : dict\n    Such as {}.\n")
    class Documented:
        """Summary with {{braces}}.

        Parameters
        ----------
        own : int, default=1

        {parameters}

        Attributes
        ----------
        {attributes}
        """

        def __init__(self, *, own=1, name="a", alpha=0.5):
            """Keep nothing."""

    assert Documented.__doc__ == inspect.cleandoc(
        """Summary with {braces}.

        Parameters
        ----------
        own : int, default=1

        name : {"a", "b"}, default="a"
            Later text.

        alpha : float, default=0.5
            Strength.

        Attributes
        ----------
        fit_ : dict
            Such as {}.
        """
    )

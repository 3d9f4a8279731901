"""What a SetArray shows of itself: a line, and in a notebook a small table of HTML."""

from html import escape
from typing import Any

import numpy as np


def _listed(names, at_most=8, width=40):
    """Return the first of several names, separated by commas, long ones cut."""
    shown = [name if len(name) <= width else f"{name[:width]}..." for name in names[:at_most]]
    return ", ".join(shown) + (", ..." if len(names) > at_most else "")


def _counted(n_columns, names):
    named = "" if names is None else f": {_listed(names.tolist())}"
    return f"{n_columns}{named}"


def _sizes(sizes):
    """Return the smallest, the usual and the largest number of elements, and how many have none."""
    if not len(sizes):
        return "none"
    empty = f", {(sizes == 0).sum()} empty" if (sizes == 0).any() else ""
    return f"{sizes.min()} to {sizes.max()}, median {np.median(sizes):g}{empty}"


def _keys(keys):
    first = keys[:8].tolist()
    rows = [str(tuple(row)) if isinstance(row, list) else str(row) for row in first]
    return _listed(rows) + (", ..." if len(keys) > len(first) else "")


def _kind(sets):
    """Say of which type the elements are."""
    if sets.categories is None:
        return sets.codes.dtype
    return "str" if sets.codes.ndim == 1 else "mixed"


class SetDisplay:
    """How a :class:`SetArray` shows itself, in a line and in a notebook."""

    def __repr__(self: Any) -> str:
        sizes = f"sizes {self.sizes.min()} to {self.sizes.max()}, " if self.n_sets else ""
        context = "" if self.context is None else f", context ({self.context.shape[1]},)"
        weight = "" if self.element_weight is None else ", element_weight"
        return (
            f"SetArray(n_sets={self.n_sets}, n_elements={len(self.codes)}, {sizes}"
            f"elements {_kind(self)} {self.element_shape}{context}{weight})"
        )

    def _repr_html_(self: Any) -> str:
        weighed = self.element_weight is not None
        rows = {
            "sets": f"{self.n_sets:,}",
            "elements": f"{len(self.codes):,}" + (", weighed" if weighed else ""),
            "elements a set": _sizes(self.sizes),
            "element": f"{_kind(self)} {self.element_shape}",
        }
        if self.feature_names is not None:
            rows["features"] = _counted(len(self.feature_names), self.feature_names)
        if self.context is not None:
            rows["context"] = _counted(self.context.shape[1], self.context_names)
        if self.keys is not None:
            rows["keys"] = _keys(self.keys)
        cells = "".join(
            f'<tr><th style="text-align: left">{name}</th>'
            f'<td style="text-align: left">{escape(text)}</td></tr>'
            for name, text in rows.items()
        )
        return f"<table><caption>SetArray</caption><tbody>{cells}</tbody></table>"

"""Generated SetArrays: what they turn into is read back, and they are indexed as lists are."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from sksets import SetArray

# The same cases in every run, and none kept between them.
GENERATED = settings(derandomize=True, database=None, deadline=None, max_examples=100)
NUMBERS = {
    "float64": st.floats(allow_nan=False),
    "float32": st.floats(allow_nan=False, width=32),
    "float16": st.floats(allow_nan=False, width=16),
    "int64": st.integers(-(2**63), 2**63 - 1),
    "int8": st.integers(-128, 127),
    "uint16": st.integers(0, 2**16 - 1),
    "bool": st.booleans(),
}
TOKENS = st.text("ab _\néß日😀", max_size=3)
# Names that the columns of a long frame have where sets have none are names too.
NAMES = ("a", "b", "x0", "x1", "context0", "set", "")


def _rows(draw, elements, dtype, shape):
    n = int(np.prod(shape))
    drawn = draw(st.lists(elements, min_size=n, max_size=n))
    return np.array(drawn, dtype=dtype).reshape(shape)


def _names(draw, n_columns):
    distinct = st.lists(st.sampled_from(NAMES), min_size=n_columns, max_size=n_columns, unique=True)
    return draw(st.none() | distinct)


def _keys(draw, n_sets):
    """Return no keys, or numbers, strings or pairs of them that are all different."""
    number, text = st.integers(-(2**63), 2**63 - 1), TOKENS
    kind = draw(st.none() | st.sampled_from([number, text, st.tuples(text, number)]))
    if kind is None:
        return None
    keys = draw(st.lists(kind, min_size=n_sets, max_size=n_sets, unique=True))
    if keys and isinstance(keys[0], tuple):
        return np.array(keys, dtype=object)
    return np.array(keys)


@st.composite
def set_arrays(draw, min_sets=0, min_size=0, max_ndim=3):
    """Sets of tokens, scalars, vectors or matrices, with and without all that may be known."""
    sizes = draw(st.lists(st.integers(min_size, 4), min_size=min_sets, max_size=5))
    tokens = draw(st.booleans())
    if tokens:
        values = _rows(draw, TOKENS, None, (sum(sizes),)).astype(str)
    else:
        dtype = draw(st.sampled_from(sorted(NUMBERS)))
        shape = draw(st.lists(st.integers(1, 3), max_size=max_ndim - 1))
        values = _rows(draw, NUMBERS[dtype], dtype, (sum(sizes), *shape))
    context = draw(st.none() | st.integers(1, 2))
    if context is not None:
        context = _rows(draw, NUMBERS["float64"], "float64", (len(sizes), context))
    return SetArray(
        values,
        np.cumsum([0, *sizes]),
        context,
        feature_names=_names(draw, values.shape[1]) if values.ndim == 2 else None,
        context_names=None if context is None else _names(draw, context.shape[1]),
        keys=_keys(draw, len(sizes)),
    )


def assert_same(X, expected, parts=("context", "feature_names", "context_names", "keys")):
    assert_array_equal(X.values, expected.values)
    assert X.values.shape == expected.values.shape
    if len(expected.values):
        # Strings are as long as the longest of them.
        assert X.values.dtype.kind == expected.values.dtype.kind
        assert X.values.dtype == expected.values.dtype or X.values.dtype.kind == "U"
    assert_array_equal(X.offsets, expected.offsets)
    for name in parts:
        part, wanted = getattr(X, name), getattr(expected, name)
        assert (part is None) == (wanted is None), name
        if wanted is not None:
            assert part.tolist() == wanted.tolist(), name


@GENERATED
@given(set_arrays(min_sets=1))
def test_lists_of_arrays(X):
    assert_same(SetArray.from_sets(list(X)), X, parts=())
    assert_same(SetArray.from_sets(np.asarray(X), context=X.context), X, parts=("context",))


@GENERATED
@given(set_arrays())
def test_copies(X):
    for back in (X.copy(), copy.deepcopy(X), pickle.loads(pickle.dumps(X)), X[:], X[...]):
        assert_same(back, X)


@GENERATED
@given(set_arrays(), st.sampled_from(["arrow", "awkward"]))
def test_lists_of_other_libraries(X, library):
    pytest.importorskip({"arrow": "pyarrow"}.get(library, library))
    back = getattr(SetArray, f"from_{library}")(getattr(X, f"to_{library}")())
    assert_same(back, X, parts=("feature_names",))


@GENERATED
@given(set_arrays())
def test_padded_arrays(X):
    padded, mask = X.to_padded()
    assert_same(SetArray.from_padded(padded, mask, context=X.context), X, parts=("context",))
    assert_same(SetArray.from_padded(padded, sizes=X.sizes), X, parts=())
    assert (padded[~mask] == ("0" if padded.dtype.kind == "U" else 0)).all()


@GENERATED
@given(set_arrays(min_sets=1, min_size=1, max_ndim=2))
def test_long_frames(X):
    n_keys = 1 if X.keys is None or X.keys.ndim == 1 else 2
    try:
        frame = X.to_frame("set")
    except ValueError as error:
        # A feature "set", "set0" or "context0" beside columns that are called so.
        assert "would have two columns" in str(error)
        return
    columns = list(frame.columns)
    n_context = 0 if X.context is None else X.context.shape[1]
    end = len(columns) - n_context
    features = columns[n_keys:end] if X.values.ndim == 2 else columns[n_keys]
    back = SetArray.from_frame(
        frame,
        columns[:n_keys] if n_keys > 1 else columns[0],
        features,
        context_columns=columns[end:],
    )
    assert_same(back, X, parts=("context",))
    assert back.keys.tolist() == (list(range(len(X))) if X.keys is None else X.keys.tolist())
    if X.feature_names is not None:
        assert_same(back, X, parts=("feature_names",))


@GENERATED
@given(set_arrays(), st.data())
def test_parts_join_to_the_whole(X, data):
    cuts = sorted(data.draw(st.lists(st.integers(0, len(X)), max_size=3)))
    bounds = [0, *cuts, len(X)]
    parts = [X[start:stop] for start, stop in zip(bounds, bounds[1:], strict=False)]
    assert_same(SetArray.concatenate(parts), X)


def keys_of(n):
    """What a 1-D array of n samples may be indexed by, and some of what it may not."""
    index = st.integers(-n - 1, n)
    bound = st.none() | st.integers(-n - 2, n + 2)
    step = st.none() | st.integers(-3, 3).filter(bool)
    indices = st.lists(index, max_size=6)
    mask = st.lists(st.booleans(), min_size=n, max_size=n)
    key = (
        index
        | index.map(np.int64)
        | st.builds(slice, bound, bound, step)
        | indices.map(lambda chosen: np.array(chosen, dtype=np.int64))
        | indices
        | mask.map(lambda chosen: np.array(chosen, dtype=bool))
        | (mask if n else st.just([]))
    )
    return key | key.map(lambda k: (k,)) | key.map(lambda k: (k, ...)) | st.just(...)


@GENERATED
@given(set_arrays(), st.data())
def test_indexing_is_that_of_a_list_of_arrays(X, data):
    key = data.draw(keys_of(len(X)))
    sets = list(X)
    try:
        rows = np.arange(len(X))[key]
    except IndexError:
        with pytest.raises(IndexError):
            X[key]
        return
    part = X[key]
    if rows.ndim == 0:
        assert_array_equal(part, sets[rows])
        # Strings are made of their codes.
        assert X.categories is not None or part.base is not None
        return
    assert [s.tolist() for s in part] == [sets[row].tolist() for row in rows]
    assert part.codes.dtype == X.codes.dtype and part.categories is X.categories
    assert part.element_shape == X.element_shape
    if X.context is not None:
        assert_array_equal(part.context, X.context[rows])
    if X.keys is not None:
        repeated = len(set(rows.tolist())) < len(rows)
        assert part.keys is None if repeated else part.keys.tolist() == X.keys[rows].tolist()
    assert_same(part, part, parts=())
    for name in ("feature_names", "context_names"):
        assert getattr(part, name) is getattr(X, name) or (
            getattr(part, name).tolist() == getattr(X, name).tolist()
        )


@st.composite
def mixed_arrays(draw):
    """Sets of elements with columns of strings and of numbers, and with weights."""
    sizes = draw(st.lists(st.integers(1, 4), min_size=1, max_size=4))
    n = sum(sizes)
    kinds = [TOKENS, *draw(st.lists(st.sampled_from([TOKENS, NUMBERS["float64"]]), max_size=2))]
    kinds.append(NUMBERS["float64"])
    columns = [draw(st.lists(kind, min_size=n, max_size=n)) for kind in kinds]
    frame = {"set": np.repeat(np.arange(len(sizes)), sizes)}
    frame |= {f"c{i}": np.array(column) for i, column in enumerate(columns)}
    frame["w"] = draw(st.lists(st.floats(0.1, 10), min_size=n, max_size=n))
    return SetArray.from_frame(frame, "set", element_weight="w"), columns


@GENERATED
@given(mixed_arrays(), st.data())
def test_mixed_elements_with_weights(drawn, data):
    X, columns = drawn
    rows = [list(row) for row in zip(*columns, strict=True)]
    assert X.values.tolist() == rows
    key = data.draw(st.lists(st.integers(0, len(X) - 1), min_size=1))
    part = X[key]
    chosen = np.concatenate([np.arange(X.offsets[i], X.offsets[i + 1]) for i in key])
    assert part.values.tolist() == [rows[row] for row in chosen]
    assert part.element_weight.tolist() == X.element_weight[chosen].tolist()
    part, other = SetArray.from_sets(list(X)), SetArray.from_sets(list(X[::-1]))
    both = SetArray.concatenate([other, part])
    assert both.values.tolist() == other.values.tolist() + rows
    assert_same(SetArray.from_sets(list(X)), X, parts=())
    back = SetArray.from_frame(X.to_frame(), "set", element_weight="element_weight")
    assert_same(back, X, parts=("feature_names", "keys", "element_weight"))
    for library in ("arrow", "awkward"):
        back = getattr(SetArray, f"from_{library}")(getattr(X, f"to_{library}")())
        assert_same(back, X, parts=("feature_names",))

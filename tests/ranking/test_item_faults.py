"""What the rankers of items say of every wrong input, and that they stay as they were."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from scipy import sparse
from sklearn.exceptions import NotFittedError
from skorch.callbacks import Callback

from sksets import SetArray, SetExpander
from sksets.baselines import PopularityRanker

WORDS = [["tea", "milk", "rum"], ["milk", "rum"], ["tea", "gin", "ale"], ["gin", "ale", "milk"]]
INTS = [[1, 2, 3], [2, 3], [1, 4, 5], [4, 5, 2]]
NAMES = ["ale", "gin", "milk", "rum", "tea"]
Z = np.arange(4.0)
ROWS = np.random.default_rng(0).normal(size=(5, 3))
NAMED = dict(zip(NAMES, ROWS, strict=True))
FLOATS = "Tokens must be integers or strings, found dtype float64"
# What a set or an item is, whoever asks.
NO_SETS = [
    (None, "X is a NoneType"),
    ("tea", r"X is a str \('tea'\), expected a list"),
    (["tea", "milk"], r"X is a flat list of strings, .* Pass \[X\] if it is one set"),
    ([], r"Found 0 set\(s\)"),
    ((s for s in WORDS), "X is a generator, expected a list of arrays"),
    ({"tea": 1}, r"Set 0 is a int \(1\), expected"),
    (2 * sparse.eye(3, format="csr"), "have weights, which .* does not take.* pass X != 0"),
    ([sparse.eye(3, format="csr")], "Set 0 is a sparse matrix"),
    ([["tea"], None], r"Set 1 is missing \(None\)"),
    ([["tea"], ["gin", None]], r"Set 1 has a missing token \(None\)"),
    ([["tea"], ["gin", pd.NA]], r"Set 1 has a missing token \(<NA>\)"),
    ([["tea"], ["gin", np.nan]], r"Set 1 has a missing token \(nan\)"),
    ([["tea"], ["gin", 1]], "Set 1 mixes strings and numbers"),
    ([["tea"], [1]], "of one kind; set 1 holds numbers, set 0 strings"),
    ([[1j]], "Complex data not supported"),
    (pd.Series([["tea"], pd.NA]), r"Set 1 is missing \(<NA>\)"),
]
# Of a list of items: which, what is said of strings, and of integers.
NO_LISTS = [
    ([1, 2], "strings; found int values in an array of shape", None),
    (["tea", "gin"], None, "integers; found str values"),
    ([1.0, 2.0], "strings; found float values", "integers; found float values"),
    ([True, False], "strings; found bool values", "integers; found bool values"),
    (np.array([True, False]), "strings; found bool values", "integers; found bool values"),
    (np.array([1.0, 2.0]), "strings; found float64 values", "integers; found float64 values"),
    ([True, 2], "strings; found bool, int values", "integers; found bool, int values"),
    (["tea", None], "strings; found NoneType, str values", "integers; found NoneType, str values"),
    (["tea", 1], "strings; found int, str values", "integers; found int, str values"),
    ([1, np.nan], "strings; found float, int values", "integers; found float, int values"),
    ([1, 2**70], "strings; found int values", "integers; found int values"),
    ([["tea", "gin"]], r"found str values in an array of shape \(1, 2\)", "found str values"),
    ([["tea"], ["gin", "ale"]], "found list values", "found list values"),
    ({"tea", "gin"}, r"found set values in an array of shape \(\)", "found set values"),
    ({"tea": 1}, "found dict values", "found dict values"),
    ([], r"found no values in an array of shape \(0,\)", "found no values"),
    (np.empty(0, dtype="U3"), r"found <U3 values in an array of shape \(0,\)", "found <U3 values"),
    (np.empty(0, dtype=int), "found int64 values", r"found int64 values in an array of shape \(0,"),
]
# No hidden items of four sets.
UNREADABLE = [
    ([1.0, 2.0, 3.0, 4.0], r"y must hold the hidden items .* or one item a set: integers or "),
    ([True] * 4, r"found bool of shape \(4,\)"),
    ("cola", r"found <U4 of shape \(\)"),
    (3, r"found int64 of shape \(\)"),
    ((w for w in "abcd"), "y is a generator, expected values with an order and a length"),
    ({"a": "b"}, "y is a dict, expected .* as a dict where the sets of X have keys"),
    (pd.DataFrame({"y": list("abcd")}), r"integers or strings; found <U1 of shape \(4, 1\)"),
    (["x", "x", "x", None], "Cannot read y, the hidden items .*: .* set 3|set 3 holds numb"),
    ([["x"], ["x"], ["x", None], ["x"]], "Cannot read y, .*: Set 2 has a missing token"),
    ([["x"], ["x"], "x", ["x"]], "Cannot read y, .*: Set 2 is a str"),
    (["x", ["x"], "x", "x"], "y is a list that numpy cannot read"),
    (2 * sparse.eye(4, format="csr"), "have weights, which y does not take"),
    (np.ones((4, 2)), f"Cannot read y, .*: {FLOATS}"),
]


def make(cls=SetExpander, **parameters):
    if cls is SetExpander:
        parameters = {"max_epochs": 1, "embedding_dim": 4, "random_state": 0, **parameters}
    return cls(**parameters)


@pytest.fixture(scope="module")
def of_words():
    return make().fit(WORDS)


@pytest.fixture(scope="module")
def of_ints():
    return make().fit(INTS)


def assert_refuses(model, message, *args, error=(TypeError, ValueError), **options):
    """Fit, which must raise and leave every attribute as it was."""
    before = dict(vars(model))
    with pytest.raises(error, match=message):
        model.fit(*args, **options)
    assert vars(model).keys() == before.keys()
    assert all(vars(model)[name] is before[name] for name in before)


# ---------------------------------------------------------------- queries


ASKING = ["rank", "predict", "score_candidates", "transform", "score"]


@pytest.mark.parametrize("method", ASKING)
@pytest.mark.parametrize(
    ("X", "message"),
    [
        (
            [["tea"], ["gin", "cola"]],
            "Set 1 of X holds the item cola, which is not among the 5 items of fit. Leave it out, "
            "use unknown_items='ignore', or make it known to fit: name it in vocabulary or item",
        ),
        ([["te"], ["gin"]], "Set 0 of X holds the item te, which is not among"),
        (
            [["tea"], ["gin", "ale", "gin"]],
            "Set 1 of X holds the item gin twice. A set has each of its items once; drop the rep",
        ),
        ([[1, 2]], "X holds integer tokens, but SetExpander was fitted on string tokens"),
        (np.ones((2, 2)), FLOATS),
        ([[1.5]], FLOATS),
        (SetArray.from_sets([["tea"]], [1.0]), "X has a context of 1 features, .* without a cont"),
        *NO_SETS,
    ],
)
def test_queries_that_cannot_be_asked(of_words, method, X, message):
    with pytest.raises((TypeError, ValueError), match=message):
        getattr(of_words, method)(X)


@pytest.mark.parametrize(
    ("X", "message"),
    [
        ([[1], [9]], "Set 1 of X holds the item 9, which is not among the 5 items of fit"),
        ([[1], [-1]], "Set 1 of X holds the item -1, which"),
        ([[2**40 + 1]], "Set 0 of X holds the item 1099511627777, which"),
        (np.array([[1, 1]]), "Set 0 of X holds the item 1 twice"),
        ([["tea"]], "X holds string tokens, but SetExpander was fitted on integer tokens"),
        ([np.array([1.0])], FLOATS),
        ([[2**70]], FLOATS),
        ([[True]], "found dtype bool"),
        ([np.array([2**63], dtype=np.uint64)], r"must be less than 2\*\*63; found 92233720"),
        ([[1], [pd.NA]], "X has a missing token: set 1, element 0"),
    ],
)
def test_queries_of_integers(of_ints, X, message):
    with pytest.raises((TypeError, ValueError), match=message):
        of_ints.rank(X, 1)


@pytest.mark.parametrize("method", ASKING)
@pytest.mark.parametrize("empty", [[[], ["tea"]], [["tea"], [], []], [[]]])
def test_an_empty_query_needs_a_context(of_words, method, empty):
    args = ([["gin"]] * len(empty),) if method == "score" else ()
    which = next(i for i, s in enumerate(empty) if not s)
    message = (
        f"Set {which} of X is an empty query, and X has no context: there is nothing to rank by. "
        "Leave it out, or fit and rank with a context"
    )
    with pytest.raises(ValueError, match=message):
        getattr(of_words, method)(empty, *args)
    with_context = make().fit(SetArray.from_sets(WORDS, Z))
    queries = SetArray.from_sets(empty, np.zeros(len(empty)))
    getattr(with_context, method)(*([queries, *args] if method != "rank" else [queries, 5]))


@pytest.mark.parametrize("method", ASKING)
def test_a_context_that_is_missing_or_wrong(method):
    ask = getattr(make().fit(SetArray.from_sets(WORDS, Z)), method)
    with pytest.raises(ValueError, match="no context, but SetExpander was fitted with 1 context"):
        ask(WORDS)
    with pytest.raises(ValueError, match="context of 2 features, but SetExpander is expecting 1"):
        ask(SetArray.from_sets(WORDS, np.ones((4, 2))))
    with pytest.raises(ValueError, match="The context of X contains NaN: set 1, context feature 0"):
        ask(SetArray.from_sets(WORDS, [0, np.nan, 0, 0]))
    if method not in ("transform", "score"):
        message = "for set 1 is not finite: its elements or its context are far larger"
        with pytest.raises(FloatingPointError, match=message):
            ask(SetArray.from_sets(WORDS, [0, 1e300, 0, 0]), *([2] if method == "rank" else []))


@pytest.mark.parametrize("method", ASKING)
@pytest.mark.parametrize("cls", [SetExpander, PopularityRanker])
def test_asking_before_fit(cls, method):
    if hasattr(cls, method):
        with pytest.raises(NotFittedError, match=f"This {cls.__name__} instance is not fitted"):
            getattr(cls(), method)(WORDS)


# ---------------------------------------------------------------- what is ranked


@pytest.mark.parametrize(
    ("candidates", "message"),
    [
        (["tea", "cola"], "candidates hold the item cola, which is not among the 5 items of fit"),
        (["tea", "gin", "tea"], "The item tea is twice in candidates. Name each item once"),
        ("tea", r"strings; found str values in an array of shape \(\)"),
        ((c for c in NAMES), r"strings; found generator values in an array of shape \(\)"),
        *((c, text) for c, text, _ in NO_LISTS if text),
    ],
)
def test_candidates_that_cannot_be_ranked(of_words, candidates, message):
    with pytest.raises(ValueError, match=message):
        of_words.rank([["tea"]], 1, candidates)


@pytest.mark.parametrize(
    ("candidates", "message"),
    [
        ([1, 9], "candidates hold the item 9, which is not among the 5 items of fit"),
        ([1, 2, 2], "The item 2 is twice in candidates"),
        *((c, text) for c, _, text in NO_LISTS if text),
    ],
)
def test_candidates_of_integers(of_ints, candidates, message):
    with pytest.raises(ValueError, match=message):
        of_ints.rank([[1]], 1, candidates)


@pytest.mark.parametrize("n_items", [0, -1, 6, 2.0, "2", None, True, [2]])
def test_a_number_of_items_that_cannot_be(of_words, n_items):
    message = r"n_items must be an integer from 1 to 5, the number of candidates; found "
    with pytest.raises(ValueError, match=message):
        of_words.rank([["tea"]], n_items)
    with pytest.raises(ValueError, match="an integer from 1 to 2, the number of candidates; foun"):
        of_words.rank([["tea"]], n_items or 3, candidates=["ale", "gin"])


# ---------------------------------------------------------------- sets of fit


@pytest.mark.parametrize("cls", [SetExpander, PopularityRanker])
@pytest.mark.parametrize(
    ("X", "message"),
    [
        ([["tea", "gin"], ["ale", "ale"]], "Set 1 of X holds the item ale twice. A set has each"),
        ([[1, 2], [3, 1, 3]], "Set 1 of X holds the item 3 twice"),
        ([[], []], "All 2 sets of X are empty; .* needs at least one element"),
        ([[1, 2**70]], FLOATS),
        ([[True, False], [True]], "Nested lists of numbers are rows of a table"),
        ([["tea"], {"gin": 1}], "Set 1 is a dict"),
        (
            np.array([["tea", "gin"]], dtype=object),
            "a table whose cells are not all numbers: .* el",
        ),
        ([np.array([[1.0, np.nan]])], "Input X contains NaN: set 0, element 0"),
        ([np.ones((2, 2)), np.ones((1, 3))], "same number of features; set 1 has 3, set 0 has 2"),
        (np.zeros((2, 3, 2, 2)), r"takes vectors as elements, found elements of shape \(2, 2\)"),
        (SetArray.from_sets(WORDS, [0, np.nan, 1, 1]), "context of X contains NaN: set 1, context"),
        *NO_SETS,
    ],
)
def test_sets_that_cannot_be_fitted(cls, X, message):
    assert_refuses(make(cls), message, X)
    assert_refuses(make(cls).fit(WORDS), message, X)


def test_numbers_too_large_for_the_network():
    sets = [np.ones((2, 2)), np.array([[1.0, 2.0], [3.0, 1e300]])]
    message = "value too large for float32: set 1, element 1. Scale the elements, or use dtype='f"
    assert_refuses(make(), message, sets)
    PopularityRanker().fit([sets[1]])


@pytest.mark.parametrize("cls", [SetExpander, PopularityRanker])
@pytest.mark.parametrize(
    ("y", "message"),
    [
        ([["x"]] * 3, "y must hold the hidden items of each set of X: it has 3 sets, X has 4"),
        (["x"] * 5, "y must hold the hidden items of each set of X: it has 5 sets, X has 4"),
        (
            [["gin"], ["gin"], ["ale"], ["tea"]],
            "Set 2 of X and y holds the item ale twice. A set has each of its items once",
        ),
        (["gin", "gin", "rum", "ale"], "Set 3 of X and y holds the item ale twice"),
        ([["x"], ["x", "y", "x"], [], []], "Set 1 of X and y holds the item x twice"),
        ([1, 2, 3, 4], "X and y must hold items of one kind, integers or strings; found both"),
        ([[1], [2], [3], [4]], "X and y must hold items of one kind, integers or strings; found"),
        *UNREADABLE,
    ],
)
def test_hidden_items_that_cannot_be(cls, y, message):
    assert_refuses(make(cls), message, WORDS, y)


@pytest.mark.parametrize(("y", "message"), UNREADABLE)
def test_hidden_items_that_cannot_be_read(of_words, y, message):
    with pytest.raises((TypeError, ValueError), match=message):
        of_words.score(WORDS, y)


def test_hidden_items_that_cannot_be_scored(of_words, of_ints):
    queries = [["tea"], ["gin"]]
    for y, message in (
        ([["ale"], ["cola"]], "Set 1 of y holds the item cola, which is not among the 5 items"),
        (["ale", "cola"], "Set 1 of y holds the item cola, which"),
        ([["ale", "ale"], []], "Set 0 of y holds the item ale twice"),
        ([["ale"], ["gin"]], "Set 1 of X and y holds the item gin twice"),
        ([["ale"]], "it has 1 sets, X has 2"),
        ([[], []], "y must hold a hidden item of at least one set; found none"),
        ([1, 2], "y holds integers, but the items of fit are strings"),
    ):
        with pytest.raises(ValueError, match=message):
            of_words.score(queries, y)
    with pytest.raises(ValueError, match="y holds strings, but the items of fit are integers"):
        of_ints.score([[1], [2]], ["ale", "gin"])


def test_vectors_have_no_hidden_items_of_their_own():
    sets = [ROWS[:3], ROWS[1:]]
    message = "y must be None where the items are vectors: put them into X, of which a part is hid"
    for cls in (SetExpander, PopularityRanker):
        for y in ([1, 2], [["a"], ["b"]], sets, ["a", "b"]):
            assert_refuses(make(cls), message, sets, y)
            with pytest.raises(ValueError, match=message):
                make(cls).fit(sets).score(sets, y)
        assert_refuses(make(cls), message, [np.array([1.0, 2.0]), np.array([3.0])], [5, 6])


def test_vectors_that_cannot_be_ranked():
    model = make().fit([ROWS[:3], ROWS[1:]])
    unknown = [np.array([[0.0, 0.0, 0.0], [1.0, 2.0, 3.0]]), ROWS[:2]]
    items, scores = model.rank(unknown, 2)
    assert items.shape == (2, 2, 3) and np.isfinite(scores).all()
    with pytest.raises(ValueError, match=r"Set 0 of X holds the item \[0. 0. 0.\], which is not"):
        model.score(unknown)
    with pytest.raises(ValueError, match=r"candidates hold the item \[0. 0. 0.\], which is not am"):
        model.rank(unknown, 1, candidates=np.zeros((1, 3)))
    with pytest.raises(ValueError, match=r"vectors of 3 features; found float64 .* shape \(1, 2\)"):
        model.rank(unknown, 1, candidates=np.zeros((1, 2)))
    with pytest.raises(ValueError, match="A vector in candidates has NaN or infinity"):
        model.rank(unknown, 1, candidates=np.full((1, 3), np.nan))
    with pytest.raises(ValueError, match="X has 2 features, but SetExpander is expecting 3"):
        model.rank([np.zeros((1, 2))], 1)
    with pytest.raises(ValueError, match=r"X is a table of shape \(5, 3\), .* pass \[X\] for one"):
        model.rank(ROWS, 1)
    with pytest.raises(FloatingPointError, match="for set 0 is not finite: its elements"):
        model.rank([np.full((1, 3), 1e300)], 1)


# ---------------------------------------------------------------- vocabulary and features


@pytest.mark.parametrize("cls", [SetExpander, PopularityRanker])
@pytest.mark.parametrize(
    ("vocabulary", "message"),
    [
        (NAMES[1:], "Set 2 of X holds the item ale, which is not among the 4 items of fit"),
        ([*NAMES, "gin"], "The item gin is twice in vocabulary. Name each item once"),
        ("tea", "The 'vocabulary' parameter of .* must be an array-like or None. Got 'tea'"),
        (5, "The 'vocabulary' parameter of .* must be an array-like or None. Got 5"),
        *((v, f"vocabulary must list items .*{text}") for v, text, _ in NO_LISTS if text),
    ],
)
def test_a_vocabulary_that_cannot_be(cls, vocabulary, message):
    model = make(cls).fit(WORDS)
    assert_refuses(model.set_params(vocabulary=vocabulary), message, WORDS)


def test_vocabularies_of_integers_and_of_vectors():
    for vocabulary, _, message in NO_LISTS:
        if message:
            assert_refuses(make(vocabulary=vocabulary), f"vocabulary must .*{message}", INTS)
    sets = [ROWS[:3], ROWS[1:]]
    message = r"vocabulary must list .* vectors of 3 features; found float64 .* \(5, 2\)"
    assert_refuses(make(vocabulary=ROWS[:, :2]), message, sets)
    assert_refuses(make(vocabulary=[["a", "b", "c"]]), "of 3 features; found str values", sets)
    assert_refuses(make(vocabulary=ROWS[:4]), r"Set 1 of X holds the item \[.*\], which is", sets)
    message = "A vector in vocabulary has NaN or infinity. Leave it out"
    assert_refuses(make(vocabulary=[*ROWS, [0, np.nan, 0]]), message, sets)
    message = r"The item \[.*\] is twice in vocabulary"
    assert_refuses(make(vocabulary=ROWS[[0, 1, 2, 3, 4, 2]]), message, sets)


@pytest.mark.parametrize("cls", [SetExpander, PopularityRanker])
@pytest.mark.parametrize(
    ("features", "message"),
    [
        (
            ROWS[:4],
            "item_features has 4 rows, but there are 5 items. Give one row an item in the order of "
            "vocabulary, or a dict or DataFrame that names the items",
        ),
        (sparse.csr_matrix(ROWS[:3]), "item_features has 3 rows, but there are 5 items"),
        (ROWS[:, 0], "Cannot read item_features, one vector an item: Expected 2D array, got 1D"),
        (ROWS[None], "Cannot read item_features, .*: Found array with dim 3"),
        (ROWS[:, :0], "Cannot read item_features, .*0 feature"),
        (3, "Cannot read item_features, .*got scalar array"),
        (np.where(ROWS > 1, np.nan, ROWS), "Cannot read item_features, .*: .* contains NaN"),
        (np.where(ROWS > 1, np.inf, ROWS), "Cannot read item_features, .*: .* contains infinity"),
        (ROWS * 1j, "Cannot read item_features, .*: Complex data not supported"),
        ([["a"]] * 5, "Cannot read item_features, .*: could not convert string to float"),
        (pd.Series(NAMED), "Cannot read item_features, one vector an item"),
        ({}, "item_features must list items .* strings; found no values"),
        ({**NAMED, "gin": [1.0]}, r"each item a vector of the same length; found shapes \[\(1,\)"),
        (dict.fromkeys(NAMES, 1.0), r"a vector of the same length; found shapes \[\(\)\]"),
        ({**NAMED, "gin": [1, np.nan, 2]}, "Cannot read item_features, .*: .* contains NaN"),
        ({**NAMED, 1: ROWS[0]}, "item_features must list .* strings; found int, str values"),
        ({**NAMED, None: ROWS[0]}, "item_features must list .*; found NoneType, str values"),
        (dict(enumerate(ROWS)), "item_features must list .* strings; found int values"),
        ({("tea", 1): ROWS[0], "gin": ROWS[1]}, "item_features must list .*; found str, tuple"),
        (pd.DataFrame(ROWS), "item_features must list .* strings; found int64 values"),
        (
            pd.DataFrame(ROWS, index=["gin", "rum", "ale", "tea", "rum"]),
            "The item rum is twice in item_features. Name each item once",
        ),
        (pd.DataFrame(ROWS, index=[*NAMES[:4], np.nan]), "strings; found float, str values"),
        (
            pd.DataFrame(ROWS, index=pd.MultiIndex.from_product([["tea"], range(5)])),
            "strings; found tuple values",
        ),
        (pd.DataFrame({"a": NAMES}, index=NAMES), "Cannot read item_features, .*: could not conv"),
    ],
)
def test_features_that_cannot_be(cls, features, message):
    assert_refuses(make(cls), message, WORDS, item_features=features)


def test_features_of_other_items():
    model = make(vocabulary=NAMES)
    message = "item_features names none of the items of the sets"
    assert_refuses(model, message, WORDS, item_features={"cola": [1.0, 2.0]})
    message = "item_features must list .* integers; found str values"
    assert_refuses(make(), message, INTS, item_features=NAMED)
    message = "item_features must list .* integers; found float values"
    assert_refuses(make(), message, INTS, item_features={1.5: ROWS[0]})
    message = "item_features must be None where the items are vectors, which are their features"
    for features in (ROWS, NAMED, pd.DataFrame(ROWS)):
        assert_refuses(make(), message, ROWS, item_features=features)
        assert_refuses(make(), message, [ROWS], item_features=features)


# ---------------------------------------------------------------- parameters and training


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"interaction": "product"}, "'interaction' parameter .* must be a str among"),
        ({"loss": "hinge"}, "'loss' parameter .* must be a str among"),
        ({"margin": -1}, "'margin' parameter"),
        ({"n_negatives": 0}, "'n_negatives' parameter"),
        ({"n_negatives": 1.5}, "'n_negatives' parameter"),
        ({"negative_sampling": "often"}, "'negative_sampling' parameter"),
        ({"targets": "shown"}, "'targets' parameter"),
        ({"element_kind": "tokens"}, "'element_kind' parameter"),
        ({"element_kind": "numeric"}, "X holds strings, but element_kind='numeric'"),
        ({"embedding_dim": 0}, "'embedding_dim' parameter"),
        ({"pooling": "men"}, "Unknown pooling 'men'; did you mean 'mean'"),
        ({"pooling": ()}, "pooling must name at least one of"),
        ({"phi_layer_sizes": (0,)}, r"phi_layer_sizes must hold positive integers; found \(0,\)"),
        ({"rho_layer_sizes": (2.5,)}, "rho_layer_sizes must hold positive integers"),
        (
            {"interaction": "sum", "pooling": "attention"},
            "interaction='sum' adds an item to the pooled set, which pooling='attention' cannot. "
            "Use another pooling, or interaction='concat' or 'dot'",
        ),
        ({"interaction": "sum", "pooling": ("max", "attention")}, "'attention' cannot. Use anoth"),
        ({"early_stopping": True, "validation_fraction": 1.5}, "'validation_fraction' parameter"),
    ],
)
def test_parameters_that_cannot_be(parameters, message):
    assert_refuses(make(**parameters), message, WORDS)


@pytest.mark.parametrize("interaction", ["concat", "dot"])
def test_attention_works_where_nothing_is_added(interaction):
    model = make(pooling="attention", interaction=interaction).fit(WORDS)
    assert np.isfinite(model.score_candidates(WORDS)).all()


@pytest.mark.parametrize("interaction", ["dot", "sum", "concat"])
@pytest.mark.parametrize("loss", [{}, {"n_negatives": 2}, {"loss": "margin"}])
@pytest.mark.parametrize("X", [[["a", "b"]], [["a"], ["b"], ["a"]], [["a"]], [["a"], []]])
def test_the_smallest_of_fits(interaction, loss, X):
    """One set, sets of one item, a vocabulary of one."""
    model = make(interaction=interaction, **loss).fit(X)
    items, scores = model.rank([["a"]], len(model.vocabulary_))
    assert items[0, -1] == "a" and np.isneginf(scores[0, -1])
    assert np.isfinite(model.score_candidates([["a"]])).all()
    assert model.predict([["a"]]).shape == (1, len(model.vocabulary_))


def test_only_hidden_items_can_be_learned_too():
    empty = SetArray.from_sets([[], [], []], [0.0, 1.0, 2.0])
    model = make().fit(empty, ["a", "b", "a"])
    assert model.vocabulary_.tolist() == ["a", "b"]
    assert np.isfinite(model.score_candidates(empty)).all()
    assert make().fit(empty, [7, 8, 7]).rank(empty, 2)[0].shape == (3, 2)


def test_early_stopping_needs_more_than_one_set():
    message = "early_stopping=True holds sets out of training, .* Pass more sets or early_stopping"
    assert_refuses(make(early_stopping=True), message, WORDS[:1])


@pytest.mark.parametrize("options", [{}, {"n_negatives": 2}, {"loss": "margin"}])
def test_a_fit_that_goes_on_cannot_learn_further_items(options):
    model = make(vocabulary=[*NAMES, "cola"], warm_start=True, **options).fit(WORDS[:2])
    expected = model.score_candidates(WORDS[:2])
    message = (
        "Set 1 holds the item ale, which no set of the first fit held, and warm_start goes on "
        "with the items of that. Use fit with warm_start=False"
    )
    assert_refuses(model, message, [["tea", "milk"], ["ale", "tea"]])
    assert_refuses(model, message.replace("ale", "cola"), [["tea", "milk"]] * 2, [[], ["cola"]])
    message = "Set 0 of X holds the item water, which is not among the 6 items of fit"
    assert_refuses(model, message, [["water", "tea"]])
    message = "The network was built with interaction='dot', .* found interaction='sum'"
    model.set_params(interaction="sum")
    assert_refuses(model, message, WORDS[:2])
    assert_array_equal(model.set_params(interaction="dot").score_candidates(WORDS[:2]), expected)
    assert len(model.set_params(warm_start=False).fit(WORDS).vocabulary_) == 6


def test_a_diverging_fit_stops():
    for model in (make(), make().fit(WORDS)):
        model.set_params(learning_rate="constant", learning_rate_init=1e38, max_epochs=3)
        message = (
            r"in epoch \d. Lower learning_rate_init \(now 1e\+38\), set or lower max_grad_norm"
        )
        assert_refuses(model, message, INTS, error=FloatingPointError)


class CtrlC(Callback):
    """Presses Ctrl-C at the end of the first batch of one epoch."""

    def __init__(self, epoch):
        self.epoch = epoch

    def on_batch_end(self, net, **kwargs):
        if len(net.history) == self.epoch:
            raise KeyboardInterrupt


@pytest.mark.parametrize("loss", ["softmax", "margin"])
def test_an_interrupt_keeps_what_whole_epochs_learned(loss):
    model = make(loss=loss, max_epochs=5, learning_rate="constant")
    expected = model.set_params(max_epochs=2).fit(WORDS).score_candidates(WORDS)
    model.set_params(max_epochs=5, callbacks=[CtrlC(3)])
    with pytest.raises(KeyboardInterrupt, match="keeps what it learned in 2 epochs"):
        model.fit(WORDS)
    assert model.n_iter_ == 2
    # The batch that was interrupted had made its step.
    assert np.isfinite(model.score_candidates(WORDS)).all()
    assert model.score_candidates(WORDS).shape == expected.shape


def test_an_interrupt_in_the_first_epoch_leaves_the_estimator_as_it_was():
    message = "before the first epoch of this fit ended"
    assert_refuses(make(callbacks=[CtrlC(1)]), message, WORDS, error=KeyboardInterrupt)
    model = make().fit(WORDS)
    expected = model.rank(WORDS, 3)
    model.set_params(callbacks=[CtrlC(1)])
    assert_refuses(model, message, INTS, error=KeyboardInterrupt)
    assert_array_equal(model.rank(WORDS, 3)[0], expected[0])

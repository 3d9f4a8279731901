"""SetArray.from_anndata, on an object with the attributes of an AnnData."""

from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy import sparse

from sksets import SetArray, _blocks
from sksets._set_array.reading import as_set_array

pd = pytest.importorskip("pandas")

COUNTS = np.arange(15, dtype=np.float32).reshape(5, 3)
SETS = [COUNTS[[0, 2, 4]], COUNTS[[1, 3]]]  # of p2 and p1


class AnnData(SimpleNamespace):
    """Has a length and items, as AnnData: numpy would ask for ever."""

    def __len__(self):
        return len(self.obs)

    def __getitem__(self, key):
        return self


def make(X=COUNTS, **obs):
    columns = {"patient": ["p2", "p1", "p2", "p1", "p2"], "age": [61, 35, 61, 35, 61]} | obs
    frame = pd.DataFrame(columns, index=[f"cell{i}" for i in range(5)])
    return AnnData(
        X=X,
        obs=frame,
        var_names=pd.Index(["CD3", "CD4", "CD8"]),
        layers={"raw": sparse.csr_matrix(COUNTS + 1)},
        obsm={
            "X_pca": COUNTS[:, :2] * 2,
            "scores": pd.DataFrame({"T": COUNTS[:, 0]}, index=frame.index),
        },
    )


FORMATS = {
    "dense": np.asarray,
    "csr": sparse.csr_matrix,
    "csc": sparse.csc_array,
    "coo": sparse.coo_matrix,
    "memory order": np.asfortranarray,
}


@pytest.mark.parametrize("block_bytes", [2**24, 13])
@pytest.mark.parametrize("form", FORMATS.values(), ids=FORMATS)
def test_cells_are_grouped_by_a_column_of_obs(form, block_bytes, monkeypatch):
    monkeypatch.setattr(_blocks, "BLOCK_BYTES", block_bytes)
    X = SetArray.from_anndata(make(form(COUNTS)), "patient", context="age")
    assert X.keys.tolist() == ["p2", "p1"] and X.feature_names.tolist() == ["CD3", "CD4", "CD8"]
    for elements, expected in zip(X, SETS, strict=True):
        assert_array_equal(elements, expected)
    assert X.values.dtype == np.float32
    assert X.context.tolist() == [[61], [35]] and X.context_names.tolist() == ["age"]


def test_layers_and_obsm():
    X = SetArray.from_anndata(make(), "patient", layer="raw")
    assert_array_equal(X[1], SETS[1] + 1)
    assert X.feature_names.tolist() == ["CD3", "CD4", "CD8"]
    X = SetArray.from_anndata(make(), "patient", obsm="X_pca")
    assert_array_equal(X[0], SETS[0][:, :2] * 2)
    assert X.feature_names is None and X.context is None
    X = SetArray.from_anndata(make(), "patient", obsm="scores")
    assert_array_equal(X[0], SETS[0][:, :1])
    assert X.feature_names.tolist() == ["T"]


@pytest.mark.parametrize(
    ("column", "keys"),
    [
        (pd.Categorical(["b", "a", "b", "a", "b"], categories=["a", "b", "unused"]), ["b", "a"]),
        (pd.array([7, 3, 7, 3, 7], dtype="Int64"), [7, 3]),
        ([2.5, 1.5, 2.5, 1.5, 2.5], [2.5, 1.5]),
    ],
    ids=["categorical", "nullable", "floats"],
)
def test_keys_of_other_types(column, keys):
    X = SetArray.from_anndata(make(patient=column), "patient")
    assert X.keys.tolist() == keys and X.sizes.tolist() == [3, 2]


def test_context_may_be_missing_or_categorical_numbers():
    adata = make(dose=pd.Categorical([2, 1, 2, 1, 2]), bmi=[np.nan, 20, np.nan, 20, np.nan])
    X = SetArray.from_anndata(adata, "patient", context=["dose", "bmi"])
    assert_array_equal(X.context, [[2, np.nan], [1, 20]])


@pytest.mark.parametrize(
    ("adata", "options", "message"),
    [
        (make(), {"key": "sample"}, r"obs has no 'sample'; it has \['patient', 'age'\]"),
        (make(), {"layer": "log"}, r"layers has no 'log'; it has \['raw'\]"),
        (make(), {"obsm": "X_umap"}, r"obsm has no 'X_umap'; it has \['X_pca', 'scores'\]"),
        (make(), {"obsm": "X_pca", "layer": "raw"}, "Pass layer or obsm, not both"),
        (make(), {"context": ["sex"]}, "obs has no 'sex'"),
        (make(None), {}, "The AnnData has no X. Pass the name of a layer"),
        (
            make(patient=["p2", "p1", None, "p1", "p2"]),
            {},
            r"obs\['patient'\] is missing for cell 2 \('cell2'\). Leave such cells out",
        ),
        (
            make(age=[61, 35, 61, 36, 61]),
            {"context": "age"},
            r"constant within each set; obs\['age'\] differs within 'p1'",
        ),
        (
            make(sex=["f", "m", "f", "m", "f"]),
            {"context": "sex"},
            r"The context must be numeric; obs\['sex'\] holds .*'f'.*get_dummies",
        ),
    ],
)
def test_errors_of_from_anndata(adata, options, message):
    with pytest.raises(ValueError, match=message):
        SetArray.from_anndata(adata, **{"key": "patient"} | options)


def test_an_anndata_alone_does_not_say_what_the_sets_are():
    for read in (as_set_array, SetArray.from_sets):
        for X in (make(), [make(), make()]):
            with pytest.raises(TypeError, match=r"Use SetArray.from_anndata\(adata, key\), where"):
                read(X)
    with pytest.raises(TypeError, match="Expected an AnnData, found a numpy.ndarray"):
        SetArray.from_anndata(COUNTS, "patient")

"""Containers of packages that the tests do not need: ``tox -e containers`` has them all."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal
from scipy import sparse

from sksets import DeepSetsRegressor, SDMRegressor, SetArray
from sksets._set_array.reading import as_set_array

SETS = [np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[5.0, 6.0]]), np.array([[7.0, 8.0]] * 3)]
VALUES = np.concatenate(SETS)
SIZES = [2, 1, 3]


def assert_same(X, keys=None, names=None):
    assert X.sizes.tolist() == SIZES
    assert_array_equal(X.values, VALUES)
    assert (None if X.keys is None else X.keys.tolist()) == keys
    assert (None if X.feature_names is None else X.feature_names.tolist()) == names


# ---------------------------------------------------------------- anndata


def make_anndata(X):
    ad, pd = pytest.importorskip("anndata"), pytest.importorskip("pandas")
    order = [5, 0, 2, 1, 3, 4]  # cells in any order
    obs = pd.DataFrame({"patient": list("aabccc"), "age": [3, 3, 4, 5, 5, 5]}, dtype=object)
    obs = obs.astype({"patient": "category", "age": int}).iloc[order]
    obs.index = [f"cell{i}" for i in range(6)]
    adata = ad.AnnData(X[order], obs=obs, var=pd.DataFrame(index=["CD4", "CD8"]))
    adata.layers["raw"] = sparse.csr_matrix(VALUES[order])
    adata.obsm["X_pca"] = VALUES[order]
    return adata


@pytest.mark.parametrize("form", [np.asarray, sparse.csr_matrix, sparse.csc_matrix])
def test_anndata(form):
    adata = make_anndata(form(VALUES))
    expected = {"c": SETS[2], "a": SETS[0], "b": SETS[1]}
    for options in ({}, {"layer": "raw"}, {"obsm": "X_pca"}):
        for cells in (adata, adata[adata.obs["age"] > 0]):  # a view
            X = SetArray.from_anndata(cells, "patient", context="age", **options)
            assert X.keys.tolist() == ["c", "a", "b"] and X.context.ravel().tolist() == [5, 3, 4]
            for elements, cells_of_set in zip(X, expected.values(), strict=True):
                assert_array_equal(elements, cells_of_set)
    with pytest.raises(TypeError, match="Use SetArray.from_anndata") as error:
        DeepSetsRegressor().fit(adata, [1, 2, 3])
    assert len(str(error.value)) <= 500


@pytest.mark.parametrize("form", [np.asarray, sparse.csr_matrix, sparse.csc_matrix])
def test_anndata_on_disk(form, tmp_path):
    ad = pytest.importorskip("anndata")
    make_anndata(form(VALUES)).write_h5ad(tmp_path / "cells.h5ad")
    adata = ad.read_h5ad(tmp_path / "cells.h5ad", backed="r")
    X = SetArray.from_anndata(adata, "patient", context="age")
    assert X.keys.tolist() == ["c", "a", "b"] and X.feature_names.tolist() == ["CD4", "CD8"]
    assert_array_equal(X[1], SETS[0])
    adata.file.close()


# ---------------------------------------------------------------- PyG


@pytest.fixture
def graphs():
    data = pytest.importorskip("torch_geometric.data")
    none = torch.zeros((2, 0), dtype=torch.long)
    return [data.Data(x=torch.tensor(s), edge_index=none) for s in SETS]


def test_pyg(graphs):
    data = pytest.importorskip("torch_geometric.data")
    batch = data.Batch.from_data_list(graphs)
    joined = data.Data(x=torch.tensor(VALUES), batch=torch.tensor([0, 0, 1, 2, 2, 2]))
    positions = [data.Data(pos=torch.tensor(s)) for s in SETS]
    for X in (batch, joined, graphs, positions):
        for read in (as_set_array, SetArray.from_sets):
            assert_same(read(X))
    y = [1.0, 2.0, 3.0]
    expected = SDMRegressor(random_state=0).fit(SETS, y).predict(SETS)
    assert_array_equal(SDMRegressor(random_state=0).fit(batch, y).predict(graphs), expected)
    for X in (graphs[0], [batch]):
        with pytest.raises(TypeError, match="Pass a batch or a list of|Pass it alone as X, or a"):
            as_set_array(X)


def test_pyg_datasets(graphs):
    data = pytest.importorskip("torch_geometric.data")

    class Molecules(data.InMemoryDataset):
        def __init__(self):
            super().__init__(None)
            self.data, self.slices = self.collate(graphs)

    assert_same(as_set_array(Molecules()))
    loader = pytest.importorskip("torch_geometric.loader").DataLoader(graphs)
    with pytest.raises(TypeError, match="DataLoader, which is not known.*A loader yields batches"):
        as_set_array(loader)


# ---------------------------------------------------------------- xarray and dask


def test_xarray():
    xr = pytest.importorskip("xarray")
    sets = [xr.DataArray(s, dims=("hit", "feature")) for s in SETS]
    assert_same(as_set_array(sets))
    named = [s.assign_coords(feature=["x", "y"]) for s in sets]
    assert_same(as_set_array(named), names=["x", "y"])
    with pytest.raises(ValueError, match="must have the same columns in the same order; set 1"):
        as_set_array([named[0], named[1].assign_coords(feature=["y", "x"])])
    cube = xr.DataArray(np.ones((4, 3, 2)), dims=("event", "hit", "feature"))
    assert as_set_array(cube).sizes.tolist() == [3] * 4
    cube = cube.assign_coords(event=list("abcd"), feature=["x", "y"])
    X = as_set_array(cube)
    assert X.keys.tolist() == list("abcd") and X.feature_names.tolist() == ["x", "y"]
    with pytest.raises(TypeError, match=r"several variables. Pass one of them, X\['name'\]"):
        as_set_array(xr.Dataset({"hits": cube}))


def test_dask_arrays():
    da = pytest.importorskip("dask.array")
    assert_same(as_set_array([da.from_array(s, chunks=1) for s in SETS]))
    assert as_set_array(da.ones((4, 3, 2), chunks=2)).sizes.tolist() == [3] * 4


# ---------------------------------------------------------------- HuggingFace


def test_huggingface_datasets():
    # Without the package, "datasets" is a folder of these tests.
    datasets = pytest.importorskip("datasets.arrow_dataset")
    rows = datasets.Dataset.from_dict({"bag": [s.tolist() for s in SETS], "y": [1, 2, 3]})
    assert_same(SetArray.from_sets(rows["bag"]))
    for form in (None, "numpy", "torch"):
        assert_same(SetArray.from_sets(rows.with_format(form)["bag"][:]))

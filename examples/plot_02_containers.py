"""
One data set, many containers
=============================

Sets come as lists of arrays, padded blocks, long tables or columns of lists. All of them become a
:class:`~sksets.SetArray`, and an estimator takes most of them as they are.
"""

# %%
# Lists of arrays
# ---------------
# The plainest container: one array a set, one row an element.

import awkward as ak
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
from sklearn.model_selection import cross_val_score, train_test_split

from sksets import DeepSetsRegressor, SetArray

rng = np.random.default_rng(0)
orders = [rng.uniform(1, 10, size=(rng.integers(1, 6), 2)) for _ in range(300)]
y = np.array([np.sum(order[:, 0] * order[:, 1]) for order in orders])  # price times quantity
print(orders[0])

# %%
# SetArray
# --------
# All elements in one array, with the offsets where each set starts. It is one-dimensional over
# sets, so that scikit-learn splits and indexes it.

X = SetArray.from_sets(orders)
print(X)
print(X.values.shape, X.offsets[:5], X.sizes[:4])

X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
model = DeepSetsRegressor(max_epochs=40, random_state=0).fit(X_train, y_train)
print(f"R2 {model.score(X_test, y_test):.3f}")
print("cross-validated", cross_val_score(model, X, y, cv=3).round(3))

# %%
# Padded blocks
# -------------
# A 3-D array needs the sizes, or a boolean array that is true at the elements. No value means
# padding: zeros and NaN are data.

padded, present = X.to_padded()
from_padded = SetArray.from_padded(padded, sizes=X.sizes)
print(padded.shape, np.array_equal(from_padded.values, X.values))

# %%
# Long tables
# -----------
# One row an element, with a column that says which set it belongs to. Do not split such a table by
# rows: elements of one set would end up on both sides.

table = pd.DataFrame(X.values, columns=["price", "quantity"]).assign(order=X.set_ids)
print(table.head(3))
from_frame = SetArray.from_frame(table, "order")
print(np.array_equal(from_frame.values, X.values))

# %%
# Columns of lists
# ----------------
# polars, pyarrow and pandas columns whose cells are sets, and awkward arrays, go straight into an
# estimator.

cells = [order.tolist() for order in orders]
columns = {
    "list of arrays": orders,
    "pandas": pd.Series(orders),
    "polars": pl.Series(cells),
    "pyarrow": pa.array(cells),
    "awkward": ak.Array(cells),
    "SetArray": X,
}
for name, column in columns.items():
    print(f"{name:15} {model.predict(column)[:3].round(2)}")

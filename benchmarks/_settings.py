"""Parameters that several scripts give their networks."""

# The training that settings were found with before fits chose for themselves: one cycle of the
# rate, batches of one size.
ONE_CYCLE = {"learning_rate": "onecycle", "batch_size": 64, "dropout": 0.0}
SUM = {"pooling": "sum", **ONE_CYCLE}

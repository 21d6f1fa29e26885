"""One fit: prepared, run, and turned into the attributes of an estimator."""

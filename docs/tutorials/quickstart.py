"""
Quickstart
==========

From an empty file to a tuned pipeline on the disk. You know ``LogisticRegression``: all that is
new here is the name of the last step.
"""

# %%
# A table
# -------
# Some customers, their columns of every kind: numbers on very different scales, a category, gaps.
# The question is who renews.

import numpy as np
import pandas as pd

rng = np.random.default_rng(0)
n_customers = 2000
customers = pd.DataFrame(
    {
        "age": rng.integers(18, 80, n_customers),
        "income": rng.lognormal(10, 0.5, n_customers).round(-2),
        "visits": rng.poisson(6, n_customers).astype(float),
        "plan": rng.choice(["basic", "plus", "pro"], n_customers, p=[0.5, 0.3, 0.2]),
    }
)
# People of about 45 renew, and those who visit often, except on the basic plan.
distance_from_45 = (customers["age"] - 45) / 12
visits = np.where(customers["plan"] == "basic", -1, 1) * (customers["visits"] - 6)
wish = 1.5 - distance_from_45**2 + 0.6 * visits
renews = np.where(rng.random(n_customers) < 1 / (1 + np.exp(-1.5 * wish)), "yes", "no")
customers.loc[rng.random(n_customers) < 0.1, "visits"] = np.nan
customers.head()

# %%
# A pipeline
# ----------
# A network learns badly from columns on very different scales, so numbers are scaled. Categories
# become columns of zeros and ones, gaps are filled. scikit-learn does all of that; the classifier
# is the last step.

from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from sk_mnist_mlp import KerasMLPClassifier

columns = make_column_transformer(
    (
        make_pipeline(SimpleImputer(add_indicator=True), StandardScaler()),
        make_column_selector(dtype_include="number"),
    ),
    (OneHotEncoder(handle_unknown="ignore", sparse_output=False), ["plan"]),
)
network = KerasMLPClassifier(widths=(64, 32), epochs=20, batch_size=32, random_state=0)
pipeline = Pipeline([("columns", columns), ("mlp", network)])
pipeline

# %%
# Fit, predict, score
# -------------------
# As ever. The first fit takes some seconds, in which TensorFlow is imported and the network is
# compiled; a later one of the same architecture finds its program ready. TensorFlow may write some
# lines of its own to the error output, of oneDNN and of a GPU that is not there: they are harmless.

from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

X_train, X_test, y_train, y_test = train_test_split(
    customers, renews, test_size=0.25, stratify=renews, random_state=0
)
pipeline.fit(X_train, y_train)
print(f"network: {pipeline.score(X_test, y_test):.3f}")

for model in (LogisticRegression(), DummyClassifier()):
    other = make_pipeline(columns, model).fit(X_train, y_train)
    print(f"{model}: {other.score(X_test, y_test):.3f}")
pd.DataFrame(pipeline.predict_proba(X_test[:3]), columns=pipeline.classes_).round(3)

# %%
# Renewals peak in middle age, and visits speak for a customer or against one, as the plan has it: a
# linear model can use neither.
#
# How the training went
# ---------------------
# ``history_`` has the loss and the accuracy of each epoch, and this draws it. A loss that still
# falls at the end asks for more epochs.

import matplotlib.pyplot as plt

from sk_mnist_mlp import LossCurveDisplay

LossCurveDisplay.from_estimator(pipeline)
plt.show()

# %%
# Tuning
# ------
# ``search_space`` has distributions of the hyperparameters that matter most, here under the
# names that the step has in the pipeline. Some 40 to 60 candidates are a fair start; six keep
# this page short. They are tried in two threads, which share the compiled programs.

from joblib import parallel_config
from sklearn.model_selection import RandomizedSearchCV

from sk_mnist_mlp import search_results_frame, search_space

search = RandomizedSearchCV(pipeline, search_space("mlp__"), n_iter=6, cv=3, random_state=0)
with parallel_config("threading", n_jobs=2):
    search.fit(X_train, y_train)

best = search.best_estimator_
print(f"the best on the test rows: {best.score(X_test, y_test):.3f}")
results = search_results_frame(search)
results[["mlp__widths", "mlp__learning_rate", "mlp__dropout", "mean_test_score"]]

# %%
# Keeping it
# ----------
# A fitted network is NumPy arrays: the file is small, and whoever loads it predicts without
# TensorFlow. joblib keeps the whole pipeline, for yourself; for files that you give to others
# there are ``save`` and skops (see :doc:`/persistence`).

from pathlib import Path
from tempfile import mkdtemp

import joblib

path = Path(mkdtemp(), "renewals.joblib")
joblib.dump(best, path)
loaded = joblib.load(path)
assert (loaded.predict(X_test) == search.predict(X_test)).all()
print(f"{path.stat().st_size / 1000:.0f} kB")

# %%
# What next
# ---------
# - :doc:`first_table`: a confusion matrix, a report, and which columns matter.
# - :doc:`/guide/network` and :doc:`/guide/stopping`: what to set first, and when to stop.
# - :doc:`/tuning`: reading a search, and making it fast.

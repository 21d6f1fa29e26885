"""
Quickstart
==========

From an empty file to a tuned pipeline on the disk, if you know ``LogisticRegression``.
"""

# %%
# A table
# -------
# Customers: numbers of very different scales, a category, gaps. Who renews?

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
# People of about 45 renew, and frequent visitors, but on the basic plan rare ones.
visits = np.where(customers["plan"] == "basic", -1, 1) * (customers["visits"] - 6)
wish = 1.5 - ((customers["age"] - 45) / 12) ** 2 + 0.6 * visits
renews = np.where(rng.random(n_customers) < 1 / (1 + np.exp(-1.5 * wish)), "yes", "no")
customers.loc[rng.random(n_customers) < 0.1, "visits"] = np.nan
customers.head()

# %%
# A pipeline
# ----------
# Numbers are filled and scaled. All other columns become categories, a gap one of its own. So no
# column of any table is dropped: drop names and ids yourself.

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
    (
        OneHotEncoder(handle_unknown="ignore", sparse_output=False),
        make_column_selector(dtype_exclude="number"),
    ),
)
network = KerasMLPClassifier(widths=(64, 32), epochs=20, batch_size=32, random_state=0)
pipeline = Pipeline([("columns", columns), ("mlp", network)])
pipeline

# %%
# Fit, predict, score
# -------------------
# The first fit takes seconds to import TensorFlow and to compile. Lines of oneDNN and of a missing
# GPU are harmless. The table is made so that no straight line separates its classes: a linear model
# does worse than the commonest answer.

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
# How the training went
# ---------------------
# A loss that still falls at the end asks for more epochs.

import matplotlib.pyplot as plt

from sk_mnist_mlp import LossCurveDisplay

LossCurveDisplay.from_estimator(pipeline)
plt.show()

# %%
# Tuning
# ------
# A grid of numbers takes seconds, since its candidates share programs. The untuned network is
# better than some, and nearly as good as the best. Leave out ``n_jobs``, whose processes would
# each import TensorFlow.

from sklearn.model_selection import GridSearchCV

from sk_mnist_mlp import search_results_frame

grid = {"mlp__learning_rate": [0.0003, 0.001, 0.003, 0.01], "mlp__dropout": [0.1, 0.3]}
search = GridSearchCV(pipeline, grid, cv=3).fit(X_train, y_train)
print(f"tuned: {search.score(X_test, y_test):.3f}")
search_results_frame(search)[[*grid, "mean_test_score", "std_test_score"]]

# %%
# Keeping it
# ----------
# joblib keeps the pipeline for yourself (for others: :doc:`/persistence`)::
#
#     import joblib
#
#     joblib.dump(search.best_estimator_, "renewals.joblib")
#
# A script in a new process predicts, :doc:`without TensorFlow </install>`::
#
#     import joblib
#     import pandas as pd
#
#     pipeline = joblib.load("renewals.joblib")
#     customers = pd.read_csv("customers.csv").drop(columns=["renews"])
#     print(pipeline.predict(customers))

# %%
# What next
# ---------
# - :doc:`first_table`: which columns matter.
# - :doc:`/recipes`: ``recipe("tabular")`` in place of the network pays where probabilities matter:
#   on 28 tables, a lower mean log loss than the default's, in three times the time.
# - :doc:`/guide/network`, :doc:`/guide/stopping`: what to set first, when to stop.
# - :doc:`/tuning`: searching architectures, threads, reading a search.

"""
A first table
=============

Three kinds of wine, told apart by thirteen measurements: how good is the classifier, which
classes does it confuse, and what does it go by?
"""

# %%
# The table
# ---------
# The columns differ in range by a factor of a thousand: scale them.

import matplotlib.pyplot as plt
import pandas as pd
from sklearn.datasets import load_wine

wine = load_wine(as_frame=True)
X, y = wine.data, wine.target_names[wine.target]
X.agg(["min", "max"]).T.round(1)

# %%
# The classifier
# --------------
# The recipe ``"tabular"`` has settings for tables that were chosen by measurement (see
# :doc:`/recipes`). The classes may be strings.

from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_mnist_mlp import recipe

pipeline = make_pipeline(StandardScaler(), recipe("tabular", random_state=0))

# %%
# Report and confusion matrix
# ---------------------------
# On 178 rows a single test set would say little. In five folds each row is predicted once, by a
# network that was not trained on it.

from sklearn.metrics import ConfusionMatrixDisplay, classification_report, log_loss

probabilities = cross_val_predict(pipeline, X, y, cv=5, method="predict_proba")
classes = wine.target_names
predicted = classes[probabilities.argmax(axis=1)]
print(classification_report(y, predicted))
print(f"log loss {log_loss(y, probabilities):.3f}")

# %%
# Rows of the matrix are what a wine is, columns what it was taken for.

ConfusionMatrixDisplay.from_predictions(y, predicted, colorbar=False)
plt.show()

# %%
# Which columns matter
# --------------------
# How much the log loss rises where a column is shuffled, on rows held out.

from sklearn.inspection import permutation_importance
from sklearn.model_selection import train_test_split

X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, test_size=0.4, random_state=0)
pipeline.fit(X_train, y_train)
importance = permutation_importance(
    pipeline, X_test, y_test, scoring="neg_log_loss", n_repeats=20, random_state=0
)
means = pd.Series(importance.importances_mean, X.columns).sort_values()
means.plot.barh(xlabel="rise of the log loss")
plt.locator_params("x", nbins=5)
plt.tight_layout()
plt.show()

# %%
# Where it is unsure
# ------------------
# The rows to look at by eye are those whose greatest probability is least.

unsure = pd.DataFrame(probabilities.round(2), columns=classes).assign(is_really=y)
unsure.loc[probabilities.max(axis=1).argsort()[:5]]

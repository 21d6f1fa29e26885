"""Fitted estimators and searches that the displays' tests draw."""

from functools import cache

import numpy as np
from sklearn.compose import TransformedTargetRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_mnist_mlp import KerasMLPClassifier, KerasMLPRegressor

X = np.random.default_rng(0).normal(size=(60, 3))
Y = (X[:, 0] + X[:, 1] > 0).astype(int)


def network(**parameters):
    return KerasMLPClassifier(**{"widths": (4,), "epochs": 3, "random_state": 0} | parameters)


@cache
def fitted_network():
    return network().fit(X, Y, X_val=X, y_val=Y)


@cache
def fitted_regressor():
    reg = KerasMLPRegressor(widths=(4,), epochs=3, random_state=0)
    return reg.fit(X, X[:, :2], X_val=X, y_val=X[:, :2])


@cache
def fitted_transformed():
    reg = KerasMLPRegressor(widths=(4,), epochs=3, random_state=0)
    return TransformedTargetRegressor(make_pipeline(StandardScaler(), reg)).fit(X, X[:, 0])


@cache
def fitted_pipeline():
    return make_pipeline(StandardScaler(), network()).fit(X, Y)


@cache
def fitted_search():
    grid = {"learning_rate": [0.001, 0.01, 0.1], "activation": ["relu", "tanh"], "dropout": [0.1]}
    return GridSearchCV(network(), grid, cv=2).fit(X, Y)


def fitted_grid(grid, **parameters):
    """A quick search of scikit-learn's own."""
    return GridSearchCV(LogisticRegression(solver="liblinear"), grid, cv=2, **parameters).fit(X, Y)

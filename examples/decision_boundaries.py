"""
Decision boundaries beside scikit-learn's
=========================================

Three small problems of two columns, and how classifiers divide the plane: each by its own kind of
line. The title of a picture is the accuracy on rows that were not trained on.
"""

import matplotlib.pyplot as plt
from sklearn.datasets import make_blobs, make_circles, make_moons
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.inspection import DecisionBoundaryDisplay
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from sk_mnist_mlp import KerasMLPClassifier, recipe

DATA = {
    "moons": make_moons(300, noise=0.3, random_state=0),
    "circles": make_circles(300, noise=0.2, factor=0.5, random_state=1),
    "blobs": make_blobs(300, centers=[(-1, -1), (1, 0), (-1, 2)], random_state=0),
}
CLASSIFIERS = {
    "logistic\nregression": LogisticRegression(),
    "support\nvectors": SVC(),
    "boosting": HistGradientBoostingClassifier(random_state=0),
    "MLPClassifier": MLPClassifier(max_iter=1000, random_state=0),
    "KerasMLP\nClassifier": KerasMLPClassifier(learning_rate=0.003, random_state=0),
    'recipe\n("tabular")': recipe("tabular", random_state=0),
}

# %%
# The recipe draws smooth boundaries, since it learns with most of its units left out and with rows
# that are moved to where they hurt.

figure, axes = plt.subplots(3, 6, figsize=(11, 6.4), layout="constrained")
for row, (problem, (X, y)) in zip(axes, DATA.items(), strict=True):
    X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
    for ax, (name, classifier) in zip(row, CLASSIFIERS.items(), strict=True):
        clf = make_pipeline(StandardScaler(), classifier).fit(X_train, y_train)
        DecisionBoundaryDisplay.from_estimator(
            clf, X, response_method="predict", alpha=0.4, grid_resolution=60, ax=ax
        )
        ax.scatter(*X_test.T, c=y_test, s=9, edgecolor="white", linewidth=0.3)
        ax.set(xticks=[], yticks=[], xlabel="", ylabel=problem if ax is row[0] else "")
        above = f"{name}\n\n" if problem == "moons" else ""
        ax.set_title(f"{above}{clf.score(X_test, y_test):.2f}", fontsize="medium")
        print(f"{problem:<8} {' '.join(name.split()):<22} {clf.score(X_test, y_test):.2f}")
plt.show()

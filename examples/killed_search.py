"""
A search that is killed, and goes on
====================================

With ``memory`` every finished fit is kept in a folder. A search that was killed is started again
by the same lines, reads what was finished, and trains the rest.
"""

import time
from tempfile import TemporaryDirectory

import matplotlib.pyplot as plt
from sklearn.metrics import accuracy_score, make_scorer
from sklearn.model_selection import GridSearchCV

from sk_mnist_mlp import KerasMLPClassifier, load_mnist

data = load_mnist(source="digits")
GRID = {"learning_rate": [0.001, 0.003, 0.01], "dropout": [0.1, 0.3]}


def search(folder, scoring="accuracy"):
    """Search, or find again what was found, and return the score and the seconds."""
    network = KerasMLPClassifier((256, 128), epochs=25, memory=folder, random_state=0)
    start = time.perf_counter()
    try:
        found = GridSearchCV(network, GRID, cv=3, scoring=scoring).fit(data.X_train, data.y_train)
        score = found.best_score_
    except KeyboardInterrupt:
        score = None
    return score, time.perf_counter() - start


# %%
# Here the kill is a KeyboardInterrupt in the tenth of eighteen scores; ``kill -9`` and
# a power cut are the same to the folder.


scores = []


def interrupted(y_true, y_pred):
    """Accuracy, until somebody presses Ctrl-C."""
    scores.append(accuracy_score(y_true, y_pred))
    if len(scores) == 10:
        raise KeyboardInterrupt
    return scores[-1]


search(None)  # what is compiled here serves all fits that follow
runs = {"undisturbed": search(None)}
with TemporaryDirectory() as folder:
    runs["killed"] = search(folder, make_scorer(interrupted))
    runs["started again"] = search(folder)
    runs["once more"] = search(folder)
for name, (score, seconds) in runs.items():
    print(f"{name:<14} best score {score}, {seconds:.2f} s")

# %%
# The score is the same to the last bit. See :doc:`/surviving` for what a fit is known by.

names, seconds = list(runs), [seconds for _, seconds in runs.values()]
figure, ax = plt.subplots(figsize=(6.4, 2.6), layout="constrained")
ax.bar_label(ax.barh(names, seconds, color=["0.6", "C1", "C0", "C0"]), fmt="%.2f s", padding=3)
ax.set(xlabel="seconds", xlim=(0, 1.15 * max(seconds)))
ax.invert_yaxis()
plt.show()

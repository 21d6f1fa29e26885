"""
Early stopping and rare classes
===============================

Three rows in a hundred are positive. Predicting "negative" for all is right 97 times in 100, and
a network says just that for its first epochs: whoever stops by accuracy stops there.
"""

import warnings

import matplotlib.pyplot as plt
from sklearn.datasets import make_classification
from sklearn.metrics import PrecisionRecallDisplay, average_precision_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_mnist_mlp import KerasMLPClassifier

X, y = make_classification(
    4000, 20, n_informative=6, n_clusters_per_class=3, weights=[0.97], flip_y=0.01, random_state=0
)
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)

# %%
# ``scoring`` says by what early stopping judges an epoch: the loss, which is the default; None,
# which is the accuracy; or a scorer of scikit-learn's. The fit that stops by accuracy would warn
# that the epoch it keeps predicts one class for all rows, and what to change; not here.

warnings.filterwarnings("ignore", "early_stopping kept epoch")

SCORINGS = {"no stopping": {}, "stopped by loss": {"early_stopping": True}}
for title, scoring in {"accuracy": None, "average precision": "average_precision"}.items():
    SCORINGS[f"stopped by {title}"] = {"early_stopping": True, "scoring": scoring}

figure, ax = plt.subplots(figsize=(6.4, 4.6), layout="constrained")
for title, parameters in SCORINGS.items():
    network = KerasMLPClassifier(epochs=60, n_iter_no_change=5, random_state=0, **parameters)
    clf = make_pipeline(StandardScaler(), network).fit(X_train, y_train)
    probabilities = clf.predict_proba(X_test)[:, 1]
    precision = average_precision_score(y_test, probabilities)
    print(f"{title:<29} {clf[-1].n_iter_:>2} epochs, average precision {precision:.3f}")
    PrecisionRecallDisplay.from_predictions(y_test, probabilities, name=title, ax=ax)
ax.legend(fontsize="small", loc="upper right")
plt.show()

# %%
# The curves say what a threshold on the probability would give. ``class_weight="balanced"`` shifts
# the probabilities, and so what ``predict`` decides; it hardly changes the curves.

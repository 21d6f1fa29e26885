"""
Probabilities to rely on
========================

Of the rows that a classifier gives a probability of 0.8, eight in ten should be positive. A
network that is trained for long on few rows promises more than that. The recipe for tables
was chosen by its log loss, which punishes such promises.
"""

import matplotlib.pyplot as plt
from sklearn.calibration import CalibrationDisplay
from sklearn.datasets import make_classification
from sklearn.metrics import accuracy_score, log_loss
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_mnist_mlp import KerasMLPClassifier, recipe

X, y = make_classification(
    6000, 20, n_informative=8, n_clusters_per_class=4, flip_y=0.15, random_state=0
)
X_train, X_test, y_train, y_test = train_test_split(X, y, train_size=1500, random_state=0)

CLASSIFIERS = {
    "MLPClassifier()": MLPClassifier(max_iter=1000, random_state=0),
    "trained for 100 epochs": KerasMLPClassifier(epochs=100, random_state=0),
    "stopped early": KerasMLPClassifier(epochs=100, early_stopping=True, random_state=0),
    'recipe("tabular")': recipe("tabular", random_state=0),
}

# %%
# About 15% of the labels are drawn at random: nobody can be right, or sure, about all rows.

figure, ax = plt.subplots(figsize=(6.4, 5), layout="constrained")
for name, network in CLASSIFIERS.items():
    clf = make_pipeline(StandardScaler(), network).fit(X_train, y_train)
    probabilities = clf.predict_proba(X_test)
    accuracy = accuracy_score(y_test, probabilities.argmax(axis=1))
    print(f"{name:<24} accuracy {accuracy:.3f}, log loss {log_loss(y_test, probabilities):.3f}")
    CalibrationDisplay.from_predictions(y_test, probabilities[:, 1], n_bins=8, name=name, ax=ax)
ax.set(xlabel="probability that was predicted", ylabel="share of positive rows")
plt.show()

"""
A grid search in a pipeline
===========================

A pipeline whose network is tuned by scikit-learn's own grid search. Six hyperparameters vary, a
few at a time: the product of them all would be 64 candidates.
"""

import matplotlib.pyplot as plt
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_mnist_mlp import KerasMLPClassifier, load_mnist

data = load_mnist(source="digits")

pipeline = make_pipeline(
    StandardScaler(),
    KerasMLPClassifier(widths=(64, 32), batch_size=32, epochs=10, random_state=0),
)

PREFIX = "kerasmlpclassifier__"
grids = [
    {"activation": ["sigmoid", "relu"], "init_stddev": [None, "he"]},
    {"widths": [(64,), (64, 32)], "optimizer": ["sgd", "adam"]},
    {"batch_norm": [True], "dropout": [0.0, 0.2]},
]

search = GridSearchCV(
    pipeline,
    [{PREFIX + name: values for name, values in grid.items()} for grid in grids],
    cv=StratifiedKFold(3, shuffle=True, random_state=0),
)
search.fit(data.X_train, data.y_train)

# %%
# The candidates, the best first, and the best of them on images that no fold has seen.

results = search.cv_results_
order = results["rank_test_score"].argsort()
candidates = [
    {name.removeprefix(PREFIX): value for name, value in results["params"][i].items()}
    for i in order
]
means, stds = results["mean_test_score"][order], results["std_test_score"][order]
for mean, std, candidate in zip(means, stds, candidates, strict=True):
    print(f"{mean:.4f} +- {std:.4f}  {candidate}")
print(f"the best on the test images: {search.score(data.X_test, data.y_test):.4f}")

# %%
# Bars are one standard deviation over the folds.

fig, ax = plt.subplots(figsize=(8, 4), layout="constrained")
labels = [", ".join(f"{k}={v}" for k, v in candidate.items()) for candidate in candidates]
ax.errorbar(means, labels, xerr=stds, fmt="o")
ax.set(xlabel="mean accuracy in three folds")
ax.invert_yaxis()
plt.show()

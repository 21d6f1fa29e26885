"""A pipeline whose network is tuned by scikit-learn's own grid search.

Six hyperparameters vary, a few at a time: the product of them all would be 64 candidates.
"""

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

results = search.cv_results_
for i in results["rank_test_score"].argsort():
    candidate = {name.removeprefix(PREFIX): value for name, value in results["params"][i].items()}
    print(f"{results['mean_test_score'][i]:.4f} +- {results['std_test_score'][i]:.4f}  {candidate}")

print(f"the best on the test images: {search.score(data.X_test, data.y_test):.4f}")

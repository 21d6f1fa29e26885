"""
The notebook's grid, a random search and a halving one
======================================================

The notebook tuned one network by a grid of two candidates. A random search over ``search_space``
tries more, and a halving search spends its epochs on the candidates that promise most; both do
with smaller networks and fewer epochs here. With ``load_mnist(source="mnist")`` these are
searches over the images of the notebook.
"""

import matplotlib.pyplot as plt
from joblib import parallel_config
from sklearn.experimental import enable_halving_search_cv  # noqa: F401, for its effect
from sklearn.model_selection import (
    GridSearchCV,
    HalvingRandomSearchCV,
    KFold,
    RandomizedSearchCV,
)

from sk_mnist_mlp import (
    KerasMLPClassifier,
    SearchDisplay,
    load_mnist,
    search_space,
    training_cache_info,
)

data = load_mnist(source="digits")
notebook = KerasMLPClassifier((512, 128), init_stddev=(0.062, 0.125), epochs=20, random_state=0)
network = KerasMLPClassifier(epochs=10, batch_size=32, random_state=0)
options = {"cv": KFold(3), "random_state": 0}
searches = {
    "the notebook's grid": GridSearchCV(notebook, {"activation": ["sigmoid", "relu"]}, cv=KFold(3)),
    "the random search": RandomizedSearchCV(network, search_space(), n_iter=10, **options),
    "the halving search": HalvingRandomSearchCV(
        network, search_space(), resource="epochs", n_candidates=9, min_resources=2,
        max_resources=18, **options,
    ),
}  # fmt: skip

# %%
# Threads give the same result as sequential fits, and keep both cores busy.

for name, search in searches.items():
    with parallel_config("threading", n_jobs=2):
        search.fit(data.X_train, data.y_train)
    accuracy = search.score(data.X_test, data.y_test)
    print(f"{name}: {search.best_score_:.4f} in the folds, {accuracy:.4f} on the test images")
info = training_cache_info()
print(f"{info.compilations} programs for {info.hits + info.compilations} fits")

# %%
# One line is a candidate, from parameter to parameter to its score.

SHOWN = ["activation", "batch_norm", "optimizer", "learning_rate", "dropout", "weight_decay"]
display = SearchDisplay.from_search(searches["the random search"], parameters=SHOWN)
plt.show()

# %%
# What a single parameter does is clearer in slices. The halving search dropped the narrow networks
# after two epochs, where they had learned little.

SearchDisplay.from_search(
    searches["the halving search"], kind="slices", parameters=["learning_rate", "widths"]
)
plt.show()
display.frame().head()

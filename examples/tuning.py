"""
The notebook's grid, and a random search
========================================

The notebook's grid of two candidates, then a better, random search, and a picture of both. The
networks are trained on scikit-learn's small digits; with ``load_mnist(source="mnist")`` on the
images of the notebook.
"""

import matplotlib.pyplot as plt
import seaborn as sns
from joblib import parallel_config
from sklearn.model_selection import GridSearchCV, KFold, RandomizedSearchCV

from sk_mnist_mlp import (
    KerasMLPClassifier,
    load_mnist,
    search_results_frame,
    search_space,
    training_cache_info,
)

data = load_mnist(source="digits")
folds = KFold(3)

notebook = KerasMLPClassifier((512, 128), init_stddev=(0.062, 0.125), epochs=20, random_state=0)
grid = GridSearchCV(notebook, {"activation": ["sigmoid", "relu"]}, cv=folds)
classifier = KerasMLPClassifier(epochs=20, batch_size=32, random_state=0)
search = RandomizedSearchCV(classifier, search_space(), n_iter=9, cv=folds, random_state=0)

with parallel_config("threading", n_jobs=2):
    for tuned in (grid, search):
        tuned.fit(data.X_train, data.y_train)

for name, tuned in {"the notebook's grid": grid, "the random search": search}.items():
    test_accuracy = tuned.score(data.X_test, data.y_test)
    print(f"{name}: {tuned.best_score_:.4f} in the folds, {test_accuracy:.4f} on the test images")
info = training_cache_info()
print(f"{info.compilations} programs for {info.hits + info.compilations} fits")

# %%
# Each point is a candidate; the dashed line is the grid's best.

frame = search_results_frame(search)
figure, axes = plt.subplots(1, 2, figsize=(10, 4), sharey=True, layout="constrained")
for ax, parameter in zip(axes, ("learning_rate", "dropout"), strict=True):
    sns.scatterplot(
        frame, x=parameter, y="mean_test_score", hue="optimizer", style="batch_norm",
        palette="colorblind", s=60, ax=ax, legend=ax is axes[1],
    )  # fmt: skip
    ax.axhline(grid.best_score_, color="0.5", linestyle="--", label="the grid's best")
    ax.set(xlabel=parameter.replace("_", " "), ylabel="mean accuracy in three folds")
axes[0].set(xscale="log", xticks=[0.0003, 0.001, 0.003], xticklabels=["0.0003", "0.001", "0.003"])
axes[0].minorticks_off()
axes[1].legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
plt.show()
frame[["widths", "depth", "batch_norm", "learning_rate", "dropout", "mean_test_score"]].head()

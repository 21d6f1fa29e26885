"""
Loss curves, and kernels before and after
=========================================

How the losses fall over the epochs, and how training moves the numbers of each kernel: the two
pictures by which a fit is judged at a glance.
"""

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns

from sk_mnist_mlp import KerasMLPClassifier, load_mnist

data = load_mnist(source="digits")
classifier = KerasMLPClassifier(init_stddev="he", epochs=20, random_state=0)
classifier.fit(data.X_train, data.y_train, X_val=data.X_test, y_val=data.y_test)
print(f"test accuracy {classifier.score(data.X_test, data.y_test):.4f}")

# %%
# ``history_`` has a number for each epoch. Of the validation data it has one because ``fit`` was
# given ``X_val``.

losses = pd.DataFrame(
    {"training": classifier.history_["loss"], "validation": classifier.history_["val_loss"]},
    index=pd.RangeIndex(1, classifier.n_iter_ + 1, name="epoch"),
)
ax = sns.lineplot(losses, palette="colorblind")
ax.set(ylabel="loss", ylim=(0, None), xticks=range(0, 21, 5))
plt.show()

# %%
# The initial weights were kept nowhere: ``initial_weights`` draws them again from the seed.

kernels = pd.concat(
    pd.DataFrame({"weight": kernel.ravel(), "state": state, "layer": layer})
    for state, kernels in (
        ("initial", classifier.initial_weights().kernels),
        ("trained", classifier.coefs_),
    )
    for layer, kernel in zip(("hidden 1", "hidden 2", "output"), kernels, strict=True)
)
plt.figure()
sns.violinplot(
    kernels, x="layer", y="weight", hue="state", split=True, inner="quart",
    density_norm="width", palette="colorblind",
)  # fmt: skip
plt.show()
kernels.groupby(["layer", "state"])["weight"].agg(["std", "min", "max"]).round(3)

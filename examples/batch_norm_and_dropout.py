"""
What batch normalisation and dropout do to the kernels
======================================================

Four networks of one shape: plain, with batch normalisation, with dropout, and with both. Their
accuracies on so easy a task differ little; their kernels differ a lot.
"""

import matplotlib.pyplot as plt

from sk_mnist_mlp import KerasMLPClassifier, WeightsDisplay, load_mnist

data = load_mnist(source="digits")
NETWORKS = {
    "plain": {},
    "batch norm": {"batch_norm": True},
    "dropout 0.5": {"dropout": 0.5},
    "both": {"batch_norm": True, "dropout": 0.5},
}
fitted = {}
for name, parameters in NETWORKS.items():
    clf = KerasMLPClassifier(
        (128, 64), init_stddev=0.05, learning_rate=0.003, epochs=60, random_state=0, **parameters
    )
    fitted[name] = clf.fit(data.X_train, data.y_train)
    spread = ", ".join(f"{kernel.std():.3f}" for kernel in clf.coefs_)
    print(f"{name:<12} test accuracy {clf.score(data.X_test, data.y_test):.3f}, stddevs {spread}")

# %%
# All four start from the same kernels. The plain network has to make its signal larger from layer
# to layer, and its hidden kernels more than double. Behind a normalisation the scale of a kernel
# has no meaning, since whatever it multiplies is divided by its own spread: it stays near to where
# it began. Dropout changes the output layer most: in training it sees only half of its inputs.

figure, axes = plt.subplots(2, 2, figsize=(9, 6.4), sharey=True, layout="constrained")
for ax, (name, clf) in zip(axes.flat, fitted.items(), strict=True):
    WeightsDisplay.from_estimator(clf, ax=ax)
    ax.set_title(name, loc="left", fontsize="medium")
plt.show()

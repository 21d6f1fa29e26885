"""
The notebook's seven networks
=============================

From softmax regression to batch normalisation and dropout, on scikit-learn's small digits. With
``load_mnist(source="mnist")`` these are the networks of a notebook of 2020, and reach 91%
(softmax) to 98% (Adam) of the test images.
"""

import matplotlib.pyplot as plt

from sk_mnist_mlp import KerasMLPClassifier, load_mnist

RELU = {"activation": "relu", "init_stddev": (0.062, 0.125)}
BATCH_NORM = {"activation": "sigmoid", "init_stddev": (0.039, 0.55), "batch_norm": True}

NETWORKS = {
    "softmax, sgd": {"widths": (), "optimizer": "sgd"},
    "sigmoid, sgd": {"activation": "sigmoid", "optimizer": "sgd"},
    "sigmoid, adam": {"activation": "sigmoid", "optimizer": "adam"},
    "relu, sgd": {**RELU, "optimizer": "sgd"},
    "relu, adam": {**RELU, "optimizer": "adam"},
    "batch norm, adam": {**BATCH_NORM, "optimizer": "adam"},
    "batch norm and dropout, adam": {**BATCH_NORM, "dropout": 0.5, "optimizer": "adam"},
}

# %%
# Each is a handful of parameters of one classifier.

data = load_mnist(source="digits")
curves = {}
print(f"{'network':<30}{'parameters':>12}{'training':>10}{'test':>8}{'test loss':>11}")
for name, parameters in NETWORKS.items():
    classifier = KerasMLPClassifier(epochs=20, random_state=0, **parameters)
    classifier.fit(data.X_train, data.y_train, X_val=data.X_test, y_val=data.y_test)
    history = curves[name] = classifier.history_
    print(
        f"{name:<30}{classifier.n_parameters_:>12,}{history['accuracy'][-1]:>10.3f}"
        f"{history['val_accuracy'][-1]:>8.3f}{history['val_loss'][-1]:>11.3f}"
    )

# %%
# In 20 epochs of so little data, those of softmax and sigmoids that are trained by SGD have hardly
# begun.

fig, ax = plt.subplots(figsize=(8, 4), layout="constrained")
for name, history in curves.items():
    ax.plot(range(1, 21), history["val_accuracy"], label=name)
ax.set(xlabel="epoch", ylabel="accuracy on the test images", xticks=range(0, 21, 5))
fig.legend(loc="outside right center", frameon=False)
plt.show()

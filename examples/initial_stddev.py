"""
Where training starts, and why it matters
=========================================

``init_stddev`` is the spread of the numbers that each kernel starts from. A deep network shows what
it is for: start too small, and the signal fades from layer to layer; start too large, and
the loss begins in the hundreds. Neither recovers in 30 epochs.
"""

import matplotlib.pyplot as plt

from sk_mnist_mlp import KerasMLPClassifier, LossCurveDisplay, load_mnist

data = load_mnist(source="digits")
STARTS = {"0.01": 0.01, "'he'": "he", "0.6": 0.6}
fitted = {}
for name, init_stddev in STARTS.items():
    clf = KerasMLPClassifier(64, depth=6, init_stddev=init_stddev, epochs=30, random_state=0)
    fitted[name] = clf.fit(data.X_train, data.y_train, X_val=data.X_test, y_val=data.y_test)
    print(f"init_stddev={name:<6} test accuracy {clf.score(data.X_test, data.y_test):.3f}")

# %%
# Six layers of 64 units. ``"he"`` is the rule for ReLU: the square root of two over the number of
# inputs keeps the spread of the activations the same through all layers.

figure, axes = plt.subplots(1, 3, figsize=(10, 3.6), sharex=True, layout="constrained")
for ax, (name, clf) in zip(axes, fitted.items(), strict=True):
    LossCurveDisplay.from_estimator(clf, ax=ax)
    ax.ticklabel_format(axis="y", useOffset=False) if name == "0.01" else None
    ax.set_title(f"init_stddev={name}", loc="left", fontsize="medium")
plt.show()

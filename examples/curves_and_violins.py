"""
Loss curves, and kernels before and after
=========================================

How the losses fall over the epochs, and how training moves the numbers of each kernel: the two
pictures by which a fit is judged at a glance.
"""

import matplotlib.pyplot as plt

from sk_mnist_mlp import KerasMLPClassifier, LossCurveDisplay, WeightsDisplay, load_mnist

data = load_mnist(source="digits")
classifier = KerasMLPClassifier(init_stddev="he", epochs=20, random_state=0)
classifier.fit(data.X_train, data.y_train, X_val=data.X_test, y_val=data.y_test)
print(f"test accuracy {classifier.score(data.X_test, data.y_test):.4f}")

# %%
# ``history_`` has a number for each epoch. Of the validation data it has one because ``fit`` was
# given ``X_val``. The training loss is that of the network while it changed, so that it may lie
# above the other in the first epochs.

LossCurveDisplay.from_estimator(classifier)
plt.show()

# %%
# The initial weights were kept nowhere: ``initial_weights`` draws them again from the seed. The
# output kernel, drawn from a uniform distribution, grows tails; the hidden kernels hardly change.

display = WeightsDisplay.from_estimator(classifier)
plt.show()
display.frame().groupby(["layer", "state"])["weight"].agg(["std", "min", "max"]).round(3)

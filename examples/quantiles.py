"""
Quantiles beside the mean
=========================

Where the noise grows, the mean alone says little. ``loss="quantile"`` learns what a given share of
the rows lies below: two such networks enclose a band, and a third is the median. The quantile
is passed at run time, so that the three compile one program.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_mnist_mlp import KerasMLPRegressor

rng = np.random.default_rng(0)
x = rng.uniform(0, 10, 2000)
y = np.sin(x) + 0.3 * x + rng.gamma(1.5, 0.05 + 0.08 * x)
X_train, X_test, y_train, y_test = x[:1000, None], x[1000:, None], y[:1000], y[1000:]

# %%
# The noise is skewed, and its spread grows with x.

SETTINGS = {"widths": (64, 64), "activation": "silu", "learning_rate": 0.01}
SETTINGS |= {"epochs": 100, "batch_size": 32, "schedule": "cosine"}


def fitted(**loss):
    network = KerasMLPRegressor(**SETTINGS, **loss, random_state=0)
    return make_pipeline(StandardScaler(), network).fit(X_train, y_train)


networks = {quantile: fitted(loss="quantile", quantile=quantile) for quantile in (0.05, 0.5, 0.95)}
mean = fitted()

# %%
# Nine of ten new rows should lie in the band, and half of them below the median.

below, median, above = (network.predict(X_test) for network in networks.values())
print(f"between the outer quantiles: {np.mean((below <= y_test) & (y_test <= above)):.3f}")
print(f"below the median: {np.mean(y_test < median):.3f}")
print(f"below the mean: {np.mean(y_test < mean.predict(X_test)):.3f}")

# %%
# The mean lies above the median, since the noise is skewed.

grid = np.linspace(0, 10, 400)[:, None]
low, middle, high = (network.predict(grid) for network in networks.values())
figure, ax = plt.subplots(figsize=(7.2, 4.4), layout="constrained")
ax.scatter(X_test, y_test, s=7, color="0.55", alpha=0.6, linewidth=0, label="new rows")
band = {"color": "#2f80c8", "alpha": 0.25, "linewidth": 0}
ax.fill_between(grid[:, 0], low, high, label="quantiles 0.05 to 0.95", **band)
ax.plot(grid, middle, color="#2f80c8", linewidth=2, label="median")
ax.plot(grid, mean.predict(grid), "--", color="#d9731a", linewidth=2, label="mean")
ax.set(xlabel="x", ylabel="y", xlim=(0, 10))
ax.spines[["right", "top"]].set_visible(False)
ax.legend(frameon=False, loc="upper left")
plt.show()

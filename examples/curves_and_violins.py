"""Loss curves, and each kernel's entries before and after training, as one picture.

Writes curves_and_violins.png, or the file that is named.
"""

import sys

import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from sk_mnist_mlp import KerasMLPClassifier, load_mnist

path = sys.argv[1] if len(sys.argv) > 1 else "curves_and_violins.png"

data = load_mnist(source="digits")
classifier = KerasMLPClassifier(init_stddev="he", epochs=20, random_state=0)
classifier.fit(data.X_train, data.y_train, X_val=data.X_test, y_val=data.y_test)

losses = pd.DataFrame(
    {
        "training": classifier.history_["loss"],
        "validation": classifier.history_["val_loss"],
    },
    index=pd.RangeIndex(1, classifier.epochs + 1, name="epoch"),
)
kernels = pd.concat(
    pd.DataFrame({"weight": kernel.ravel(), "state": state, "layer": layer})
    for state, kernels in (
        ("initial", classifier.initial_weights().kernels),
        ("trained", classifier.coefs_),
    )
    for layer, kernel in zip(("hidden 1", "hidden 2", "output"), kernels, strict=True)
)

figure = Figure(figsize=(10, 4), layout="constrained")
left, right = figure.subplots(1, 2)
sns.lineplot(losses, ax=left, palette="colorblind")
left.set(ylabel="loss", ylim=(0, None), xticks=range(0, 21, 5))
sns.violinplot(
    kernels,
    x="layer",
    y="weight",
    hue="state",
    split=True,
    inner="quart",
    density_norm="width",
    palette="colorblind",
    ax=right,
)
figure.savefig(path, dpi=150)

spread = kernels.groupby(["layer", "state"])["weight"].agg(["std", "min", "max"])
print(spread.to_string(float_format="{:.3f}".format))
print(f"test accuracy {classifier.score(data.X_test, data.y_test):.4f}, picture in {path}")

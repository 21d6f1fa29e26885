"""The pictures of the landing page, drawn at build."""

from pathlib import Path

import matplotlib.pyplot as plt
import seaborn as sns
from matplotlib.figure import Figure

from sk_mnist_mlp import KerasMLPClassifier, load_mnist
from sk_mnist_mlp.displays.style import FIRST_COLOUR, SECOND_COLOUR

INK = {"light": "#222832", "dark": "#ced6dd"}
"""Colours of lines and letters on the theme's light and dark backgrounds."""


def draw(folder: Path) -> None:
    """Draw ``landing_light.svg`` and ``landing_dark.svg`` where they are not there."""
    paths = {theme: folder / f"landing_{theme}.svg" for theme in INK}
    if all(path.exists() for path in paths.values()):
        return
    folder.mkdir(exist_ok=True)
    classifier = fitted()
    for theme, path in paths.items():
        with plt.rc_context(style(INK[theme])):
            landing(classifier).savefig(path, transparent=True, metadata={"Date": None})


def style(ink):
    """Settings of matplotlib for one theme."""
    keys = ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color")
    return dict.fromkeys(keys, ink) | {
        "svg.hashsalt": "landing",
        "font.size": 11,
        "axes.spines.top": False,
        "axes.spines.right": False,
    }


def fitted():
    """The network that is drawn."""
    data = load_mnist(source="digits")
    classifier = KerasMLPClassifier(init_stddev="he", epochs=30, batch_size=32, random_state=0)
    return classifier.fit(data.X_train, data.y_train, X_val=data.X_test, y_val=data.y_test)


def landing(classifier):
    """Draw the losses by epoch, and each kernel's numbers before and after training."""
    figure = Figure(figsize=(9, 3.4), layout="constrained")
    left, right = figure.subplots(1, 2)
    epochs = range(1, classifier.n_iter_ + 1)
    left.plot(epochs, classifier.history_["loss"], color=FIRST_COLOUR, label="training")
    left.plot(epochs, classifier.history_["val_loss"], color=SECOND_COLOUR, label="validation")
    left.set(xlabel="epoch", ylabel="loss", yscale="log")
    left.legend(frameon=False)
    layers = {"layer": [], "weight": [], "weights": []}
    for state, kernels in (
        ("initial", classifier.initial_weights().kernels),
        ("trained", classifier.coefs_),
    ):
        for name, kernel in zip(("hidden 1", "hidden 2", "output"), kernels, strict=True):
            layers["layer"] += [name] * kernel.size
            layers["weight"] += kernel.ravel().tolist()
            layers["weights"] += [state] * kernel.size
    sns.violinplot(
        layers, x="layer", y="weight", hue="weights", split=True, inner=None, density_norm="width",
        palette=[FIRST_COLOUR, SECOND_COLOUR], linewidth=0, ax=right,
    )  # fmt: skip
    right.set(xlabel="", ylabel="weight")
    right.legend(frameon=False)
    return figure

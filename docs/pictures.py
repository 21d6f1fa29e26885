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
    """Draw ``losses_light.svg`` and so on, where they are not there."""
    paths = {
        (picture, theme): folder / f"{picture.__name__}_{theme}.svg"
        for picture in (losses, weights)
        for theme in INK
    }
    if all(path.exists() for path in paths.values()):
        return
    folder.mkdir(exist_ok=True)
    classifier = fitted()
    for (picture, theme), path in paths.items():
        with plt.rc_context(style(INK[theme])):
            figure = Figure(figsize=(5, 3.6), layout="constrained")
            picture(classifier, figure.subplots())
            figure.savefig(path, transparent=True, metadata={"Date": None})


def style(ink):
    """Settings of matplotlib for one theme."""
    keys = ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color")
    return dict.fromkeys(keys, ink) | {
        "svg.hashsalt": "landing",
        "font.size": 12,
        "axes.spines.top": False,
        "axes.spines.right": False,
    }


def fitted():
    """The network that is drawn."""
    data = load_mnist(source="digits")
    classifier = KerasMLPClassifier(init_stddev="he", epochs=20, random_state=0)
    return classifier.fit(data.X_train, data.y_train, X_val=data.X_test, y_val=data.y_test)


def losses(classifier, ax):
    """Draw the losses by epoch."""
    epochs = range(1, classifier.n_iter_ + 1)
    ax.plot(epochs, classifier.history_["loss"], color=FIRST_COLOUR, label="training")
    ax.plot(epochs, classifier.history_["val_loss"], color=SECOND_COLOUR, label="validation")
    ax.set(xlabel="epoch", ylabel="loss", ylim=(0, None), xticks=range(0, 21, 5))
    ax.legend(frameon=False)


def weights(classifier, ax):
    """Draw each kernel's numbers, before and after training."""
    columns = {"layer": [], "weight": [], "state": []}
    for state, kernels in (
        ("initial", classifier.initial_weights().kernels),
        ("trained", classifier.coefs_),
    ):
        for layer, kernel in zip(("hidden 1", "hidden 2", "output"), kernels, strict=True):
            columns["layer"] += [layer] * kernel.size
            columns["weight"] += kernel.ravel().tolist()
            columns["state"] += [state] * kernel.size
    sns.violinplot(
        columns, x="layer", y="weight", hue="state", split=True, inner=None, linewidth=0,
        density_norm="width", palette=[FIRST_COLOUR, SECOND_COLOUR], ax=ax,
    )  # fmt: skip
    ax.set(xlabel="", ylabel="weight")
    ax.legend(frameon=False)

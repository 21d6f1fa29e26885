"""The pictures of the landing page, drawn at build; as a script, those that are kept.

    python docs/pictures.py reproduction

draws that of the README, and those of the notebook's page from a folder of ``sk-mnist-mlp
reproduce``.
"""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from sk_mnist_mlp import KerasMLPClassifier, LossCurveDisplay, WeightsDisplay, load_mnist
from sk_mnist_mlp.displays.loss_curve import LossCurve
from sk_mnist_mlp.displays.weights import LayerWeights
from sk_mnist_mlp.reproduce.kernels import kernels_path, read_kernels
from sk_mnist_mlp.reproduce.results_file import read_results
from sk_mnist_mlp.reproduce.systems import SYSTEMS

HERE = Path(__file__).parent
INK = {"light": "#222832", "dark": "#ced6dd"}
"""Colours of lines and letters on the theme's light and dark backgrounds."""

PICTURES = {"losses": LossCurveDisplay.from_estimator, "weights": WeightsDisplay.from_estimator}


def draw(folder: Path) -> None:
    """Draw ``losses_light.svg`` and so on, where they are not there."""
    paths = {(name, theme): folder / f"{name}_{theme}.svg" for name in PICTURES for theme in INK}
    if all(path.exists() for path in paths.values()):
        return
    folder.mkdir(exist_ok=True)
    classifier = fitted()
    for (name, theme), path in paths.items():
        with plt.rc_context(style(INK[theme])):
            figure = Figure(figsize=(5, 3.6), layout="constrained")
            PICTURES[name](classifier, ax=figure.subplots())
            figure.savefig(path, transparent=True, metadata={"Date": None})


def draw_for_readme(path: Path) -> None:
    """Draw all pictures side by side."""
    with plt.rc_context(style(INK["light"])):
        figure = Figure(figsize=(9, 3.2), layout="constrained")
        for ax, from_estimator in zip(figure.subplots(1, 2), PICTURES.values(), strict=True):
            from_estimator(fitted(), ax=ax)
        figure.savefig(path, dpi=100, facecolor="white")


def draw_for_notebook(reproduction: Path, folder: Path) -> None:
    """Draw loss curves and kernels of the notebook's systems, of the first seed."""
    results = read_results(reproduction)
    for theme, ink in INK.items():
        with plt.rc_context(style(ink)):
            for name, fill in (("losses", fill_with_losses), ("weights", fill_with_weights)):
                figure = Figure(figsize=(10, 5.2), layout="constrained")
                *axes, spare = figure.subplots(2, 4).flat
                for ax, system in zip(axes, SYSTEMS, strict=True):
                    fill(ax, system, results.experiments[system.key][0], reproduction)
                    ax.set_title(system.title, fontsize=11)
                    legend = ax.get_legend()
                    legend.remove()
                labels = [text.get_text() for text in legend.get_texts()]
                spare.legend(legend.legend_handles, labels, loc="center", frameon=False)
                spare.set_axis_off()
                path = folder / f"notebook_{name}_{theme}.svg"
                figure.savefig(path, transparent=True, metadata={"Date": None})


def fill_with_losses(ax, system, fit, reproduction):
    curve = LossCurve(fit.history["loss"], fit.history["val_loss"])
    LossCurveDisplay(curves=[curve]).plot(ax)


def fill_with_weights(ax, system, fit, reproduction):
    kernels = read_kernels(kernels_path(reproduction, system.key), len(system.widths) + 1)
    layers = [
        LayerWeights(str(i), kernel.initial, kernel.trained)
        for i, kernel in enumerate(kernels, start=1)
    ]
    WeightsDisplay(layers=layers).plot(ax)
    ax.set_xlabel("layer")


def style(ink):
    """Settings of matplotlib for one theme."""
    keys = ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color")
    return dict.fromkeys(keys, ink) | {"svg.hashsalt": "landing", "font.size": 12}


def fitted():
    """The network that is drawn."""
    data = load_mnist(source="digits")
    classifier = KerasMLPClassifier(
        (128, 64), init_stddev=0.05, learning_rate=0.005, epochs=20, random_state=0
    )
    return classifier.fit(data.X_train, data.y_train, X_val=data.X_test, y_val=data.y_test)


if __name__ == "__main__":
    draw_for_readme(HERE / "images" / "readme.png")
    draw_for_notebook(Path(sys.argv[1]), HERE / "images")

"""The pictures of the landing page, drawn at build; as a script, that of the README."""

from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from sk_mnist_mlp import KerasMLPClassifier, LossCurveDisplay, WeightsDisplay, load_mnist

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

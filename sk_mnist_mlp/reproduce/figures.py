"""The report's figures, as SVG that follows the reader's light or dark theme."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from sk_mnist_mlp.displays.loss_curve import LossCurve, LossCurveDisplay
from sk_mnist_mlp.displays.weights import LayerWeights, WeightsDisplay
from sk_mnist_mlp.reproduce.kernels import Kernel

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# A colour that nothing else has stands for the ink until the SVG is written.
_INK = "#010203"
_THEME = (
    "<style>svg{color:#222831}"
    "@media (prefers-color-scheme:dark){svg{color:#dfe3e8}}"
    "@media print{svg{color:#222831}}</style>"
)
_STYLE: dict[Any, Any] = {
    "axes.edgecolor": _INK,
    "axes.facecolor": "none",
    "axes.labelcolor": _INK,
    "axes.titlesize": 10,
    "figure.facecolor": "none",
    "font.size": 9,
    "grid.color": _INK,
    "svg.fonttype": "path",
    "svg.hashsalt": "sk_mnist_mlp",
    "text.color": _INK,
    "xtick.color": _INK,
    "ytick.color": _INK,
}


def draw_loss_curves(histories: Sequence[dict[str, list[float]]]) -> str:
    """Draw the loss of each epoch on training and validation data.

    Parameters
    ----------
    histories : sequence of dict of list of float
        `history_` of one fit or more, each with "loss" and "val_loss".

    Returns
    -------
    str
        An SVG document.
    """
    curves = [LossCurve(history["loss"], history["val_loss"]) for history in histories]
    return _drawn(LossCurveDisplay(curves=curves).plot, (4.4, 2.9))


def draw_kernel_violin(kernel: Kernel) -> str:
    """Draw a layer's kernel before and after training as a split violin.

    Parameters
    ----------
    kernel : Kernel

    Returns
    -------
    str
        An SVG document.
    """
    layer = LayerWeights("", kernel.initial, kernel.trained)
    return _drawn(WeightsDisplay(layers=[layer]).plot, (2.2, 2.6))


def _drawn(plot: Callable[[Any], Any], size: tuple[float, float]) -> str:
    """Draw on axes of so many inches in the report's style."""
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=size, layout="constrained")
        plot(figure.add_subplot())
        return _to_svg(figure)


def _to_svg(figure: Figure) -> str:
    buffer = io.StringIO()
    metadata = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    figure.savefig(buffer, format="svg", metadata=metadata)
    document = buffer.getvalue()
    # Without the prologue: browsers need neither it nor the document type it names.
    document = document[document.index("<svg") :].replace(_INK, "currentColor")
    return document.replace(">", f">{_THEME}", 1)

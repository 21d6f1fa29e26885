"""The report's figures, as SVG that follows the reader's light or dark theme."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sk_mnist_mlp.reproduce.kernels import Kernel

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Told apart with any colour vision, and legible on white and on near-black.
FIRST_COLOUR = "#2f80c8"
SECOND_COLOUR = "#d9731a"

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
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 10,
    "figure.facecolor": "none",
    "font.size": 9,
    "grid.alpha": 0.15,
    "grid.color": _INK,
    "legend.frameon": False,
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
    import matplotlib
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    series = (
        ("loss", "training", FIRST_COLOUR, "-"),
        ("val_loss", "validation", SECOND_COLOUR, "--"),
    )
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(4.4, 2.9), layout="constrained")
        axes = figure.add_subplot()
        for name, label, colour, line in series:
            for i, history in enumerate(histories):
                losses = history[name]
                axes.plot(
                    range(1, len(losses) + 1),
                    losses,
                    line,
                    color=colour,
                    label=label if i == 0 else None,
                    linewidth=1.6 if len(histories) == 1 else 0.9,
                    # A line of one epoch has no length.
                    marker="o" if len(losses) == 1 else None,
                )
        axes.set(xlabel="epoch", ylabel="loss (cross-entropy)", ylim=(0, None))
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
        axes.grid(axis="y")
        axes.legend()
        return _to_svg(figure)


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
    import matplotlib
    import numpy as np
    import seaborn as sns
    from matplotlib.figure import Figure

    states = ["initial"] * len(kernel.initial) + ["trained"] * len(kernel.trained)
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(2.2, 2.6), layout="constrained")
        axes = figure.add_subplot()
        sns.violinplot(
            x=[""] * len(states),
            y=np.concatenate([kernel.initial, kernel.trained]),
            hue=states,
            palette={"initial": FIRST_COLOUR, "trained": SECOND_COLOUR},
            split=True,
            gap=0.04,
            inner=None,
            cut=0,
            linewidth=0.8,
            saturation=1,
            density_norm="width",
            ax=axes,
        )
        for violin in axes.collections:
            violin.set_edgecolor("face")
        axes.set(ylabel="weight")
        axes.tick_params(bottom=False)
        axes.grid(axis="y")
        legend = axes.legend(
            loc="upper center", bbox_to_anchor=(0.5, 0), ncols=2, columnspacing=1, handlelength=1
        )
        for patch in legend.get_patches():
            patch.set_edgecolor("none")
        return _to_svg(figure)


def _to_svg(figure: Figure) -> str:
    buffer = io.StringIO()
    metadata = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    figure.savefig(buffer, format="svg", metadata=metadata)
    document = buffer.getvalue()
    # Without the prologue: browsers need neither it nor the document type it names.
    document = document[document.index("<svg") :].replace(_INK, "currentColor")
    return document.replace(">", f">{_THEME}", 1)

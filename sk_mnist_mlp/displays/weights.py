"""The kernels of a network, before and after training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from sk_mnist_mlp.displays.estimators import fitted_network
from sk_mnist_mlp.displays.style import (
    FIRST_COLOUR,
    SECOND_COLOUR,
    axes_for,
    needed,
    open_frame,
    styled,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

N_QUANTILES = 1001


@dataclass(frozen=True, eq=False)
class LayerWeights:
    """A layer's kernel before and after training.

    Parameters
    ----------
    name : str
        Of the layer.
    initial, trained : ndarray
        A sample of its entries, such as evenly spaced quantiles.
    """

    name: str
    initial: np.ndarray
    trained: np.ndarray


def quantiles(kernel: np.ndarray) -> np.ndarray:
    """Evenly spaced quantiles of a kernel's entries, from the least to the largest.

    Parameters
    ----------
    kernel : ndarray

    Returns
    -------
    ndarray of shape (N_QUANTILES,)
        A sample that has the kernel's own distribution and extremes.
    """
    return np.quantile(kernel, np.linspace(0.0, 1.0, N_QUANTILES)).astype(np.float32)


class WeightsDisplay:
    """Each kernel's entries before and after training, as a split violin a layer.

    Make one by `from_estimator`; what it takes is kept, so that `plot` may be called
    again.

    Parameters
    ----------
    layers : sequence of LayerWeights
        First layer first.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
    figure_ : matplotlib.figure.Figure
    initial_violins_, trained_violins_ : list of matplotlib.collections.PolyCollection
        One a layer.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sk_mnist_mlp import KerasMLPClassifier, WeightsDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> clf = KerasMLPClassifier(widths=(16,), epochs=5, random_state=0).fit(X, y)
    >>> display = WeightsDisplay.from_estimator(clf)
    >>> [label.get_text() for label in display.ax_.get_xticklabels()]
    ['hidden 1', 'output']
    """

    def __init__(self, *, layers: Sequence[LayerWeights]) -> None:
        self.layers = layers

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        *,
        ax: Axes | None = None,
        initial_kwargs: Mapping[str, Any] | None = None,
        trained_kwargs: Mapping[str, Any] | None = None,
    ) -> Self:
        """Draw the kernels of a fitted network.

        The initial ones are drawn again from the seed of its last fit.

        Parameters
        ----------
        estimator : KerasMLPClassifier, KerasMLPRegressor, Pipeline or search
            Fitted: as in `LossCurveDisplay.from_estimator`.
        ax : matplotlib.axes.Axes, default=None
            To draw on; None makes a new figure.
        initial_kwargs, trained_kwargs : dict, default=None
            Style of the violins, as of `matplotlib.collections.PolyCollection`.

        Returns
        -------
        WeightsDisplay

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the network was not fitted.
        TypeError
            If there is none.
        """
        network = fitted_network(estimator)
        kernels = zip(network.initial_weights().kernels, network.coefs_, strict=True)
        names = [f"hidden {i}" for i in range(1, len(network.coefs_))] + ["output"]
        layers = [
            LayerWeights(name, quantiles(initial), quantiles(trained))
            for name, (initial, trained) in zip(names, kernels, strict=True)
        ]
        return cls(layers=layers).plot(
            ax, initial_kwargs=initial_kwargs, trained_kwargs=trained_kwargs
        )

    def plot(
        self,
        ax: Axes | None = None,
        *,
        initial_kwargs: Mapping[str, Any] | None = None,
        trained_kwargs: Mapping[str, Any] | None = None,
    ) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            To draw on; None makes a new figure.
        initial_kwargs, trained_kwargs : dict, default=None
            Style of the violins, as of `matplotlib.collections.PolyCollection`.

        Returns
        -------
        WeightsDisplay
            Itself.
        """
        caller = f"{type(self).__name__}.plot"
        seaborn = needed("seaborn", caller)
        self.ax_ = axes_for(caller, ax)
        self.figure_ = self.ax_.figure
        from matplotlib.collections import PolyCollection

        before = len(self.ax_.collections)
        seaborn.violinplot(
            self.frame(),
            x="layer",
            y="weight",
            hue="state",
            split=True,
            gap=0.04,
            inner=None,
            cut=0,
            density_norm="width",
            palette={"initial": FIRST_COLOUR, "trained": SECOND_COLOUR},
            saturation=1,
            linewidth=0.8,
            legend=False,
            ax=self.ax_,
        )
        violins = self.ax_.collections[before:]
        self.initial_violins_, self.trained_violins_ = violins[::2], violins[1::2]
        for state, drawn, colour, given in (
            ("initial", self.initial_violins_, FIRST_COLOUR, initial_kwargs),
            ("trained", self.trained_violins_, SECOND_COLOUR, trained_kwargs),
        ):
            style = styled(PolyCollection, {"facecolor": colour, "edgecolor": "face"}, given)
            for i, violin in enumerate(drawn):
                violin.set(**{"label": None if i else state, **style})
        self.ax_.set(xlabel="", ylabel="weight")
        self.ax_.tick_params(bottom=False)
        self.ax_.set_axisbelow(True)
        self.ax_.grid(axis="y", alpha=0.25)
        self.ax_.legend(
            loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, frameon=False, handlelength=1
        )
        open_frame(self.ax_)
        return self

    def frame(self) -> pd.DataFrame:
        """What is drawn, as a tidy table.

        Returns
        -------
        pandas.DataFrame
            A row for each weight of each layer's sample, with the columns ``layer``,
            ``state`` ("initial" or "trained") and ``weight``.
        """
        import pandas as pd

        samples = [
            pd.DataFrame({"layer": layer.name, "state": state, "weight": weights})
            for layer in self.layers
            for state, weights in (("initial", layer.initial), ("trained", layer.trained))
        ]
        return pd.concat(samples, ignore_index=True)

"""Results made by hand: what a run would have measured, without a run."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sk_mnist_mlp.reproduce.kernels import Kernel, summarize_kernels
from sk_mnist_mlp.reproduce.results import Fit, GridSearchResult, Results
from sk_mnist_mlp.reproduce.systems import BEYOND, EPOCHS, GRID_SEARCH, SYSTEMS, Beyond, System

VERSIONS = {"python": "3.11.9", "sk_mnist_mlp": "0.1.0", "keras": "3.15.1"}


def make_fit(
    system: System,
    *,
    accuracy_off: float = 0.0,
    loss_off: float = 0.0,
    epochs: int = EPOCHS,
) -> Fit:
    """A fit that differs from the published figures by so much; the loss relatively."""
    loss = system.test_loss * (1 + loss_off)
    curve = [loss + 1 / epoch - 1 / epochs for epoch in range(1, epochs + 1)]
    accuracy = system.test_accuracy + accuracy_off
    return Fit(
        test_accuracy=accuracy,
        test_loss=curve[-1],
        seconds=12.5,
        n_parameters=system.n_parameters,
        n_trainable=system.n_trainable,
        history={
            "loss": curve,
            "accuracy": [accuracy] * epochs,
            "val_loss": curve,
            "val_accuracy": [accuracy] * epochs,
        },
    )


def make_grid_search(*, score_off: float = 0.0) -> GridSearchResult:
    return GridSearchResult(
        best_params={"activation": "relu"},
        best_score=GRID_SEARCH.best_score + score_off,
        mean_test_score={"sigmoid": 0.97, "relu": GRID_SEARCH.best_score + score_off},
        std_test_score={"sigmoid": 0.001, "relu": 0.002},
        seconds=95.0,
    )


def make_recipe_fit(beyond: Beyond, *, epochs: int = EPOCHS) -> Fit:
    return Fit(
        test_accuracy=0.9881,
        test_loss=0.04,
        seconds=30.0,
        n_parameters=beyond.n_parameters,
        n_trainable=beyond.n_parameters,
        history={"loss": [0.1] * epochs, "accuracy": [0.9] * epochs},
    )


def with_recipes(results: Results) -> Results:
    """The same results, and what lies beyond the notebook."""
    recipes = {
        beyond.key: (make_recipe_fit(beyond, epochs=results.epochs),) * results.seeds
        for beyond in BEYOND
    }
    return replace(results, experiments=results.experiments | recipes)


def make_results(
    *, data: str = "mnist", epochs: int = EPOCHS, seeds: int = 1, accuracy_off: float = 0.0
) -> Results:
    """A whole run, each seed as far from the published figures as the other."""
    return Results(
        data,
        epochs,
        seeds,
        VERSIONS,
        experiments={
            system.key: (make_fit(system, accuracy_off=accuracy_off, epochs=epochs),) * seeds
            for system in SYSTEMS
        },
        grid_search=make_grid_search(),
    )


def make_kernels() -> tuple[Kernel, ...]:
    rng = np.random.default_rng(0)
    initial = [rng.normal(0.0, 0.1, shape) for shape in ((8, 6), (6, 3))]
    return summarize_kernels(initial, [kernel + 0.5 for kernel in initial])

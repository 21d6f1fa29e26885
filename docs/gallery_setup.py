"""How the gallery runs its scripts."""

from pathlib import Path
from tempfile import mkdtemp

# The gallery looks up what scripts import, which for halving searches has to be switched on.
from sklearn.experimental import enable_halving_search_cv  # noqa: F401, for its effect

from sk_mnist_mlp import clear_training_cache

ORDER = (
    "quickstart",
    "first_table",
    "notebook_networks",
    "curves_and_violins",
    "initial_stddev",
    "batch_norm_and_dropout",
    "pipeline_grid_search",
    "tuning",
    "optuna_pruning",
    "killed_search",
    "rare_classes",
    "calibration",
    "quantiles",
    "decision_boundaries",
)
"""Scripts as they follow on each other."""


class TaughtOrder:
    """Key by which a gallery sorts its scripts.

    Parameters
    ----------
    folder : str
        Of the scripts.
    """

    def __init__(self, folder):
        self.folder = folder

    def __call__(self, filename):
        """Place of a script."""
        stem = Path(filename).stem
        return ORDER.index(stem)


def arguments(gallery_conf, script_vars):
    """Arguments of a script's command line."""
    if Path(script_vars["src_file"]).stem == "optuna_pruning":
        return ["12", f"{mkdtemp()}/optuna.db"]
    return []


def forget_programs(gallery_conf, script):
    """Let each script compile what it compiles when it is run alone."""
    clear_training_cache()

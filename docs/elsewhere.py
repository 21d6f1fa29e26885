"""Names of other packages that the docstrings mention: where they are documented."""

from __future__ import annotations

import zlib
from pathlib import Path

ADDRESSES = {
    "python": "https://docs.python.org/3",
    "numpy": "https://numpy.org/doc/stable",
    "pandas": "https://pandas.pydata.org/docs",
    "scipy": "https://docs.scipy.org/doc/scipy",
    "sklearn": "https://scikit-learn.org/stable",
    "keras": "https://keras.io/api",
    "matplotlib": "https://matplotlib.org/stable",
}

# Each name with its kind and the page, `$` being the name.
NAMES = {
    "python": {
        "int": ("py:class", "library/functions.html#$"),
        "float": ("py:class", "library/functions.html#$"),
        "bool": ("py:class", "library/functions.html#$"),
        "str": ("py:class", "library/stdtypes.html#$"),
        "dict": ("py:class", "library/stdtypes.html#$"),
        "list": ("py:class", "library/stdtypes.html#$"),
        "tuple": ("py:class", "library/stdtypes.html#$"),
        "object": ("py:class", "library/functions.html#$"),
        "OSError": ("py:exception", "library/exceptions.html#$"),
        "TypeError": ("py:exception", "library/exceptions.html#$"),
        "ValueError": ("py:exception", "library/exceptions.html#$"),
        "FileNotFoundError": ("py:exception", "library/exceptions.html#$"),
        "UserWarning": ("py:exception", "library/exceptions.html#$"),
        "path-like object": ("std:term", "glossary.html#term-path-like-object"),
        "mapping": ("std:term", "glossary.html#term-mapping"),
        "True": ("py:data", "library/constants.html#$"),
        "False": ("py:data", "library/constants.html#$"),
        "None": ("py:data", "library/constants.html#$"),
        "bltin-boolean-values": ("std:label", "library/stdtypes.html#boolean-type-bool"),
        "sequence": ("std:term", "glossary.html#term-sequence"),
        "callable": ("std:term", "glossary.html#term-callable"),
    },
    "numpy": {
        "numpy.ndarray": ("py:class", "reference/generated/$.html#$"),
        "numpy.random.RandomState": ("py:class", "reference/random/legacy.html#$"),
        "array_like": ("std:term", "glossary.html#term-array_like"),
    },
    "pandas": {"pandas.DataFrame": ("py:class", "reference/api/$.html#$")},
    "sklearn": {
        name: ("py:class", "modules/generated/$.html#$")
        for name in (
            "sklearn.callback.CallbackContext",
            "sklearn.exceptions.ConvergenceWarning",
            "sklearn.exceptions.NotFittedError",
            "sklearn.frozen.FrozenEstimator",
            "sklearn.model_selection.GridSearchCV",
            "sklearn.model_selection.RandomizedSearchCV",
            "sklearn.multioutput.MultiOutputRegressor",
            "sklearn.neural_network.MLPClassifier",
            "sklearn.neural_network.MLPRegressor",
            "sklearn.pipeline.Pipeline",
            "sklearn.utils.Bunch",
            "sklearn.utils.metadata_routing.MetadataRequest",
            "sklearn.utils.metadata_routing.MetadataRouter",
        )
    }
    | {
        "sklearn.set_config": ("py:function", "modules/generated/$.html#$"),
        "sklearn.metrics.r2_score": ("py:function", "modules/generated/$.html#$"),
        "r2_score": (
            "std:label",
            "modules/model_evaluation.html#r2-score-the-coefficient-of-determination",
        ),
        "accuracy_score": ("std:label", "modules/model_evaluation.html#accuracy-score"),
        "df_output_transform": (
            "std:label",
            "modules/df_output_transform.html#df-output-transform",
        ),
        "sphx_glr_auto_examples_miscellaneous_plot_set_output.py": (
            "std:label",
            "auto_examples/miscellaneous/plot_set_output.html",
        ),
        "metadata_routing": ("std:label", "metadata_routing.html#metadata-routing"),
        "meta-estimator": ("std:term", "glossary.html#term-meta-estimator"),
    },
    "scipy": {"scipy.stats": ("py:module", "reference/stats.html")},
    "keras": {
        "keras.Sequential": ("py:class", "models/sequential/#sequential-class"),
        "keras.optimizers.Optimizer": ("py:class", "optimizers/"),
    },
    "matplotlib": {
        "matplotlib.artist.Artist": ("py:class", "api/artist_api.html#$"),
        "matplotlib.axes.Axes": ("py:class", "api/_as_gen/$.html#$"),
        "matplotlib.collections.Collection": ("py:class", "api/collections_api.html#$"),
        "matplotlib.collections.PolyCollection": ("py:class", "api/collections_api.html#$"),
        "matplotlib.figure.Figure": ("py:class", "api/_as_gen/$.html#$"),
        "matplotlib.lines.Line2D": ("py:class", "api/_as_gen/$.html#$"),
    },
}

ALIASES = {
    "array-like": ":term:`numpy:array_like`",
    "ndarray": "numpy.ndarray",
    "RandomState": "numpy.random.RandomState",
    "path-like": ":term:`path-like <python:path-like object>`",
    "mapping": ":term:`python:mapping`",
    "sequence": ":term:`python:sequence`",
    "callable": ":term:`python:callable`",
    "GridSearchCV": "sklearn.model_selection.GridSearchCV",
    "RandomizedSearchCV": "sklearn.model_selection.RandomizedSearchCV",
    "Pipeline": "sklearn.pipeline.Pipeline",
    "MetadataRequest": "sklearn.utils.metadata_routing.MetadataRequest",
    "ConvergenceWarning": "sklearn.exceptions.ConvergenceWarning",
    "MetadataRouter": "sklearn.utils.metadata_routing.MetadataRouter",
    "FrozenEstimator": "sklearn.frozen.FrozenEstimator",
    "KerasMLPClassifier": "sk_mnist_mlp.KerasMLPClassifier",
    "KerasMLPRegressor": "sk_mnist_mlp.KerasMLPRegressor",
    "KerasMLPFeatures": "sk_mnist_mlp.KerasMLPFeatures",
}
"""What a type in a docstring stands for."""

GRAMMAR = "of or to with these another default optional instance instances objects shape"
SIZES = "n_samples n_features n_features_new n_classes n_outputs n_units n_val inputs outputs"
WITHOUT_A_PAGE = "sparse matrix search distribution estimator callback Weights BatchNorm CacheInfo "
WITHOUT_A_PAGE += "LossCurve LayerWeights"
WORDS = set(f"{GRAMMAR} {SIZES} {WITHOUT_A_PAGE}".split())
"""Words in the types of docstrings that lead nowhere."""


def inventory(package: str, folder: Path) -> Path:
    """Write the names of a package as Sphinx reads them; returns the file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{package}.inv"
    lines = "".join(
        f"{name} {kind} 1 {page.replace('$', name)} -\n"
        for name, (kind, page) in NAMES[package].items()
    )
    header = f"# Sphinx inventory version 2\n# Project: {package}\n# Version: \n"
    header += "# The remainder of this file is compressed using zlib.\n"
    path.write_bytes(header.encode() + zlib.compress(lines.encode()))
    return path

"""Notebooks that are run and saved: one output for each fit, whatever was shown meanwhile."""

import base64

import pytest

from tests.company.test_callbacks import HAS_CALLBACKS

pytest.importorskip("ipykernel", reason="ipykernel is not installed")
nbclient = pytest.importorskip("nbclient", reason="nbclient is not installed")
nbformat = pytest.importorskip("nbformat", reason="nbformat is not installed")

SETTING = """
from joblib import parallel_config
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_mnist_mlp import LiveLossCurve
from tests.company.small import X, Y, small_classifier

pipeline = make_pipeline(StandardScaler(), small_classifier())
grid = {"kerasmlpclassifier__learning_rate": [0.01, 0.02]}
search = GridSearchCV(pipeline, grid, cv=2)
"""

CURVES = {
    "small_classifier(epochs=900).set_callbacks(LiveLossCurve()).fit(X, Y, X_val=X, y_val=Y);": (
        "900 epochs, loss "
    ),
    "pipeline.set_callbacks(LiveLossCurve()).fit(X, Y).set_callbacks();": "5 epochs, loss ",
    "search.set_callbacks(LiveLossCurve()).fit(X, Y);": "4 of 4 fits; refit: 5 epochs, loss ",
    "with parallel_config('threading', n_jobs=2):\n    search.fit(X, Y)": (
        "4 of 4 fits; refit: 5 epochs, loss "
    ),
}

BARS = {"small_classifier(epochs=900, verbose=1).fit(X, Y);": "900 epochs, loss "}


def test_a_saved_notebook_has_one_picture_or_one_line_of_a_fit():
    shown = (CURVES if HAS_CALLBACKS else {}) | BARS
    made = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in (SETTING, *shown)]
    )
    nbclient.NotebookClient(made, timeout=300, kernel_name="python3").execute()
    saved = nbformat.reads(nbformat.writes(made), as_version=4)
    for cell in saved.cells[1:]:
        (output,) = (output for output in cell.outputs if output.output_type != "stream")
        assert output.output_type == "display_data"
        forms = dict(output.data)
        assert forms.pop("text/plain").startswith(shown[cell.source])
        if cell.source in CURVES:
            assert base64.b64decode(forms.pop("image/png")).startswith(b"\x89PNG")
        assert forms == {}

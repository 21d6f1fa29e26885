"""MLflow logs pipelines and searches, and serves them, without pickles: the code of its page."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("mlflow")
pytest.importorskip("skops")

PAGE = Path(__file__).parents[2] / "docs" / "mlflow.md"

# In a process of its own, since autologging patches scikit-learn for good.
AFTERWARDS = """
import json, sys
from sklearn.model_selection import GridSearchCV

whole = mlflow.sklearn.load_model(logged.model_uri)
assert (whole.predict_proba(X_test) == pipeline.predict_proba(X_test)).all()
logged_run = mlflow.get_run(run.info.run_id).data
GridSearchCV(pipeline, {"kerasmlpclassifier__epochs": [1, 2]}, cv=2).fit(X[:200], y[:200])
below = [
    one.data.params["kerasmlpclassifier__epochs"]
    for one in mlflow.search_runs(output_format="list")
    if "mlflow.parentRunId" in one.data.tags
]
found = {
    "params": logged_run.params,
    "metrics": logged_run.metrics,
    "losses": [m.value for m in mlflow.MlflowClient().get_metric_history(run.info.run_id, "loss")],
    "loss_curve": pipeline[-1].loss_curve_,
    "training_score": pipeline.score(X_train, y_train),
    "below": sorted(below),
}
with open("found.json", "w") as file:
    json.dump(found, file)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mlflow")
    (code,) = re.findall(r"^```python\n(.*?)^```", PAGE.read_text("utf-8"), re.M | re.S)
    (folder / "script.py").write_text(code + AFTERWARDS, encoding="utf-8")
    environment = os.environ | {
        "MLFLOW_TRACKING_URI": "sqlite:///mlflow.db",
        "PYTHONPATH": str(PAGE.parents[1]),
    }
    result = subprocess.run(
        [sys.executable, "script.py"], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr
    return folder


@pytest.fixture(scope="module")
def found(folder):
    return json.loads((folder / "found.json").read_text())


def test_autologging_logs_the_networks_parameters_with_the_pipelines(found):
    assert found["params"]["kerasmlpclassifier__widths"] == "(32,)"
    assert found["params"]["minmaxscaler__clip"] == "False"


def test_autologging_logs_how_well_the_pipeline_learned(found):
    assert found["metrics"]["training_accuracy_score"] == found["training_score"] > 0.9


def test_the_loss_of_each_epoch_is_logged(found):
    assert found["losses"] == found["loss_curve"]


def test_each_candidate_of_a_search_is_a_run_below_its_own(found):
    assert found["below"] == ["1", "2"]


def test_nothing_is_pickled(folder):
    names = [path.name for path in folder.rglob("*") if path.is_file()]
    assert "model.skops" in names
    assert not [name for name in names if name.endswith((".pkl", ".pickle", ".joblib"))]

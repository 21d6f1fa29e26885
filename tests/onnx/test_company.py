"""Estimators that hold a classifier convert as those of scikit-learn's own classifiers."""

import numpy as np
import pandas as pd
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_transformer
from sklearn.ensemble import BaggingClassifier, StackingClassifier, VotingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, StandardScaler

from sk_mnist_mlp import KerasMLPClassifier
from tests.onnx.models import assert_same_predictions, outputs, rows, session, skl2onnx

X = rows("float32")
Y = {
    "two": (X[:, 0] > 0).astype(int),
    "three": np.array(["a", "b", "c"])[(X[:, 0] > 0).astype(int) + (X[:, 1] > 0)],
}
"""Targets of so many classes."""


def network():
    return KerasMLPClassifier((4,), epochs=5, batch_size=16, random_state=0)


def linear():
    # The default solver of scikit-learn 1.6 passes SciPy what newer versions warn of.
    return LogisticRegression(solver="newton-cg")


def beside_a_linear_model(kind, **settings):
    return kind([("network", network()), ("linear", linear())], **settings)


HOLDERS = {
    "scaler": lambda: make_pipeline(StandardScaler(), network()),
    "scaler and imputer": lambda: make_pipeline(SimpleImputer(), MinMaxScaler(), network()),
    "search": lambda: GridSearchCV(make_pipeline(StandardScaler(), network()), {}, cv=2),
    "calibration": lambda: CalibratedClassifierCV(network(), cv=2),
    "scaler before calibration": lambda: make_pipeline(
        StandardScaler(), CalibratedClassifierCV(network(), cv=2)
    ),
    "soft vote": lambda: beside_a_linear_model(
        VotingClassifier, voting="soft", flatten_transform=False
    ),
    "stack": lambda: beside_a_linear_model(StackingClassifier, final_estimator=linear(), cv=2),
    "top of a stack": lambda: StackingClassifier(
        [("linear", linear())], final_estimator=network(), cv=2
    ),
    "bagging": lambda: BaggingClassifier(network(), n_estimators=2, random_state=0),
    "one against the rest": lambda: OneVsRestClassifier(network()),
}


@pytest.mark.parametrize("classes", Y)
@pytest.mark.parametrize("holder", HOLDERS)
def test_what_holds_a_classifier_predicts_the_same(holder, classes):
    fitted = HOLDERS[holder]().fit(X, Y[classes])
    assert_same_predictions(fitted, X, 1e-5)


def test_a_hard_vote_counts_it():
    vote = beside_a_linear_model(VotingClassifier, voting="hard", flatten_transform=False)
    vote.fit(X, Y["three"])
    model = skl2onnx.to_onnx(vote, X[:1], options={"zipmap": False})
    np.testing.assert_array_equal(outputs(model, X)[0], vote.predict(X))


def test_a_pipeline_in_float64_computes_in_float64():
    pipeline = make_pipeline(StandardScaler(), network()).fit(X, Y["three"])
    assert_same_predictions(pipeline, rows("float64"), 1e-9)


def test_columns_of_a_frame_are_inputs_by_name():
    frame = pd.DataFrame(
        {
            "age": X[:, 0],
            "income": np.where(X[:, 1] < -1.5, np.nan, X[:, 1]),
            "plan": np.array(["basic", "pro", "team"], dtype=object)[np.arange(60) % 3],
        }
    )
    columns = make_column_transformer(
        (make_pipeline(SimpleImputer(), StandardScaler()), ["age", "income"]),
        (OneHotEncoder(handle_unknown="ignore", sparse_output=False), ["plan"]),
    )
    pipeline = make_pipeline(columns, network()).fit(frame, Y["three"])
    model = skl2onnx.to_onnx(pipeline, frame[:1], options={"zipmap": False})
    inputs = {name: frame[[name]].to_numpy() for name in frame}
    label, probabilities = session(model).run(None, inputs)
    np.testing.assert_array_equal(label, pipeline.predict(frame))
    np.testing.assert_allclose(probabilities, pipeline.predict_proba(frame), rtol=0, atol=1e-5)


def test_options_of_a_step_are_given_by_its_name():
    pipeline = make_pipeline(StandardScaler(), network()).fit(X, Y["three"])
    options = {"kerasmlpclassifier": {"zipmap": False, "raw_scores": True}}
    _, scores = outputs(skl2onnx.to_onnx(pipeline, X[:1], options=options), X)
    np.testing.assert_allclose(scores, pipeline.decision_function(X), rtol=0, atol=1e-5)

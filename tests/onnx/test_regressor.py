"""Quantities, as skl2onnx' own regressors have them."""

import numpy as np
import pytest
from sklearn.ensemble import BaggingRegressor, StackingRegressor, VotingRegressor
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_mnist_mlp import KerasMLPRegressor
from sk_mnist_mlp.data.quantities import Quantities
from sk_mnist_mlp.network.quantity_heads import QUANTITY_HEADS
from tests.onnx.models import drawn, fitted_by_hand, outputs, rows, session, skl2onnx

TOLERANCES = {"float32": 1e-5, "float64": 1e-12}
X = rows("float32")
Y = 50.0 + 10.0 * X[:, 0].astype(float)


def regressor(head, n_outputs, dtype):
    mean, scale = np.linspace(-9.0, 7.0, n_outputs), np.linspace(2.0, 3.0, n_outputs)
    if QUANTITY_HEADS[head].is_positive:
        mean = np.zeros(n_outputs)
    targets = Quantities(head, dtype, n_outputs == 1, mean, scale)
    return fitted_by_hand(
        targets, drawn, dtype, n_features=5, widths=(6,), activation="tanh", batch_norm="after"
    )


@pytest.mark.parametrize("dtype", TOLERANCES)
@pytest.mark.parametrize("n_outputs", [1, 3])
@pytest.mark.parametrize("head", QUANTITY_HEADS)
def test_predictions_are_those_of_the_regressor_in_columns(head, n_outputs, dtype):
    estimator, inputs = regressor(head, n_outputs, dtype), rows(dtype)
    model = skl2onnx.to_onnx(estimator, inputs[:1])
    (described,) = session(model).get_outputs()
    number = {"float32": "float", "float64": "double"}[dtype]
    assert (described.type, described.shape) == (f"tensor({number})", [None, n_outputs])
    (predicted,) = outputs(model, inputs)
    expected = estimator.predict(inputs).reshape(-1, n_outputs)
    tolerance = TOLERANCES[dtype]
    np.testing.assert_allclose(predicted, expected, rtol=tolerance, atol=10 * tolerance)


def test_a_regressor_that_is_not_fitted_is_refused_as_such():
    with pytest.raises(NotFittedError, match=r"is not fitted yet\. Call 'fit'"):
        skl2onnx.to_onnx(KerasMLPRegressor(), X)


def network():
    return KerasMLPRegressor((4,), epochs=5, batch_size=16, random_state=0)


HOLDERS = {
    "scaler": lambda: make_pipeline(StandardScaler(), network()),
    "vote": lambda: VotingRegressor([("network", network()), ("linear", LinearRegression())]),
    "stack": lambda: StackingRegressor(
        [("network", network()), ("linear", LinearRegression())],
        final_estimator=LinearRegression(),
        cv=2,
    ),
    "bagging": lambda: BaggingRegressor(network(), n_estimators=2, random_state=0),
}


@pytest.mark.parametrize("holder", HOLDERS)
def test_what_holds_a_regressor_predicts_the_same(holder):
    fitted = HOLDERS[holder]().fit(X, Y)
    (predicted,) = outputs(skl2onnx.to_onnx(fitted, X[:1]), X)
    np.testing.assert_allclose(predicted[:, 0], fitted.predict(X), rtol=1e-5)

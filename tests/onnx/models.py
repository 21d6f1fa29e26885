"""Estimators with weights by hand, and what onnxruntime makes of them."""

import numpy as np
import pytest

from sk_mnist_mlp import KerasMLPClassifier, KerasMLPRegressor
from sk_mnist_mlp.data.labels import Labels
from sk_mnist_mlp.fitting.start import Start
from sk_mnist_mlp.network.spec import NetworkSpec
from sk_mnist_mlp.network.weights import Weights
from sk_mnist_mlp.onnx import register

skl2onnx = pytest.importorskip("skl2onnx", reason="skl2onnx is not installed")
onnxruntime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
register()

LABELS = {
    "sigmoid": Labels(np.array(["no", "yes"])),
    "softmax": Labels(np.array([-5, 5, 15, 25])),
    "sigmoids": Labels(np.arange(3), indicator="int64"),
}
"""Of each kind of output."""

TOLERANCES = {"float32": 1e-5, "float64": 1e-9}


def fitted_by_hand(targets, tensors, dtype="float64", **architecture):
    """A fitted classifier, or regressor, of these weights."""
    spec = NetworkSpec(n_outputs=targets.n_outputs, head=targets.head, **architecture)
    weights = Weights.of({name: np.asarray(array, dtype) for name, array in tensors(spec).items()})
    fitted = KerasMLPClassifier() if isinstance(targets, Labels) else KerasMLPRegressor()
    fitted._start = Start(spec, (None,) * len(weights.kernels), dtype, seed=0)
    fitted._targets = targets
    vars(fitted).update(targets.attributes)
    fitted.n_features_in_ = spec.n_features
    fitted.n_outputs_ = spec.n_outputs
    fitted.coefs_ = list(weights.kernels)
    fitted.intercepts_ = list(weights.biases)
    fitted.batch_norms_ = list(weights.batch_norms)
    return fitted


def drawn(spec):
    """Kernels from a normal distribution, the rest beside 0 and 1."""
    rng = np.random.default_rng(0)
    tensors = {name: rng.normal(size=shape) for name, shape in spec.tensor_shapes.items()}
    for name, array in tensors.items():
        if name.endswith(("gamma", "variance")):
            tensors[name] = np.exp(array)
        elif not name.startswith("kernels"):
            tensors[name] = 0.1 * array
    return tensors


def drawn_classifier(head, **architecture):
    """A classifier of five features and drawn weights, by default with one hidden layer."""
    settings = {"n_features": 5, "widths": (6,), "activation": "tanh"}
    return fitted_by_hand(LABELS[head], drawn, **{**settings, **architecture})


def rows(dtype="float64"):
    """Sixty rows of five numbers."""
    return np.random.default_rng(1).normal(size=(60, 5)).astype(dtype)


def converted(estimator, X, **options):
    """The estimator in ONNX for such inputs, without dicts of probabilities."""
    return skl2onnx.to_onnx(estimator, X[:1], options={"zipmap": False, **options})


def session(model):
    """A session of onnxruntime."""
    return onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )


def outputs(model, X):
    """All that onnxruntime gives for X, in the order of the outputs."""
    running = session(model)
    return running.run(None, {running.get_inputs()[0].name: X})


def assert_same_predictions(estimator, X, tolerance, **options):
    """Fail unless the converted estimator predicts the same labels, and as probable."""
    label, probabilities = outputs(converted(estimator, X, **options), X)
    np.testing.assert_array_equal(label, estimator.predict(X))
    np.testing.assert_allclose(probabilities, estimator.predict_proba(X), rtol=0, atol=tolerance)

"""The exported model in each of Keras' formats, read back by the runtime that the format is for."""

import keras
import numpy as np
import pytest

from sk_mnist_mlp.backends.choice import backend_name
from tests.small_fits import Y_REAL, X, Y, small, small_regressor

# Of the exporters and runtimes themselves.
pytestmark = pytest.mark.filterwarnings("ignore")

ROWS = X.astype("float32")
TARGETS = {"softmax": Y, "one sigmoid": Y % 2, "several sigmoids": np.eye(3, dtype=int)[Y]}


def through_saved_model(model, folder):
    tensorflow = pytest.importorskip("tensorflow")
    model.export(folder / "model", format="tf_saved_model", verbose=False)
    loaded = tensorflow.saved_model.load(folder / "model")
    return loaded.serve(ROWS).numpy()


def through_onnx(model, folder):
    exporter = {"tensorflow": "tf2onnx", "jax": "jax2onnx"}[backend_name()]
    pytest.importorskip(exporter)
    runtime = pytest.importorskip("onnxruntime")
    model.export(folder / "model.onnx", format="onnx", verbose=False)
    session = runtime.InferenceSession(folder / "model.onnx")
    (probabilities,) = session.run(None, {session.get_inputs()[0].name: ROWS})
    return probabilities


def through_litert(model, folder):
    runtime = pytest.importorskip("ai_edge_litert.interpreter")
    model.export(folder / "model.tflite", format="litert", verbose=False)
    interpreter = runtime.Interpreter(str(folder / "model.tflite"))
    (given,), (found,) = interpreter.get_input_details(), interpreter.get_output_details()
    interpreter.resize_tensor_input(given["index"], ROWS.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(given["index"], ROWS)
    interpreter.invoke()
    return interpreter.get_tensor(found["index"])


def through_openvino(model, folder):
    runtime = pytest.importorskip("openvino")
    model.export(str(folder / "model.xml"), format="openvino", verbose=False)
    # Some CPUs would round to bfloat16 on the way.
    precision = {"INFERENCE_PRECISION_HINT": "f32"}
    return runtime.compile_model(folder / "model.xml", "CPU", precision)(ROWS)[0]


def through_keras(ending):
    def through(model, folder):
        model.save(folder / f"model{ending}")
        loaded = keras.saving.load_model(folder / f"model{ending}")
        return keras.ops.convert_to_numpy(loaded(ROWS))

    return through


FORMATS = {
    "keras": through_keras(".keras"),
    "h5": through_keras(".h5"),
    "tf_saved_model": through_saved_model,
    "onnx": through_onnx,
    "litert": through_litert,
    "openvino": through_openvino,
}
OF_TENSORFLOW = ("litert", "openvino")


def skip_where_keras_does_not_write(name):
    if name in OF_TENSORFLOW and backend_name() != "tensorflow":
        pytest.skip("Keras writes it on TensorFlow")


@pytest.mark.parametrize("kind", TARGETS)
@pytest.mark.parametrize("batch_norm", [False, "after", "before"])
@pytest.mark.parametrize("name", FORMATS)
def test_each_format_gives_the_probabilities(name, batch_norm, kind, tmp_path):
    skip_where_keras_does_not_write(name)
    clf = small(batch_norm=batch_norm, dropout=0.1, dtype="float32").fit(ROWS, TARGETS[kind])
    expected = clf.predict_proba(ROWS)
    if kind == "one sigmoid":
        expected = expected[:, 1:]  # of the second class alone
    found = FORMATS[name](clf.to_keras(), tmp_path)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=2e-6)


@pytest.mark.parametrize("name", FORMATS)
def test_each_format_gives_what_a_regressor_predicts(name, tmp_path):
    skip_where_keras_does_not_write(name)
    regressor = small_regressor(batch_norm=True, dtype="float32").fit(ROWS, Y_REAL)
    found = FORMATS[name](regressor.to_keras(), tmp_path)
    np.testing.assert_allclose(found[:, 0], regressor.predict(ROWS), rtol=1e-5)

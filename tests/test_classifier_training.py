"""What `fit` makes of weights, batches, dtypes and seeds; how it fails, exports and reports."""

import keras
import numpy as np
import pytest

from sk_mnist_mlp.backends.loaded import backend
from sk_mnist_mlp.streams import generator
from tests.networks import assert_same_network
from tests.small_fits import NO_STEP, Y_BINARY, X, Y, model_of, small


@pytest.fixture(scope="module")
def multiclass():
    return small().fit(X, Y)


def test_equal_weights_are_as_none(multiclass):
    assert model_of(small().fit(X, Y, sample_weight=0.3)) == model_of(multiclass)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_weights_too_small_for_a_batch_of_their_own_still_train(dtype):
    weights = np.where(np.arange(60) < 50, 1e-60, 1.0)
    clf = small(dtype=dtype, batch_size=4).fit(X, Y, sample_weight=weights)
    assert np.isfinite(clf.loss_curve_).all()


@pytest.mark.parametrize(
    ("n_rows", "weights", "dtype"),
    [
        (50, None, "float32"),
        (49, None, "float64"),
        (50, np.arange(50) > 0, "float64"),
    ],
    ids=["10 million", "fewer", "fewer rows of positive weight"],
)
def test_auto_is_float64_below_10_million_multiply_adds_an_epoch(n_rows, weights, dtype):
    clf = small(widths=(40_000,), epochs=1, batch_size=64)
    clf.fit(X[:n_rows, :4], Y_BINARY[:n_rows], sample_weight=weights)
    assert sum(coef.size for coef in clf.coefs_) == 200_000
    assert {array.dtype.name for array in [*clf.coefs_, *clf.intercepts_]} == {dtype}


def softmax_regression_by_hand(clf, batch_size):
    """Plain gradient descent in the order of the package's own stream."""
    seed = np.random.RandomState(clf.random_state).randint(2**31 - 1)
    kernel, bias = clf.initial_weights().kernels[0], np.zeros(3)
    losses = []
    for epoch in range(clf.epochs):
        order = generator(seed, "order of rows", epoch).permutation(60)
        losses.append(0)
        for rows in np.split(order, range(batch_size, 60, batch_size)):
            logits = X[rows] @ kernel + bias
            proba = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
            losses[-1] -= np.log(proba[np.arange(len(rows)), Y[rows]]).sum() / 60
            error = (proba - np.eye(3)[Y[rows]]) / len(rows)
            kernel, bias = kernel - 0.5 * X[rows].T @ error, bias - 0.5 * error.sum(axis=0)
    return kernel, bias, losses


@pytest.mark.parametrize("batch_size", [30, 32, 59, 60, 1000])
def test_every_row_of_an_epoch_is_trained_on_the_short_last_batch_too(batch_size):
    clf = small(widths=(), optimizer="sgd", learning_rate=0.5, batch_size=batch_size).fit(X, Y)
    kernel, bias, losses = softmax_regression_by_hand(clf, batch_size)
    np.testing.assert_allclose(clf.coefs_[0], kernel, rtol=1e-10)
    np.testing.assert_allclose(clf.intercepts_[0], bias, rtol=1e-10)
    np.testing.assert_allclose(clf.loss_curve_, losses, rtol=1e-10)
    assert clf.n_steps_ == 3 * -(-60 // batch_size)


@pytest.mark.parametrize("y", [Y, Y_BINARY], ids=["multiclass", "binary"])
def test_initial_weights_are_what_training_started_from(y):
    clf = small(**NO_STEP, batch_norm=True, init_stddev=(0.5, 0.1)).fit(X, y)
    start = clf.initial_weights()
    moved, norm = clf.batch_norms_[0], start.batch_norms[0]
    for drawn, kept in zip(
        [*start.kernels, *start.biases, norm.gamma, norm.beta],
        [*clf.coefs_, *clf.intercepts_, moved.gamma, moved.beta],
        strict=True,
    ):
        np.testing.assert_allclose(drawn, kept, rtol=0, atol=1e-290)


def test_initial_weights_are_those_of_the_last_fit_whatever_is_set_since():
    clf = small().fit(X, Y)
    before = clf.initial_weights()
    clf.set_params(random_state=9, widths=(3, 3), init_stddev=1.0)
    assert_same_network(clf.initial_weights(), before)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"optimizer": "adm"},
            r"^The 'optimizer' parameter .*'adam'.*Got 'adm' instead. Did you mean 'adam'",
        ),
        (
            {"activation": "rleu"},
            r"^The 'activation' parameter of KerasMLPClassifier .* Did you mean 'relu'",
        ),
    ],
)
def test_a_misspelt_name_is_answered_with_the_nearest(changes, message):
    with pytest.raises(ValueError, match=message):
        small(**changes).fit(X, Y)


def divergence_of(clf, X):
    with pytest.raises(ValueError) as caught:
        clf.fit(X, Y)
    return str(caught.value)


def test_a_rate_that_diverges_is_told_with_its_remedy():
    assert divergence_of(small(learning_rate=1e200, optimizer="sgd"), X) == (
        "The loss became NaN or infinite in epoch 1, with learning rate 1e+200. "
        "Lower learning_rate."
    )


def test_large_inputs_that_diverge_are_told_with_their_range_and_remedy():
    large = X * 1e200
    assert divergence_of(small(optimizer="sgd"), large) == (
        "The loss became NaN or infinite in epoch 1, with learning rate 0.01. The inputs are "
        f"large: they range from {large.min():g} to {large.max():g}. Scale the inputs, for "
        "instance with StandardScaler, or lower learning_rate."
    )


def test_the_epoch_in_which_the_loss_diverged_is_named():
    # Kernels grow by 1e60 a step, logits by their product: beyond 1e308 in the fourth.
    clf = small(optimizer="sgd", learning_rate=1e60, activation="linear", batch_size=64, epochs=9)
    assert "in epoch 4, with learning rate 1e+60. " in divergence_of(clf, X)


EXPORTED = {
    "multiclass": {},
    "softmax regression": {"widths": ()},
    "batch norm after": {"batch_norm": "after", "widths": (4, 3)},
    "batch norm before": {"batch_norm": "before", "activation": "tanh"},
    "dropout": {"dropout": 0.5, "batch_norm": True},
    "callable activation": {"activation": keras.ops.sin},
}


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-5), ("float64", 1e-10)])
@pytest.mark.parametrize("changes", EXPORTED.values(), ids=EXPORTED)
def test_the_exported_model_gives_the_same_probabilities(changes, dtype, tolerance):
    clf = small(**changes, dtype=dtype).fit(X, Y)
    with backend.arithmetic_of(dtype):
        exported = keras.ops.convert_to_numpy(clf.to_keras()(X.astype(dtype), training=False))
    if clf.batch_norm and keras.config.backend() == "jax":
        tolerance = 1e-6  # Keras' batch norm computes in float32 there
    np.testing.assert_allclose(exported, clf.predict_proba(X), rtol=tolerance, atol=tolerance)


def test_the_exported_model_of_two_classes_gives_the_second():
    binary = small().fit(X, Y_BINARY)
    with backend.arithmetic_of("float64"):
        exported = keras.ops.convert_to_numpy(binary.to_keras()(X))
    np.testing.assert_allclose(exported[:, 0], binary.predict_proba(X)[:, 1], rtol=1e-10)


def test_a_device_with_too_little_memory_is_told_with_what_to_do(monkeypatch):
    def run(program, state, block, knobs):
        return keras.ops.zeros((2**22, 2**20))  # 16 TiB

    clf = small(warm_start=True).fit(X, Y)
    before = model_of(clf)
    monkeypatch.setattr("sk_mnist_mlp.training.program.Program.run", run)
    message = (
        r"^The device that trains has too little free memory for 5 features, widths=\(4,\) and "
        "batch_size=16. End what else uses it, set a smaller batch_size or smaller widths, or "
        "train on the CPU: set the environment variable CUDA_VISIBLE_DEVICES to -1 before the "
        "first fit.$"
    )
    with pytest.raises(MemoryError, match=message):
        clf.fit(X, Y)
    assert model_of(clf) == before


def test_verbose_prints_a_line_an_epoch_into_a_pipe(capsys):
    clf = small(verbose=1).fit(X, Y, X_val=X[:20], y_val=Y[:20])
    expected = [
        f"epoch {epoch + 1}/3  "
        + "  ".join(f"{name} {values[epoch]:.4f}" for name, values in clf.history_.items())
        for epoch in range(3)
    ]
    assert capsys.readouterr().out.splitlines() == expected


def test_verbose_changes_nothing_in_the_model(multiclass, capsys):
    assert model_of(small(verbose=True).fit(X, Y)) == model_of(multiclass)
    assert len(capsys.readouterr().out.splitlines()) == 3


def test_without_verbose_a_fit_is_silent(capfd):
    small(activation="softsign").fit(X, Y).predict(X)
    assert capfd.readouterr().out == ""

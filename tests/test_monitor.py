from dataclasses import dataclass

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, log_loss

from sk_mnist_mlp.examples import Examples
from sk_mnist_mlp.inference import logits, probabilities
from sk_mnist_mlp.monitor import Monitor, evaluate
from sk_mnist_mlp.network import NetworkSpec, Weights, draw_initial_weights
from sk_mnist_mlp.stopping import EarlyStopping
from sk_mnist_mlp.training.loop import Epoch

SOFTMAX = NetworkSpec(5, (4,), 3, "softmax", "tanh", "after")
SIGMOID = NetworkSpec(5, (4,), 1, "sigmoid")
RNG = np.random.default_rng(0)
INPUTS = RNG.normal(size=(20, 5))
WEIGHTS = RNG.uniform(0.1, 2.0, 20)


def some_weights(network, seed=0):
    rng = np.random.default_rng(seed)
    return draw_initial_weights(network, (1.0, 1.0), rng, np.dtype("float64"))


def examples(network, weights=WEIGHTS):
    classes = np.random.default_rng(1).integers(0, max(2, network.n_outputs), 20)
    targets = classes[:, None] if network.output == "sigmoid" else classes
    return Examples(INPUTS, targets, weights)


@dataclass(frozen=True)
class End:
    """The end of an epoch, as training shows it to its observer."""

    network: Weights

    def weights(self):
        return self.network


EPOCH = Epoch(0, loss=0.5, accuracy=0.25)


def watch(validation=None, report=None, stopping=None, tasks=None, n_epochs=3):
    return Monitor(SOFTMAX, n_epochs, validation, stopping, report, tasks, lambda weights: {})


@pytest.mark.parametrize("weights", [np.ones(20), WEIGHTS], ids=["equal weights", "weights"])
@pytest.mark.parametrize("network", [SOFTMAX, SIGMOID], ids=["softmax", "sigmoid"])
def test_loss_and_accuracy_are_those_of_scikit_learn(network, weights):
    start, given = some_weights(network), examples(network, weights)
    proba = probabilities(network, logits(network, start, INPUTS))
    classes = np.ravel(given.targets)
    measured = evaluate(network, start, given)
    loss, accuracy = measured.loss, measured.accuracy
    assert loss == pytest.approx(log_loss(classes, proba, sample_weight=weights), rel=1e-12)
    expected = accuracy_score(classes, proba.argmax(axis=1), sample_weight=weights)
    assert accuracy == pytest.approx(expected, rel=1e-12)
    assert measured.score == pytest.approx(expected, rel=1e-12)
    assert {type(loss), type(accuracy), type(measured.score)} == {float}


def test_each_epoch_adds_what_the_network_then_scores():
    given = examples(SOFTMAX)
    monitor = watch(given)
    networks = [some_weights(SOFTMAX, seed) for seed in range(3)]
    for number, weights in enumerate(networks):
        monitor.observe(Epoch(number, 0.5, 0.25), End(weights))
    scores = [evaluate(SOFTMAX, weights, given) for weights in networks]
    assert monitor.history == {
        "val_loss": [score.loss for score in scores],
        "val_accuracy": [score.accuracy for score in scores],
    }


def test_all_metrics_are_reported_in_the_order_of_the_history():
    reports = []
    monitor = watch(examples(SOFTMAX), reports.append)
    monitor.observe(EPOCH, End(some_weights(SOFTMAX)))
    (metrics,) = reports
    assert list(metrics) == ["loss", "accuracy", "val_loss", "val_accuracy"]
    assert (metrics["loss"], metrics["accuracy"]) == (0.5, 0.25)
    assert [metrics["val_loss"]] == monitor.history["val_loss"]


def test_without_validation_data_the_weights_are_never_fetched():
    reports = []
    monitor = watch(None, reports.append)
    monitor.observe(EPOCH, None)
    assert monitor.history == {}
    assert reports == [{"loss": 0.5, "accuracy": 0.25}]


def test_observing_alone_stops_nothing():
    monitor = watch(examples(SOFTMAX))
    assert monitor.observe(EPOCH, End(some_weights(SOFTMAX))) is False


@pytest.mark.parametrize(
    ("validation", "report", "watches"),
    [(None, None, False), (examples(SOFTMAX), None, True), (None, print, True)],
    ids=["nothing", "validation", "report"],
)
def test_there_is_something_to_watch_with_validation_data_or_a_report(validation, report, watches):
    assert watch(validation, report).watches is watches


def test_several_labels_score_a_row_only_where_all_are_right():
    network = NetworkSpec(5, (), 2, "sigmoid")
    weights = Weights((np.zeros((5, 2)),), (np.array([1.0, -1.0]),))
    targets = np.array([[1, 0], [1, 1], [0, 1], [1, 0]])
    measured = evaluate(network, weights, Examples(INPUTS[:4], targets, np.ones(4)))
    assert measured.accuracy == pytest.approx(5 / 8)
    assert measured.score == pytest.approx(2 / 4)


def test_early_stopping_stops_the_fit():
    monitor = watch(examples(SOFTMAX), stopping=EarlyStopping(patience=1, tol=0.0))
    end = End(some_weights(SOFTMAX))
    assert monitor.observe(EPOCH, end) is False
    worse = EarlyStopping(patience=1, tol=2.0)
    monitor.stopping = worse
    assert [monitor.observe(EPOCH, end) for _ in range(2)] == [False, True]
    assert worse.best is end


@pytest.mark.parametrize("outputs", [2, 1])
def test_logits_beyond_the_range_count_as_the_largest_numbers(outputs, numpy_errors_ignored):
    network = NetworkSpec(1, (), outputs, "softmax" if outputs == 2 else "sigmoid")
    weights = Weights((np.array([[-1e200, 1e200]])[:, -outputs:],), (np.zeros(outputs),))
    targets = np.array([1, 0]) if outputs == 2 else np.array([[1], [0]])
    measured = evaluate(network, weights, Examples(np.full((2, 1), 1e200), targets, np.ones(2)))
    assert measured.accuracy == measured.score == 0.5
    assert measured.loss > 1e307

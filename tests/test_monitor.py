from dataclasses import dataclass

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, log_loss

from sk_mnist_mlp.inference import logits, probabilities
from sk_mnist_mlp.inputs import Examples
from sk_mnist_mlp.monitor import Monitor, evaluate
from sk_mnist_mlp.network import NetworkSpec, Weights, draw_initial_weights
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


@pytest.mark.parametrize("weights", [np.ones(20), WEIGHTS], ids=["equal weights", "weights"])
@pytest.mark.parametrize("network", [SOFTMAX, SIGMOID], ids=["softmax", "sigmoid"])
def test_loss_and_accuracy_are_those_of_scikit_learn(network, weights):
    start, given = some_weights(network), examples(network, weights)
    proba = probabilities(network, logits(network, start, INPUTS))
    classes = np.ravel(given.targets)
    loss, accuracy = evaluate(network, start, given)
    assert loss == pytest.approx(log_loss(classes, proba, sample_weight=weights), rel=1e-12)
    expected = accuracy_score(classes, proba.argmax(axis=1), sample_weight=weights)
    assert accuracy == pytest.approx(expected, rel=1e-12)
    assert {type(loss), type(accuracy)} == {float}


def test_each_epoch_adds_what_the_network_then_scores():
    given = examples(SOFTMAX)
    monitor = Monitor(SOFTMAX, given, None)
    networks = [some_weights(SOFTMAX, seed) for seed in range(3)]
    for number, weights in enumerate(networks):
        monitor.observe(Epoch(number, 0.5, 0.25), End(weights))
    scores = [evaluate(SOFTMAX, weights, given) for weights in networks]
    assert monitor.history == {
        "val_loss": [loss for loss, _ in scores],
        "val_accuracy": [accuracy for _, accuracy in scores],
    }


def test_all_metrics_are_reported_in_the_order_of_the_history():
    reports = []
    monitor = Monitor(SOFTMAX, examples(SOFTMAX), reports.append)
    monitor.observe(EPOCH, End(some_weights(SOFTMAX)))
    (metrics,) = reports
    assert list(metrics) == ["loss", "accuracy", "val_loss", "val_accuracy"]
    assert (metrics["loss"], metrics["accuracy"]) == (0.5, 0.25)
    assert [metrics["val_loss"]] == monitor.history["val_loss"]


def test_without_validation_data_the_weights_are_never_fetched():
    reports = []
    monitor = Monitor(SOFTMAX, None, reports.append)
    monitor.observe(EPOCH, None)
    assert monitor.history == {}
    assert reports == [{"loss": 0.5, "accuracy": 0.25}]


def test_observing_stops_nothing():
    monitor = Monitor(SOFTMAX, examples(SOFTMAX), None)
    assert monitor.observe(EPOCH, End(some_weights(SOFTMAX))) is False


@pytest.mark.parametrize(
    ("validation", "report", "watches"),
    [(None, None, False), (examples(SOFTMAX), None, True), (None, print, True)],
    ids=["nothing", "validation", "report"],
)
def test_there_is_something_to_watch_with_validation_data_or_a_report(validation, report, watches):
    assert Monitor(SOFTMAX, validation, report).watches is watches

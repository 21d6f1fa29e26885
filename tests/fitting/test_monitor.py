from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, log_loss

from sk_mnist_mlp.data.examples import Examples
from sk_mnist_mlp.data.labels import Labels
from sk_mnist_mlp.fitting.evaluation import evaluate
from sk_mnist_mlp.fitting.monitor import Monitor
from sk_mnist_mlp.fitting.position import Position
from sk_mnist_mlp.fitting.record import Record
from sk_mnist_mlp.fitting.start import Start
from sk_mnist_mlp.fitting.task import Task
from sk_mnist_mlp.network.class_heads import CLASS_HEADS
from sk_mnist_mlp.network.inference import logits
from sk_mnist_mlp.network.initial_weights import draw_initial_weights
from sk_mnist_mlp.network.spec import NetworkSpec
from sk_mnist_mlp.network.weights import Weights
from sk_mnist_mlp.parameters.checked import check_parameters
from sk_mnist_mlp.training.loop import Epoch
from tests.small_fits import small

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
    targets = classes[:, None] if network.head == "sigmoid" else classes
    return Examples(INPUTS, targets, weights)


@dataclass(frozen=True)
class End:
    """The end of an epoch, as training shows it."""

    network: Weights
    n_updates: int = 0

    def weights(self):
        return self.network

    def optimizer_state(self):
        return "the state"


NEW = Record()
EPOCH = Epoch(0, loss=0.5, measure=0.25)
START = Start(SOFTMAX, (None, None), "float64", seed=0)


@dataclass
class Given:
    """A scorer that gives numbers in turn, and keeps what it was asked."""

    numbers: list[float]
    asked: list = field(default_factory=list)

    def score(self, attributes, epoch):
        self.asked.append((attributes, epoch))
        return self.numbers[epoch - 1]


def watch(validation=None, report=None, scorer=None, record=NEW, rate=0.01, **parameters):
    hyper = check_parameters("small", small(**parameters).get_params(deep=False))
    task = Task(
        hyper, 3, 3, START, Labels(np.arange(3)), np.array(list("abcde")), examples(SOFTMAX),
        validation, Position(START.weights(), None, 4, 40), record, False, scorer,
    )  # fmt: skip
    return Monitor(task, report, rate)


@pytest.mark.parametrize("weights", [np.ones(20), WEIGHTS], ids=["equal weights", "weights"])
@pytest.mark.parametrize("network", [SOFTMAX, SIGMOID], ids=["softmax", "sigmoid"])
def test_loss_and_accuracy_are_those_of_scikit_learn(network, weights):
    start, given = some_weights(network), examples(network, weights)
    proba = CLASS_HEADS[network.head].probabilities(logits(network, start, INPUTS))
    classes = np.ravel(given.targets)
    measured = evaluate(network, start, given, {})
    loss, accuracy = measured.loss, measured.metric
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
        monitor.observe([Epoch(number, 0.5, 0.25)], End(weights))
    scores = [evaluate(SOFTMAX, weights, given, {}) for weights in networks]
    history = monitor.outcome(End(networks[0]))[1].history
    assert history["val_loss"] == [score.loss for score in scores]
    assert history["val_accuracy"] == [score.metric for score in scores]


def test_all_metrics_are_reported_in_the_order_of_the_history():
    reports = []
    monitor = watch(examples(SOFTMAX), reports.append)
    monitor.observe([EPOCH], End(some_weights(SOFTMAX)))
    (metrics,) = reports
    assert list(metrics) == ["loss", "accuracy", "val_loss", "val_accuracy"]
    assert (metrics["loss"], metrics["accuracy"]) == (0.5, 0.25)


def test_without_validation_data_the_weights_are_never_fetched():
    reports = []
    monitor = watch(None, reports.append)
    monitor.observe([EPOCH], None)
    assert reports == [{"loss": 0.5, "accuracy": 0.25}]


def test_observing_alone_stops_nothing():
    monitor = watch(examples(SOFTMAX))
    assert monitor.observe([EPOCH], End(some_weights(SOFTMAX))) is False


@pytest.mark.parametrize(
    ("settings", "watches"),
    [
        ({}, False),
        ({"schedule": "cosine"}, False),
        ({"validation": examples(SOFTMAX)}, True),
        ({"report": print}, True),
        ({"schedule": "adaptive"}, True),
    ],
    ids=["nothing", "schedule", "validation", "report", "adaptive"],
)
def test_there_is_something_to_watch_with_validation_data_a_report_or_an_adaptive_rate(
    settings, watches
):
    assert watch(**settings).watches is watches


def test_several_labels_score_a_row_only_where_all_are_right():
    network = NetworkSpec(5, (), 2, "sigmoids")
    weights = Weights((np.zeros((5, 2)),), (np.array([1.0, -1.0]),))
    targets = np.array([[1, 0], [1, 1], [0, 1], [1, 0]])
    measured = evaluate(network, weights, Examples(INPUTS[:4], targets, np.ones(4)), {})
    assert measured.metric == pytest.approx(5 / 8)
    assert measured.score == pytest.approx(2 / 4)


@pytest.mark.parametrize(
    ("scoring", "score"),
    [("loss", lambda measured: -measured.loss), (None, lambda measured: measured.score)],
    ids=["loss", "accuracy"],
)
def test_early_stopping_compares_epochs_by_loss_or_accuracy(scoring, score):
    given = examples(SOFTMAX)
    monitor = watch(given, early_stopping=True, scoring=scoring)
    networks = [some_weights(SOFTMAX, seed) for seed in range(3)]
    for weights in networks:
        monitor.observe([EPOCH], End(weights))
    expected = [score(evaluate(SOFTMAX, weights, given, {})) for weights in networks]
    position, record = monitor.outcome(End(networks[0]))
    assert record.validation_scores == expected
    assert record.best_validation_score == max(expected)
    assert position.weights is networks[expected.index(max(expected))]


def test_a_scorer_is_asked_of_each_epoch_as_a_fit_of_so_many_would_have_left_it():
    scorer = Given([0.5, 0.75, 0.25])
    monitor = watch(examples(SOFTMAX), scorer=scorer, early_stopping=True, scoring="roc_auc")
    networks = [some_weights(SOFTMAX, seed) for seed in range(3)]
    for n_epochs, weights in enumerate(networks, 1):
        monitor.observe([EPOCH], End(weights, n_updates=40 + 5 * n_epochs))
    for n_epochs, (attributes, epoch) in enumerate(scorer.asked, 1):
        assert epoch == attributes["n_iter_"] == len(attributes["history_"]["val_loss"]) == n_epochs
        assert attributes["n_steps_"] == 5 * n_epochs
        assert attributes["coefs_"] == list(networks[n_epochs - 1].kernels)
        assert attributes["_optimizer_state"] is None
        assert "feature_names_in_" not in attributes
    position, record = monitor.outcome(End(networks[0]))
    assert record.validation_scores == [0.5, 0.75, 0.25]
    assert position.weights is networks[1]
    assert position.optimizer_state == "the state"


def test_a_loss_that_is_no_number_is_an_error_that_says_what_to_do():
    monitor = watch(examples(SOFTMAX), early_stopping=True)
    weights = some_weights(SOFTMAX)
    monitor.observe([EPOCH], End(weights))
    spoilt = replace(weights, kernels=tuple(kernel * np.nan for kernel in weights.kernels))
    message = (
        r"^early_stopping by scoring='loss' failed after epoch 2: the loss on the validation data "
        r"is nan, .* Scale the inputs, for instance with StandardScaler, or, for a "
        "classifier, choose scoring=None"
    )
    with pytest.raises(ValueError, match=message):
        monitor.observe([EPOCH], End(spoilt))


def test_early_stopping_stops_the_fit():
    monitor = watch(examples(SOFTMAX), early_stopping=True, n_iter_no_change=1, tol=2.0)
    first, second = (End(some_weights(SOFTMAX, seed), n_updates=60) for seed in (0, 0))
    assert [monitor.observe([EPOCH], end) for end in (first, second)] == [False, True]
    position, record = monitor.outcome(second)
    assert position.weights is first.network
    assert (position.n_epochs, position.n_updates) == (6, 60)
    assert (record.n_iter, record.n_steps) == (2, 20)
    assert record.validation_scores == [record.best_validation_score] * 2


def test_epochs_that_nobody_watches_are_booked_together():
    monitor = watch()
    assert monitor.observe([Epoch(n, 0.5 / (n + 1), 0.25) for n in range(3)], None) is False
    _, record = monitor.outcome(End(some_weights(SOFTMAX), n_updates=55))
    assert record.history == {"loss": [0.5, 0.25, 0.5 / 3], "accuracy": [0.25] * 3}
    assert (record.n_iter, record.n_steps) == (3, 15)


@pytest.mark.parametrize("outputs", [2, 1])
def test_logits_beyond_the_range_count_as_the_largest_numbers(outputs, numpy_errors_ignored):
    network = NetworkSpec(1, (), outputs, "softmax" if outputs == 2 else "sigmoid")
    weights = Weights((np.array([[-1e200, 1e200]])[:, -outputs:],), (np.zeros(outputs),))
    targets = np.array([1, 0]) if outputs == 2 else np.array([[1], [0]])
    measured = evaluate(network, weights, Examples(np.full((2, 1), 1e200), targets, np.ones(2)), {})
    assert measured.metric == measured.score == 0.5
    assert measured.loss > 1e307

"""Fits that came to nothing are warned of, once and with a remedy; all others are quiet."""

import re
import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.datasets import load_digits, make_classification
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV, permutation_test_score
from sklearn.preprocessing import scale

from sk_mnist_mlp import KerasMLPClassifier
from sk_mnist_mlp.data.labels import LEAST_ONE_HOT_ROWS
from sk_mnist_mlp.network.class_heads import CLASS_HEADS

RNG = np.random.default_rng(0)
DIGITS, Y = load_digits(return_X_y=True)
DIGITS, Y = DIGITS[:512] / 16, Y[:512]
SHUFFLED = RNG.permutation(Y)


def digits_classifier(**changes):
    return KerasMLPClassifier(
        **({"widths": 32, "depth": 3, "epochs": 10, "batch_size": 16, "random_state": 0} | changes)
    )


def warnings_of(fit):
    """The estimator, and what was warned of."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        return fit(), caught


# Loss of the classes' shares


def loss_of_shares(targets, weights=None):
    weights = np.ones(len(targets)) if weights is None else weights
    return CLASS_HEADS["softmax"].loss_of_constant(targets, weights, {})


def test_the_loss_of_shares_is_that_of_the_best_constant_prediction():
    weights = RNG.uniform(0.5, 1, len(Y))
    shares = np.bincount(Y, weights) / weights.sum()
    expected = log_loss(Y, np.tile(shares, (len(Y), 1)), sample_weight=weights)
    assert loss_of_shares(Y, weights) == pytest.approx(expected)


def test_the_loss_of_shares_of_several_labels_is_the_mean_over_them():
    indicator = (RNG.random((200, 3)) < [0.1, 0.5, 1.0]).astype(int)
    expected = np.mean(
        [log_loss(column, np.full(200, column.mean()), labels=[0, 1]) for column in indicator.T]
    )
    assert loss_of_shares(indicator) == pytest.approx(expected)


# Nothing learnt

FAILURES = {
    "inputs of 0 to 255": (255 * DIGITS, {"optimizer": "sgd", "batch_size": 128}),
    "a huge rate": (DIGITS, {"learning_rate": 10.0}),
    "a huge rate with batch norm": (
        DIGITS,
        {"learning_rate": 10.0, "batch_norm": True},
    ),
    "a huge rate with saturated units": (DIGITS, {"learning_rate": 10.0, "activation": "tanh"}),
    "the best of epochs that came to nothing": (
        DIGITS,
        {"learning_rate": 10.0, "early_stopping": True},
    ),
    "a sparse matrix": (
        sparse.csr_array(255 * DIGITS),
        {"optimizer": "sgd", "batch_size": 128},
    ),
}


@pytest.mark.parametrize(("inputs", "changes"), FAILURES.values(), ids=FAILURES)
def test_a_fit_that_learns_nothing_is_warned_of_once(inputs, changes):
    clf, caught = warnings_of(lambda: digits_classifier(**changes).fit(inputs, Y))
    assert [warning.category for warning in caught] == [ConvergenceWarning]
    assert str(caught[0].message) == (
        f"The fit did not converge: its loss ended at {clf.loss_:.4g}, no better than "
        f"{loss_of_shares(Y):.4g}, that of predicting the shares of the classes for every "
        f"row. The inputs range from 0 to {inputs.max():g}. Scale them, for instance with "
        "StandardScaler, lower learning_rate or, if the loss was still falling, raise it or train "
        "for more epochs."
    )


def test_several_labels_of_which_nothing_is_learnt_are_warned_of():
    indicator = np.stack([Y > 2, Y % 2 == 0], axis=1).astype(int)
    with pytest.warns(ConvergenceWarning, match="no better than"):
        digits_classifier(learning_rate=10.0).fit(DIGITS, indicator)


def test_a_warning_made_an_error_leaves_the_estimator_as_it_was():
    clf = digits_classifier(learning_rate=10.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ConvergenceWarning):
            clf.fit(DIGITS, Y)
    assert not hasattr(clf, "coefs_")


SOUND = {
    "few epochs": (DIGITS, Y, {"epochs": 1}),
    "a rate too small to move anything": (DIGITS, Y, {"learning_rate": 1e-12}),
    "inputs of 0 to 16": (16 * DIGITS, Y, {}),
    "inputs of 0 to 255": (255 * DIGITS, Y, {}),
    "shuffled labels": (DIGITS, SHUFFLED, {}),
    "shuffled labels at a high rate": (DIGITS, SHUFFLED, {"learning_rate": 0.03}),
    "shuffled labels at a low rate": (DIGITS, SHUFFLED, {"learning_rate": 1e-5}),
    "shuffled labels with masks and decay": (
        DIGITS,
        SHUFFLED,
        {"dropout": 0.5, "input_dropout": 0.3, "label_smoothing": 0.3, "weight_decay": 10.0},
    ),
    "shuffled labels with batch norm": (DIGITS, SHUFFLED, {"batch_norm": True}),
    "shuffled labels, stopped early": (DIGITS, SHUFFLED, {"early_stopping": True}),
    "rare labels of noise": (RNG.normal(size=(2000, 4)), RNG.random(2000) < 0.03, {}),
    "inputs that are all the same": (np.ones_like(DIGITS), Y, {}),
    "rows that are mostly the same": (DIGITS * (RNG.random((512, 1)) < 0.05), Y, {}),
    "one class of weight": (DIGITS, Y > 4, {"class_weight": {False: 0, True: 1}}),
}


@pytest.mark.parametrize(("inputs", "labels", "changes"), SOUND.values(), ids=SOUND)
def test_a_sound_fit_is_quiet(inputs, labels, changes):
    _, caught = warnings_of(lambda: digits_classifier(**changes).fit(inputs, labels))
    assert [str(warning.message) for warning in caught] == []


def test_partial_fit_is_quiet():
    clf = digits_classifier(learning_rate=10.0)
    for _ in range(2):
        clf.partial_fit(DIGITS, Y, classes=np.arange(10))


def test_searches_and_permutations_are_quiet():
    grid = {"learning_rate": [1e-4, 1e-3, 1e-2]}
    GridSearchCV(digits_classifier(), grid, cv=2).fit(DIGITS, Y)
    permutation_test_score(digits_classifier(), DIGITS, Y, cv=2, n_permutations=3, random_state=0)


# Early stopping that keeps an epoch of one class


ROWS, NUMBERS = make_classification(
    600, 20, n_classes=3, n_informative=5, weights=[0.8, 0.15], random_state=0
)
ROWS, NAMES = scale(ROWS), np.array(["most", "some", "few"])[NUMBERS]


def imbalanced(n_val=200, names=NAMES, **changes):
    """Fit on classes of 80, 15 and 5%, from weights so small that the shares are learnt first."""
    settings = {"init_stddev": (1e-3, 1e-3), "n_iter_no_change": 3, "scoring": None}
    clf = KerasMLPClassifier((16,), early_stopping=True, random_state=0, **(settings | changes))
    return clf.fit(ROWS[200:], names[200:], X_val=ROWS[:n_val], y_val=names[:n_val])


def test_early_stopping_that_keeps_an_epoch_of_one_class_is_warned_of_once():
    clf, caught = warnings_of(imbalanced)
    assert [warning.category for warning in caught] == [UserWarning]
    kept = int(np.argmax(clf.validation_scores_))
    loss = clf.history_["val_loss"][kept]
    assert re.fullmatch(
        rf"early_stopping kept epoch {kept + 1} of {clf.n_iter_}, which predicts 'most' for all "
        r"200 rows of the validation data, \d+ of which are of other classes: its loss there is "
        rf"{loss:.4g}, and that of the classes' shares 0\.\d+\. Set scoring='loss', "
        r"class_weight='balanced', another learning_rate or a larger n_iter_no_change\.",
        str(caught[0].message),
    )


def test_where_the_loss_decided_another_score_is_proposed():
    noise = RNG.permutation(NAMES)
    with pytest.warns(UserWarning, match=r"for all 200 rows .* Set scoring='balanced_accuracy', "):
        imbalanced(names=noise, scoring="loss", learning_rate=0.01)


PATIENT = {
    "that learns": {"init_stddev": None, "learning_rate": 0.01},
    "whose last epoch is the best": {"epochs": 1},
    "by few rows": {"n_val": 49},
}


@pytest.mark.parametrize("changes", PATIENT.values(), ids=PATIENT)
def test_early_stopping_is_quiet(changes):
    _, caught = warnings_of(lambda: imbalanced(**changes))
    assert caught == []


# One-hot targets

ONE_HOT = np.eye(10, dtype=int)[Y]
ONE_HOT_MESSAGE = (
    "y is an indicator matrix with exactly one label in each of its 512 rows: it is taken for "
    "several labels, each of which a row may have or not, and predictions may have none or many. "
    "If each row is of one class, fit with y.argmax(axis=1)."
)
FORMS = {
    "integers": ONE_HOT,
    "booleans": ONE_HOT.astype(bool),
    "floats": ONE_HOT.astype(float),
    "lists": ONE_HOT.tolist(),
    "sparse": sparse.csr_array(ONE_HOT),
    "frame": pd.DataFrame(ONE_HOT),
    "two columns": np.stack([Y > 4, Y <= 4], axis=1).astype(int),
}


@pytest.mark.parametrize("targets", FORMS.values(), ids=FORMS)
def test_one_hot_targets_are_warned_of_once(targets):
    _, caught = warnings_of(lambda: digits_classifier(epochs=2).fit(DIGITS, targets))
    assert [(w.category, str(w.message)) for w in caught] == [(UserWarning, ONE_HOT_MESSAGE)]


def test_one_hot_targets_are_warned_of_in_the_first_call_of_partial_fit_alone():
    clf = digits_classifier()
    with pytest.warns(UserWarning, match=f"^{re.escape(ONE_HOT_MESSAGE)}$"):
        clf.partial_fit(DIGITS, ONE_HOT, classes=np.arange(10))
    clf.partial_fit(DIGITS, ONE_HOT)


def with_labels(indicator, row, labels):
    changed = indicator.copy()
    changed[row] = labels
    return changed


SEVERAL = {
    "a row of two labels": with_labels(ONE_HOT, 0, [1, 1] + 8 * [0]),
    "a row of no label": with_labels(ONE_HOT, -1, 0),
    "single labels": Y,
}


@pytest.mark.parametrize("targets", SEVERAL.values(), ids=SEVERAL)
def test_other_targets_are_quiet(targets):
    digits_classifier(epochs=2).fit(DIGITS, targets)


def test_few_rows_may_have_one_label_each():
    few = LEAST_ONE_HOT_ROWS - 1
    digits_classifier(epochs=2).fit(DIGITS[:few], ONE_HOT[:few])

"""Early stopping asks a scorer of scikit-learn's, and says what is wrong with it."""

from functools import partial

import numpy as np
import pytest
from scipy import sparse
from sklearn.metrics import accuracy_score, get_scorer, log_loss, make_scorer

from sk_mnist_mlp.data.examples import Examples
from sk_mnist_mlp.data.labels import Labels
from sk_mnist_mlp.fitting.evaluation import Evaluation
from sk_mnist_mlp.fitting.fitted import fitted_attributes, fitted_of
from sk_mnist_mlp.fitting.scoring import score_of_evaluation, validation_scorer
from sk_mnist_mlp.parameters.checked import check_parameters
from tests.small_fits import X, Y, small

NAMES = np.array(["low", "mid", "top"])
LABELS = Labels(NAMES)
FITTED = small().fit(X, NAMES[Y])
WEIGHTS = np.linspace(0.1, 1.0, 60)


def scorer_of(scoring, weights=None, y=NAMES[Y], inputs=X, index=None, **changes):
    estimator = small(**{"early_stopping": True, "scoring": scoring} | changes)
    hyper = check_parameters("KerasMLPClassifier", estimator.get_params(deep=False))
    weights = np.ones(len(y)) if weights is None else weights
    return validation_scorer(estimator, hyper, Examples(inputs, None, weights, index, y=y))


def score(scoring, *args, epoch=1, **kwargs):
    return scorer_of(scoring, *args, **kwargs).score(fitted_attributes(fitted_of(FITTED)), epoch)


def predicted_share(estimator, X, y, sample_weight=None):
    return np.average(estimator.predict(X) == y, weights=sample_weight)


def log_loss_of_columns(y, proba, sample_weight=None):
    return log_loss(y, proba, sample_weight=sample_weight, labels=NAMES)


SCORERS = {
    "a name": "f1_macro",
    "a name of one of probabilities": "neg_log_loss",
    "a made one": make_scorer(accuracy_score),
    "a made one of probabilities": make_scorer(
        log_loss_of_columns, response_method="predict_proba", greater_is_better=False
    ),
    "a function": predicted_share,
    "a partial function": partial(predicted_share),
}


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["alike", "weights"])
@pytest.mark.parametrize("scoring", SCORERS.values(), ids=SCORERS)
def test_the_score_is_what_the_scorer_gives_for_the_users_labels(scoring, weights):
    arguments = {} if weights is None else {"sample_weight": weights}
    expected = get_scorer(scoring)(FITTED, X, NAMES[Y], **arguments)
    assert score(scoring, weights) == pytest.approx(expected, rel=1e-12)


def test_loss_and_accuracy_need_no_scorer_nor_does_a_fit_without_stopping():
    assert scorer_of("loss") is None
    assert scorer_of(None) is None
    assert scorer_of("roc_auc_ovr", early_stopping=False) is None


def test_the_estimator_is_a_copy_that_changes_nothing():
    seen = []

    def remembers(estimator, X, y):
        seen.append(estimator)
        return 0.5

    scorer = scorer_of(remembers)
    for _ in range(2):
        scorer.score(fitted_attributes(fitted_of(FITTED)), 1)
    one, other = seen
    assert one is not other
    assert not hasattr(scorer.estimator, "coefs_")
    np.testing.assert_array_equal(one.predict_proba(X), FITTED.predict_proba(X))


@pytest.mark.parametrize("make", [np.asarray, sparse.csr_matrix, sparse.csr_array])
def test_rows_are_those_to_validate_on_in_their_own_form(make):
    def checks(estimator, inputs, y):
        assert type(inputs) is type(make(X))
        np.testing.assert_array_equal(sparse.csr_matrix(inputs).toarray(), X[::2])
        np.testing.assert_array_equal(y, NAMES[Y[::2]])
        return 0.5

    index = np.arange(0, 60, 2)
    assert score(checks, y=NAMES[Y[::2]], inputs=make(X), index=index) == 0.5


def test_all_rows_are_not_copied():
    assert scorer_of("f1_macro").X is X


@pytest.mark.parametrize("dtype", ["bool", "int64", "float32"])
def test_an_indicator_matrix_has_its_own_dtype(dtype):
    indicator = np.eye(3, dtype=dtype)[Y]
    y = scorer_of("f1_macro", y=indicator).y
    assert y.dtype == dtype
    np.testing.assert_array_equal(y, indicator)


NUMBERS = {
    "float": 0.25,
    "int": 1,
    "negative": -3.5,
    "float32": np.float32(0.25),
    "array of no dimension": np.array(0.25),
    "array of one number": np.array([0.25]),
}


@pytest.mark.parametrize("number", NUMBERS.values(), ids=NUMBERS)
def test_any_finite_number_is_a_score(number):
    given = score(lambda *_: number)
    assert type(given) is float
    assert given == number


NO_NUMBERS = {
    "NaN": (float("nan"), "nan"),
    "infinity": (-float("inf"), "-inf"),
    "nothing": (None, "None"),
    "a text": ("0.5", "'0.5'"),
    "a bool": (True, "True"),
    "several": (np.array([0.25, 0.5]), r"array\(\[0.25, 0.5 \]\)"),
    "complex": (1j, "1j"),
    "a dict": ({"accuracy": 0.5}, r"\{'accuracy': 0.5\}"),
}


@pytest.mark.parametrize(("given", "shown"), NO_NUMBERS.values(), ids=NO_NUMBERS)
def test_anything_else_is_an_error_that_names_scorer_epoch_and_remedy(given, shown):
    def strange(estimator, X, y):
        return given

    message = (
        rf"^early_stopping by scoring=strange failed after epoch 3: the scorer gave {shown}, and "
        r"not a finite number\. Mend it, or choose another: scoring='loss' is defined for every "
        r"y\.$"
    )
    with pytest.raises(ValueError, match=message):
        score(strange, epoch=3)


def fails(estimator, X, y):
    raise ZeroDivisionError("no luck.")


def needs_what_is_not_there(estimator, X, y):
    return estimator.score_samples(X)


FAILURES = {
    "raises": (fails, "fails", "ZeroDivisionError: no luck"),
    "needs a method that is not there": (
        needs_what_is_not_there,
        "needs_what_is_not_there",
        "AttributeError: 'KerasMLPClassifier' object has no attribute 'score_samples'",
    ),
    "not for such labels": ("roc_auc", "'roc_auc'", "ValueError: multi_class must be in .*"),
    "not for texts": ("r2", "'r2'", "ValueError: .*"),
    "made": (
        make_scorer(accuracy_score, response_method="predict_proba"),
        r"make_scorer\(accuracy_score, response_method='predict_proba'\)",
        "ValueError: Classification metrics can't handle .*",
    ),
}


@pytest.mark.parametrize(("scoring", "name", "cause"), FAILURES.values(), ids=FAILURES)
def test_a_scorer_that_fails_is_an_error_with_its_cause(scoring, name, cause):
    message = (
        rf"(?s)^early_stopping by scoring={name} failed after epoch 1: the scorer raised {cause}\. "
        r"Mend it, or choose another: scoring='loss' is defined for every y\.$"
    )
    with pytest.raises(ValueError, match=message) as caught:
        score(scoring)
    assert type(caught.value.__cause__).__name__ == cause.split(":")[0]


def share_of_right(y, predicted):
    return np.mean(y == predicted)


def unweighted(estimator, X, y):
    return estimator.score(X, y)


WEIGHTLESS = {
    "a function": (unweighted, "unweighted", TypeError),
    "a made one": (make_scorer(share_of_right), r"make_scorer\(share_of_right, .*\)", TypeError),
    "one against one": ("roc_auc_ovo", "'roc_auc_ovo'", ValueError),
}


@pytest.mark.parametrize(("scoring", "name", "cause"), WEIGHTLESS.values(), ids=WEIGHTLESS)
def test_a_scorer_without_weights_is_refused_where_the_rows_have_some(scoring, name, cause):
    assert np.isfinite(score(scoring, np.full(60, 0.5)))
    message = (
        rf"^early_stopping by scoring={name} failed after epoch 1: the scorer raised "
        rf"{cause.__name__}: .*sample_weight.*\. It is given the weights of the rows, of "
        r"sample_weight or class_weight, as sample_weight: let it take them, or choose another "
        r"that does, such as scoring='loss'\.$"
    )
    with pytest.raises(ValueError, match=message) as caught:
        score(scoring, WEIGHTS)
    assert isinstance(caught.value.__cause__, cause)


def test_a_metric_in_the_place_of_a_scorer_is_refused():
    with pytest.raises(ValueError, match=r"metric function rather than a scorer.*make_scorer"):
        scorer_of(accuracy_score)


def test_without_a_scorer_the_score_is_minus_the_loss_or_that_of_the_estimator():
    measured = Evaluation(loss=0.25, metric=0.5, score=0.75)
    assert score_of_evaluation(measured, "loss", epoch=1) == -0.25
    assert score_of_evaluation(measured, None, epoch=1) == 0.75


@pytest.mark.parametrize("loss", [float("nan"), float("inf")])
def test_a_loss_beyond_numbers_is_no_score(loss):
    message = rf"scoring='loss' failed after epoch 7: the loss on the validation data is {loss}, .*"
    with pytest.raises(ValueError, match=message + "Scale the inputs.* choose scoring=None"):
        score_of_evaluation(Evaluation(loss, 0.5, 0.75), "loss", epoch=7)


def test_a_score_that_is_not_a_number_is_none():
    message = "scoring=None failed after epoch 7: the score on the validation data is nan, .*Scale"
    with pytest.raises(ValueError, match=message):
        score_of_evaluation(Evaluation(0.25, 0.5, float("nan")), None, epoch=7)

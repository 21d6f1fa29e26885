"""What scikit-learn's own tests hold of `MLPClassifier`, under this estimator's names.

`docs/scikit_learn_mlp_tests.md` says which test answers which.
"""

import pickle

import joblib
import keras
import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from sklearn.datasets import load_digits, make_multilabel_classification
from sklearn.metrics import accuracy_score, log_loss, roc_auc_score
from sklearn.utils.class_weight import compute_sample_weight

from sk_mnist_mlp import KerasMLPClassifier
from tests.networks import arrays_of, assert_same_network
from tests.small_fits import X, small, state_of

RNG = np.random.default_rng(0)
Y = {
    "binary": np.arange(60) % 2,
    "multiclass": np.arange(60) % 3,
    "multilabel": RNG.integers(0, 2, (60, 3)),
}
y = Y["multiclass"]
CLASSES = np.arange(3)


def digits(n_classes):
    images, labels = load_digits(n_class=n_classes, return_X_y=True)
    return images[:200] / 16, labels[:200]


def learner(**settings):
    """An estimator that learns some digits by heart."""
    defaults = {"widths": (16,), "optimizer": "sgd", "learning_rate": 0.2, "batch_size": 32}
    return KerasMLPClassifier(**(defaults | {"epochs": 40, "random_state": 0} | settings))


# One step


def test_a_step_of_sgd_is_the_one_worked_out_by_hand():
    estimator = small(
        activation="sigmoid", optimizer="sgd", learning_rate=0.1, epochs=1, batch_size=60
    ).fit(X, Y["binary"])
    start = estimator.initial_weights()
    (kernel, output_kernel), (bias, output_bias) = start.kernels, start.biases
    hidden = 1 / (1 + np.exp(-(X @ kernel + bias)))
    probability = 1 / (1 + np.exp(-(hidden @ output_kernel + output_bias)))
    output_delta = (probability - Y["binary"][:, None]) / 60
    delta = output_delta @ output_kernel.T * hidden * (1 - hidden)
    np.testing.assert_allclose(estimator.coefs_[0], kernel - 0.1 * X.T @ delta)
    np.testing.assert_allclose(estimator.coefs_[1], output_kernel - 0.1 * hidden.T @ output_delta)
    np.testing.assert_allclose(estimator.intercepts_[0], bias - 0.1 * delta.sum(axis=0))
    np.testing.assert_allclose(estimator.intercepts_[1], output_bias - 0.1 * output_delta.sum())


@pytest.mark.parametrize("target", ["binary", "multiclass"])
@pytest.mark.parametrize("activation", ["linear", "sigmoid", "tanh", "relu"])
def test_the_gradient_is_the_numerical_one(activation, target):
    estimator = small(
        activation=activation, optimizer="sgd", learning_rate=1.0, epochs=1, batch_size=60
    ).fit(X, Y[target])
    start = estimator.initial_weights()
    before = [array.copy() for array in (*start.kernels, *start.biases)]
    gradients = [a - b for a, b in zip(before, arrays_of(estimator), strict=True)]
    estimator.coefs_, estimator.intercepts_ = before[:2], before[2:]
    step = 1e-5
    for array, gradient in zip(before, gradients, strict=True):
        numerical = np.empty_like(array)
        for place in np.ndindex(array.shape):
            value = array[place]
            losses = []
            for array[place] in (value - step, value + step):
                losses.append(log_loss(Y[target], estimator.predict_proba(X)))
            array[place] = value
            numerical[place] = (losses[1] - losses[0]) / (2 * step)
        np.testing.assert_allclose(numerical, gradient, atol=1e-8)


def test_a_larger_weight_decay_gives_smaller_weights():
    sums = []
    for decay in (0.0, 1.0, 10.0):
        optimizer = keras.optimizers.AdamW(0.01, weight_decay=decay)
        estimator = small(optimizer=optimizer, epochs=10).fit(X, y)
        sums.append([np.abs(kernel).sum() for kernel in estimator.coefs_])
    assert (np.diff(sums, axis=0) < 0).all()


# partial_fit


@pytest.mark.parametrize("target", Y)
@pytest.mark.parametrize("settings", [{}, {"batch_norm": True, "dropout": 0.2}], ids=["", "norm"])
def test_epochs_of_partial_fit_are_those_of_fit_bitwise(target, settings):
    whole = small(**settings, epochs=4).fit(X, Y[target])
    by_epoch = small(**settings)
    for _ in range(4):
        by_epoch.partial_fit(X, Y[target], classes=whole.classes_)
    assert_same_network(whole, by_epoch)
    assert by_epoch.history_ == whole.history_
    assert by_epoch.n_iter_ == 4


@pytest.mark.parametrize("n_classes", [2, 3])
def test_partial_fit_learns(n_classes):
    images, labels = digits(n_classes)
    estimator = learner()
    for _ in range(40):
        estimator.partial_fit(images, labels, classes=np.arange(n_classes))
    assert estimator.score(images, labels) > 0.95


def test_partial_fit_needs_classes_in_the_first_call():
    with pytest.raises(ValueError, match=r"classes must be passed on the first call to partial_"):
        small().partial_fit(X, y)


def test_partial_fit_refuses_other_classes_in_a_later_call():
    estimator = small().partial_fit(X, y, classes=CLASSES)
    with pytest.raises(ValueError, match=r"`classes=\[1, 2\]` is not the same as on last call"):
        estimator.partial_fit(X, y, classes=[1, 2])


def test_partial_fit_refuses_labels_outside_classes():
    message = r"y contains labels that are none of the classes: \[0\]. The classes are \[1, 2\]"
    with pytest.raises(ValueError, match=message):
        small().partial_fit(X, y, classes=[1, 2])


def test_partial_fit_refuses_labels_outside_classes_in_a_later_call():
    estimator = small().partial_fit(X, y, classes=CLASSES)
    with pytest.raises(ValueError, match=r"none of the classes: \[3\]. The classes are \[0, 1, 2"):
        estimator.partial_fit(X, y + 1)


def test_partial_fit_refuses_classes_that_are_not_the_columns():
    message = r"classes must be the numbers of y's columns .*: \[0, 1, 2\]. Got \[0, 1\] instead"
    with pytest.raises(ValueError, match=message):
        small().partial_fit(X, Y["multilabel"], classes=[0, 1])


def test_a_class_absent_from_the_first_batch_may_come_later():
    letters = np.array(["a", "b", "c"])[y]
    first = letters != "c"
    estimator = small().partial_fit(X[first], letters[first], classes=["a", "b", "c"])
    estimator.partial_fit(X[~first], letters[~first])
    assert estimator.classes_.tolist() == ["a", "b", "c"]
    assert estimator.predict_proba(X).shape == (60, 3)


@pytest.mark.parametrize("keep", ["pickle", "joblib"])
def test_a_pickled_estimator_goes_on_as_if_it_were_not(keep, tmp_path):
    whole = small(optimizer="adam").partial_fit(X, y, classes=CLASSES)
    if keep == "pickle":
        loaded = pickle.loads(pickle.dumps(whole))
    else:
        joblib.dump(whole, tmp_path / "estimator.joblib")
        loaded = joblib.load(tmp_path / "estimator.joblib")
    assert_same_network(loaded.partial_fit(X, y), whole.partial_fit(X, y))


def test_partial_fit_takes_no_notice_of_early_stopping():
    estimator = small(early_stopping=True).partial_fit(X, y, classes=CLASSES)
    assert_same_network(estimator, small().partial_fit(X, y, classes=CLASSES))
    assert estimator.validation_scores_ is None


def test_partial_fit_goes_on_after_an_early_stopped_fit():
    estimator = small(early_stopping=True).fit(X, y)
    n_epochs = estimator.n_iter_
    assert estimator.partial_fit(X, y).n_iter_ == n_epochs + 1


def test_partial_fit_takes_classes_before_weights():
    estimator = small().partial_fit(X, y, CLASSES, np.ones(60))
    assert_same_network(estimator, small().partial_fit(X, y, classes=CLASSES))


# Predictions


@pytest.mark.parametrize(("target", "columns"), [("binary", 2), ("multiclass", 3)])
def test_probabilities_of_classes_sum_to_one_and_decide(target, columns):
    estimator = small().fit(X, Y[target])
    probabilities = estimator.predict_proba(X)
    assert probabilities.shape == (60, columns)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    np.testing.assert_array_equal(
        estimator.classes_[probabilities.argmax(axis=1)], estimator.predict(X)
    )


@pytest.mark.parametrize("target", Y)
def test_log_probabilities_are_the_logarithms(target):
    estimator = small().fit(X, Y[target])
    np.testing.assert_allclose(estimator.predict_log_proba(X), np.log(estimator.predict_proba(X)))


def test_probabilities_of_two_digits_rank_them():
    images, labels = digits(2)
    estimator = learner().fit(images, labels)
    assert roc_auc_score(labels, estimator.predict_proba(images)[:, 1]) == 1.0


def test_probabilities_of_several_labels_are_independent():
    estimator = small().fit(X, Y["multilabel"])
    probabilities = estimator.predict_proba(X)
    assert probabilities.shape == (60, 3)
    np.testing.assert_array_equal(probabilities > 0.5, estimator.predict(X))
    assert not np.allclose(probabilities.sum(axis=1), 1)


@pytest.mark.parametrize("by_epoch", [False, True], ids=["fit", "partial_fit"])
def test_several_labels_are_learned(by_epoch):
    rows, labels = make_multilabel_classification(n_samples=50, random_state=0)
    rows = rows / rows.max()
    estimator = learner(optimizer="adam", learning_rate=0.05, epochs=80, batch_size=64)
    if by_epoch:
        for _ in range(80):
            estimator.partial_fit(rows, labels, classes=np.arange(5))
    else:
        estimator.fit(rows, labels)
    assert estimator.score(rows, labels) > 0.97
    assert estimator.predict(rows).dtype == labels.dtype


@pytest.mark.parametrize("container", [scipy.sparse.csr_matrix, scipy.sparse.csr_array])
def test_sparse_rows_give_bitwise_what_dense_ones_give(container):
    rows = np.where(X > 0, X, 0.0)
    dense, sparse = small().fit(rows, y), small().fit(container(rows), y)
    assert_same_network(dense, sparse)
    np.testing.assert_array_equal(dense.predict_proba(rows), dense.predict_proba(container(rows)))


# Numbers of epochs, and what is shown of them


def test_without_early_stopping_all_epochs_are_trained():
    estimator = small(tol=1e9, n_iter_no_change=1, epochs=5).fit(X, y)
    assert estimator.n_iter_ == 5
    assert estimator.validation_scores_ is None
    assert estimator.best_validation_score_ is None


def test_verbose_prints_each_epoch(capsys):
    small(verbose=1).fit(X, y).partial_fit(X, y)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("  ")[0] for line in lines] == [f"epoch {i}/3" for i in (1, 2, 3)] + [
        "epoch 1/1"
    ]


# Early stopping


def test_early_stopping_stops():
    estimator = small(early_stopping=True, tol=0.2, n_iter_no_change=5, epochs=300).fit(X, y)
    assert estimator.n_iter_ < 300
    assert estimator.n_iter_ == len(estimator.loss_curve_) == len(estimator.validation_scores_)
    assert max(estimator.validation_scores_[-5:]) < estimator.best_validation_score_ + 0.2


def test_the_weights_are_those_of_the_best_validation_score():
    images, labels = digits(3)
    stopping = {"early_stopping": True, "scoring": None, "n_iter_no_change": 8}
    estimator = learner(learning_rate=0.05, epochs=8, **stopping)
    estimator.fit(images[:150], labels[:150], X_val=images[150:], y_val=labels[150:])
    assert max(estimator.validation_scores_) == estimator.best_validation_score_
    score = estimator.score(images[150:], labels[150:])
    np.testing.assert_allclose(score, estimator.best_validation_score_)


@pytest.mark.parametrize("patience", [1, 2, 5, 10])
def test_early_stopping_stops_after_so_many_epochs_without_improvement(patience):
    no_epoch_is_that_much_better = 1e9
    estimator = small(
        early_stopping=True, tol=no_epoch_is_that_much_better, n_iter_no_change=patience, epochs=30
    )
    assert estimator.fit(X, y).n_iter_ == 1 + patience


def test_infinite_patience_never_stops():
    estimator = small(early_stopping=True, tol=1e9, n_iter_no_change=np.inf, epochs=30)
    assert estimator.fit(X, y).n_iter_ == 30


@pytest.fixture
def held_out(monkeypatch):
    """Parts of the last hold-out: how many rows of each class."""
    from sk_mnist_mlp.data import labels

    counts = []

    def hold_out(*arguments):
        parts = original(*arguments)
        counts[:] = [np.bincount(part.targets).tolist() for part in parts]
        return parts

    original = labels.hold_out_every_class
    monkeypatch.setattr(labels, "hold_out_every_class", hold_out)
    return counts


def test_validation_rows_are_held_out_with_each_class_in_its_proportion(held_out):
    small(early_stopping=True, validation_fraction=0.2).fit(X, np.repeat([0, 1, 2], (10, 20, 30)))
    assert held_out == [[8, 16, 24], [2, 4, 6]]


def test_rows_that_class_weights_leave_out_are_not_held_out(held_out):
    estimator = small(early_stopping=True, validation_fraction=0.2, class_weight={0: 0})
    estimator.fit(X, np.repeat([0, 1, 2], (40, 10, 10)))
    assert held_out == [[0, 8, 8], [0, 2, 2]]


def test_a_class_too_rare_to_hold_out_is_an_error():
    labels = ["common", "common", "common", "rare"]
    message = (
        "early_stopping cannot hold out validation_fraction=0.1 of 4 rows, with every class in "
        r"its proportion: The least populated class.*\. Give X_val and y_val, or change"
    )
    with pytest.raises(ValueError, match=message) as caught:
        small(early_stopping=True).fit([[1, 2], [2, 3], [3, 4], [4, 5]], labels)
    if "Classes with too few members" in str(caught.value):  # which scikit-learn 1.6 does not say
        assert "['rare']" in str(caught.value)


def test_several_labels_are_held_out_without_proportions():
    labels = np.zeros((60, 3), int)
    labels[0] = 1  # this row is the only one of its kind
    labels[1:, 0] = np.arange(59) % 2
    with pytest.warns(UserWarning, match=r"holds out no row of the classes \[1, 2\]"):
        fitted = small(early_stopping=True).fit(X, labels)
    assert len(fitted.validation_scores_) == 3


@pytest.mark.parametrize("labels", [[0, 1, 2], [0, 0, 1]], ids=["three classes", "two classes"])
@pytest.mark.parametrize("class_weight", [None, "balanced"])
def test_a_rare_class_is_trained_on_and_validated(labels, class_weight):
    rows, labels = RNG.normal(size=(100, 6)), np.repeat(labels, [50, 48, 2])
    settings = {"early_stopping": True, "validation_fraction": 0.9, "class_weight": class_weight}
    history = small(**settings).fit(rows, labels).history_
    assert np.isfinite(history["val_loss"]).all()
    assert min(history["val_loss"]) > 0.1


def test_too_small_a_validation_set_is_refused():
    message = r"The validation set is too small: validation_fraction=0.1 of 5 rows. Increase"
    with pytest.raises(ValueError, match=message):
        small(early_stopping=True).fit(X[:5], Y["multilabel"][:5])


def test_labels_may_be_strings_with_early_stopping():
    letters = np.array(["class_a", "class_b", "class_c"], dtype=object)[y]
    estimator = small(early_stopping=True).fit(X, letters)
    by_number = small(early_stopping=True).fit(X, y)
    assert_same_network(estimator, by_number)
    assert estimator.validation_scores_ == by_number.validation_scores_


def test_feature_names_are_kept_with_early_stopping():
    frame = pd.DataFrame(X, columns=list("abcde"))
    estimator = small(early_stopping=True).fit(frame, pd.Series(y, name="label"))
    assert estimator.feature_names_in_.tolist() == list("abcde")


def test_unit_weights_are_no_weights_with_early_stopping():
    weighed = small(early_stopping=True).fit(X, y, sample_weight=np.ones(60))
    assert_same_network(weighed, small(early_stopping=True).fit(X, y))


# Warm starts


def warm(**settings):
    return small(warm_start=True, **settings).fit(X, y)


def test_a_warm_start_goes_on_where_the_fit_ended():
    assert_same_network(warm().fit(X, y), small(epochs=6).fit(X, y))


def test_without_a_warm_start_a_fit_begins_anew():
    once, twice = small().fit(X, y), small().fit(X, y).fit(X, y)
    assert_same_network(once, twice)


def test_a_warm_start_takes_other_labels_of_the_same_classes():
    estimator = warm()
    before = estimator.coefs_[0]
    estimator.fit(X, np.repeat([0, 1, 2], (16, 16, 28)))
    assert len(estimator.loss_curve_) == 2 * 3
    assert (estimator.coefs_[0] != before).any()


@pytest.mark.parametrize("labels", [[0, 1], [0, 1, 3], [0, 1, 2, 3], [1, 2, 3]])
def test_a_warm_start_with_other_classes_is_refused(labels):
    given = np.resize(labels, 60)
    with pytest.raises(ValueError) as caught:
        warm().fit(X, given)
    assert str(caught.value) == (
        "warm_start can only be used where `y` has the same classes as in the previous call to "
        f"fit. Previously got [0 1 2], `y` has {np.unique(given)}"
    )


def test_a_warm_start_trains_all_epochs_again_and_counts_them_anew():
    estimator = warm()
    assert estimator.n_iter_ == 3
    assert estimator.set_params(epochs=5).fit(X, y).n_iter_ == 5
    assert len(estimator.loss_curve_) == 3 + 5


def test_a_warm_start_trains_at_the_rate_that_is_set_now():
    settings = {"optimizer": "sgd", "batch_size": 60, "epochs": 1, "learning_rate": 0.1}
    start, slow, fast = (warm(**settings) for _ in range(3))
    slow.fit(X, y)
    fast.set_params(learning_rate=0.2).fit(X, y)
    for before, one, two in zip(*map(arrays_of, (start, slow, fast)), strict=True):
        np.testing.assert_allclose(two - before, 2 * (one - before), atol=1e-12)


def test_a_warm_start_drops_as_many_units_as_is_set_now():
    estimator = warm(optimizer="sgd", dropout=0.1)
    before = arrays_of(estimator)
    nearly_all = 1 - 1e-9
    estimator.set_params(dropout=nearly_all).fit(X, y)
    np.testing.assert_array_equal(estimator.coefs_[0], before[0])
    assert (estimator.intercepts_[1] != before[3]).all()


def test_a_schedule_goes_on_under_a_warm_start():
    def schedule():
        return keras.optimizers.SGD(keras.optimizers.schedules.InverseTimeDecay(0.5, 1, 1.0))

    whole = small(optimizer=schedule(), epochs=6).fit(X, y)
    assert_same_network(warm(optimizer=schedule()).fit(X, y), whole)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"widths": (5,)}, r"widths from \(4,\) to \(5,\)"),
        ({"activation": "tanh"}, r"activation from \('relu',\) to \('tanh',\)"),
        ({"batch_norm": True}, "batch_norm from None to 'after'"),
        ({"dtype": "float32"}, "dtype from 'float64' to 'float32'"),
    ],
    ids=lambda value: "" if isinstance(value, str) else next(iter(value)),
)
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_a_changed_architecture_is_named(method, change, named):
    estimator = warm()
    before = arrays_of(estimator)
    estimator.set_params(**change)
    with pytest.raises(ValueError, match=f"architecture was changed: {named}. Set it back"):
        getattr(estimator, method)(X, y)
    for ours, theirs in zip(before, arrays_of(estimator), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_validation_scores_grow_with_each_warm_start():
    estimator = warm(early_stopping=True)
    first = estimator.validation_scores_
    estimator.set_params(epochs=5).fit(X, y)
    assert estimator.validation_scores_[:3] == first
    assert len(estimator.validation_scores_) > 3


def test_the_best_validation_score_is_the_best_of_the_last_fit():
    estimator = warm(early_stopping=True)
    estimator.fit(X, y)
    assert estimator.best_validation_score_ == max(estimator.validation_scores_[3:])


# dtypes


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_weights_have_the_dtype_that_is_set(dtype):
    estimator = small(dtype=dtype, batch_norm=True).fit(X, y)
    assert {array.dtype.name for array in arrays_of(estimator)} == {dtype}
    assert estimator.predict_proba(X).dtype == estimator.decision_function(X).dtype == dtype


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_dtype_of_the_rows_changes_nothing(dtype):
    rows = X.astype("float32")
    single = small(dtype=dtype).fit(rows, y)
    assert_same_network(single, small(dtype=dtype).fit(rows.astype("float64"), y))


def test_float32_and_float64_agree_within_the_precision_of_float32():
    single, double = (small(dtype=dtype).fit(X, y) for dtype in ("float32", "float64"))
    np.testing.assert_allclose(single.predict_proba(X), double.predict_proba(X), rtol=1e-3)


# Weights


@pytest.mark.parametrize("batch_norm", [False, True], ids=["plain", "norm"])
def test_integer_weights_are_repeated_rows(batch_norm):
    counts = RNG.integers(1, 3, 60)
    settings = {"dtype": "float64", "batch_size": 128, "batch_norm": batch_norm}
    weighed = small(**settings).fit(X, y, sample_weight=counts)
    repeated = small(**settings).fit(np.repeat(X, counts, axis=0), np.repeat(y, counts))
    assert_same_network(weighed, repeated, tolerance=1e-7)


@pytest.mark.parametrize("batch_norm", [False, True], ids=["plain", "norm"])
def test_integer_class_weights_are_repeated_rows(batch_norm):
    settings = {"dtype": "float64", "batch_size": 128, "batch_norm": batch_norm}
    weighed = small(**settings, class_weight={0: 2, 1: 1, 2: 2}).fit(X, y)
    counts = np.array([2, 1, 2])[y]
    repeated = small(**settings).fit(np.repeat(X, counts, axis=0), np.repeat(y, counts))
    assert_same_network(weighed, repeated, tolerance=1e-7)


def test_a_row_of_weight_zero_is_left_out():
    given = np.where(np.arange(60) % 4, 1.5, 0.0)
    kept = given > 0
    weighed = small(batch_norm=True).fit(X, y, sample_weight=given)
    left_out = small(batch_norm=True).fit(X[kept], y[kept], sample_weight=given[kept])
    assert state_of(weighed) == state_of(left_out)


def test_a_class_all_of_whose_rows_weigh_zero_is_no_class():
    weighed = small().fit(X, y, sample_weight=(y != 1) * 1.0)
    assert weighed.classes_.tolist() == [0, 2]
    assert state_of(weighed) == state_of(small().fit(X[y != 1], y[y != 1]))


@pytest.mark.parametrize("scale", [1e-200, 1 / 3, 1e300])
def test_the_scale_of_weights_changes_nothing(scale):
    given = RNG.uniform(0.5, 2, 60)
    one, other = (small().fit(X, y, sample_weight=given * s) for s in (1, scale))
    assert_same_network(one, other, tolerance=1e-10)


@pytest.mark.parametrize("scale", [1e-200, 1 / 3, 1e30])
def test_the_scale_of_class_weights_changes_nothing(scale):
    one, other = (small(class_weight={0: s, 1: 2 * s, 2: 3 * s}).fit(X, y) for s in (1, scale))
    assert_same_network(one, other, tolerance=1e-10)


LIGHT = {
    "class weight": (None, {0: 1e-50}),
    "beyond the range of float64": (np.where(y == 0, 1e-20, 1), {0: 5e-324}),
    "their product": (np.where(y == 0, 1e-25, 1), {0: 1e-25}),
    "their product beside a huge one": (np.where(y == 0, 1, 1e-20), {0: 1e-60, 1: 1, 2: 1}),
}


@pytest.mark.parametrize(("of_rows", "of_classes"), LIGHT.values(), ids=LIGHT)
def test_rows_that_class_weights_make_too_light_to_count_are_left_out(of_rows, of_classes):
    settings = {"dtype": "float32", "batch_size": 1}
    light = small(**settings, class_weight=of_classes).fit(X, y, sample_weight=of_rows)
    assert light.classes_.tolist() == [0, 1, 2]
    assert_same_network(light, small(**settings, class_weight={0: 0}).fit(X, y))


def test_a_class_all_of_whose_rows_are_too_light_to_count_is_no_class():
    light = small().fit(X, y, sample_weight=np.where(y == 0, 1e-50, 1))
    assert light.classes_.tolist() == [1, 2]
    assert_same_network(light, small().fit(X, y, sample_weight=y > 0))


@pytest.mark.parametrize("class_weight", ["balanced", {0: 1, 1: 2, 2: 3}], ids=["balanced", "dict"])
def test_class_weights_are_weights_of_their_rows(class_weight):
    labels = np.repeat([0, 1, 2], (10, 20, 30))
    as_rows = compute_sample_weight(class_weight, labels)
    one = small(class_weight=class_weight).fit(X, labels)
    assert_same_network(one, small().fit(X, labels, sample_weight=as_rows), tolerance=1e-10)


@pytest.mark.parametrize(
    "class_weight", ["balanced", [{0: 1, 1: 2}, {1: 3}, {0: 0.5}]], ids=["balanced", "dicts"]
)
def test_class_weights_of_several_labels_are_weights_of_their_rows(class_weight):
    labels = Y["multilabel"]
    as_rows = compute_sample_weight(
        class_weight if class_weight == "balanced" else [{0: 1, 1: 1} | w for w in class_weight],
        labels,
    )
    one = small(class_weight=class_weight).fit(X, labels)
    assert_same_network(one, small().fit(X, labels, sample_weight=as_rows), tolerance=1e-10)


def test_class_weights_of_several_labels_may_be_an_array():
    given = [{0: 1, 1: 2}, {1: 3}, {0: 0.5}]
    one, other = (
        small(class_weight=weights).partial_fit(X, Y["multilabel"], classes=CLASSES)
        for weights in (given, np.array(given))
    )
    assert_same_network(one, other)


def test_class_weights_by_texts_of_digits_are_those_of_the_numbers():
    digits, given = y.astype(str), {0: 1, 1: 2, 2: 3}
    by_text = small(class_weight={str(key): weight for key, weight in given.items()})
    assert_same_network(by_text.fit(X, digits), small(class_weight=given).fit(X, y))


def test_balanced_classes_share_the_weight_of_all_rows():
    labels, given = np.repeat([0, 1, 2], (10, 20, 30)), RNG.uniform(0.5, 2, 60)
    of_class = np.bincount(labels, given)
    as_rows = given * (given.sum() / (3 * of_class))[labels]
    one = small(class_weight="balanced").fit(X, labels, sample_weight=given)
    assert_same_network(one, small().fit(X, labels, sample_weight=as_rows), tolerance=1e-10)


def test_class_weights_that_leave_no_row_are_refused():
    message = "class_weight gives every row of X a weight of zero: give the classes of at least one"
    with pytest.raises(ValueError, match=message):
        small(class_weight={0: 0, 1: 0, 2: 0}).fit(X, y)


def test_class_weights_that_leave_no_row_to_validate_are_refused():
    with pytest.raises(ValueError, match="class_weight gives every row of X_val a weight of zero"):
        small(class_weight={0: 0}).fit(X, y, X_val=X[y == 0], y_val=y[y == 0])


@pytest.mark.parametrize("class_weight", ["balanced", {0: 1, 1: 2, 2: 3}], ids=["balanced", "dict"])
def test_class_weights_reach_the_validation_score(class_weight):
    labels = np.repeat([0, 1, 2], (10, 20, 30))
    stopping = {"early_stopping": True, "scoring": None}
    estimator = small(class_weight=class_weight, epochs=1, **stopping)
    estimator.fit(X, labels, X_val=X[::2], y_val=labels[::2])
    as_rows = compute_sample_weight(class_weight, labels)[::2]
    expected = accuracy_score(labels[::2], estimator.predict(X[::2]), sample_weight=as_rows)
    np.testing.assert_allclose(estimator.validation_scores_, [expected])


def test_balanced_class_weights_need_all_rows():
    message = r"class_weight 'balanced' is not supported for partial_fit, which does not see all"
    for labels in (y, Y["multilabel"]):
        with pytest.raises(ValueError, match=message):
            small(class_weight="balanced").partial_fit(X, labels, classes=CLASSES)

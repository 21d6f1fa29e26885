"""Examples are parted without copying their inputs, and a hold-out has every class."""

import numpy as np
import pytest

from sk_mnist_mlp.data.examples import Examples
from sk_mnist_mlp.data.hold_out import hold_out, hold_out_every_class

TARGETS = np.repeat([0, 1, 2], [60, 30, 10])
INPUTS = np.arange(200.0).reshape(100, 2)
EXAMPLES = Examples(INPUTS, TARGETS, np.linspace(1, 2, 100))


def rng():
    return np.random.default_rng(0)


def test_taken_rows_stay_together():
    taken = EXAMPLES.take(np.arange(50, 70)).take(np.array([3, 1]))
    assert taken.inputs is INPUTS
    np.testing.assert_array_equal(taken.index, [53, 51])
    np.testing.assert_array_equal(taken.targets, TARGETS[[53, 51]])
    np.testing.assert_array_equal(taken.weights, EXAMPLES.weights[[53, 51]])


def test_examples_weighed_anew_are_those_that_count_beside_a_largest_of_one():
    weights = np.where(np.arange(100) < 50, 4e200, np.where(np.arange(100) < 80, 1e200, 1e-200))
    weighed = EXAMPLES.weighed(weights)
    np.testing.assert_array_equal(weighed.index, np.arange(80))
    np.testing.assert_array_equal(weighed.weights, np.repeat([1, 0.25], [50, 30]))


@pytest.mark.parametrize("rows", [None, np.arange(99, -1, -3)], ids=["all", "taken"])
def test_blocks_are_all_rows_in_order(rows, monkeypatch):
    monkeypatch.setattr("sk_mnist_mlp.data.examples.EVALUATED_TOGETHER", 7)
    examples = EXAMPLES if rows is None else EXAMPLES.take(rows)
    inputs = np.concatenate([block for block, _ in examples.blocks()])
    np.testing.assert_array_equal(inputs, INPUTS if rows is None else INPUTS[rows])


def test_a_hold_out_has_every_class_in_its_proportion():
    training, validation = hold_out_every_class(EXAMPLES, 0.2, TARGETS, rng())
    np.testing.assert_array_equal(np.bincount(validation.targets), [12, 6, 2])
    both = np.concatenate([training.index, validation.index])
    assert sorted(both) == list(range(100))


def test_both_parts_of_a_hold_out_have_weights_beside_a_largest_of_one():
    parts = hold_out_every_class(EXAMPLES, 0.2, TARGETS, rng())
    for part in parts:
        weights = EXAMPLES.weights[part.index]
        np.testing.assert_array_equal(part.weights, weights / weights.max())


def test_a_hold_out_depends_on_its_generator_alone():
    first, second = (hold_out_every_class(EXAMPLES, 0.2, TARGETS, rng())[1].index for _ in range(2))
    np.testing.assert_array_equal(first, second)


RARE = np.repeat([0, 1, 2], [50, 48, 2])
RARE_TARGETS = {
    "several classes": (RARE, RARE),
    "two classes": ((RARE == 2)[:, None].astype("int8"), RARE == 2),
    "several labels": (np.eye(3, dtype="int8")[RARE], None),
    "labels that most rows have": (1 - np.eye(3, dtype="int8")[RARE], None),
}


@pytest.mark.parametrize(("targets", "labels"), RARE_TARGETS.values(), ids=RARE_TARGETS)
def test_every_class_keeps_a_row_to_train_on(targets, labels):
    for seed in range(20):
        examples = Examples(INPUTS, targets, np.ones(100))
        parts = hold_out_every_class(examples, 0.9, labels, np.random.default_rng(seed))
        for column in parts[0].targets.reshape(parts[0].n_rows, -1).T:
            assert len(set(column)) == (3 if targets.ndim == 1 else 2)
        assert sorted(np.concatenate([part.index for part in parts])) == list(range(100))


def test_a_class_too_rare_to_be_held_out_is_warned_of():
    examples = Examples(INPUTS, RARE, np.ones(100))
    message = (
        r"^early_stopping holds out no row of the classes \['rare'\], so that its score tells "
        "nothing of them: validation_fraction=0.1 of 100 rows is too few. Increase "
        "validation_fraction, or give X_val and y_val.$"
    )
    with pytest.warns(UserWarning, match=message):
        hold_out_every_class(examples, 0.1, np.array(["ant", "bee", "rare"])[RARE], rng())


def test_a_label_too_rare_to_be_held_out_is_warned_of_by_its_column():
    examples = Examples(INPUTS, np.eye(4, dtype=int)[RARE][:, [3, 0, 2]], np.ones(100))
    with pytest.warns(UserWarning, match=r"no row of the classes \[2\]"):
        training, _ = hold_out_every_class(examples, 0.02, None, rng())
    assert training.targets[:, 2].sum() == 2


def test_a_class_too_rare_to_hold_out_is_refused():
    rare = EXAMPLES.take(np.arange(91))
    with pytest.raises(ValueError, match=r"cannot hold out validation_fraction=0.1 of 91 rows"):
        hold_out_every_class(rare, 0.1, rare.targets, rng())


def test_a_single_row_cannot_validate():
    with pytest.raises(ValueError, match=r"The validation set is too small: .*Increase"):
        hold_out_every_class(EXAMPLES, 0.01, None, rng())


def test_numbers_are_held_out_without_regard_to_their_values():
    examples = Examples(INPUTS, np.arange(100.0)[:, None], np.ones(100))
    training, validation = hold_out(examples, 0.2, rng())
    assert (training.n_rows, validation.n_rows) == (80, 20)
    assert sorted(np.concatenate([training.index, validation.index])) == list(range(100))
    np.testing.assert_array_equal(validation.targets[:, 0], validation.index)


def test_variances_are_those_of_each_output_by_the_weights_of_the_rows():
    targets = np.random.default_rng(0).normal(size=(100, 2)) + 1e6
    weights = np.repeat([0.25, 1.0], 50)
    expected = np.cov(targets.T, aweights=weights, ddof=0).diagonal()
    np.testing.assert_allclose(Examples(INPUTS, targets, weights).variances, expected)

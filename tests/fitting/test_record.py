"""The book has an entry of every curve for each epoch, over any fits that go on."""

from sk_mnist_mlp.fitting.record import Record

TRAINED = {"loss": 0.5, "accuracy": 0.25}
MEASURED = TRAINED | {"val_loss": 0.75, "val_accuracy": 0.125}


def test_a_first_fit_has_the_curves_of_its_epochs():
    record = Record().followed_by([MEASURED, MEASURED], [0.25, 0.5], n_steps=6)
    assert record.history == {name: [value] * 2 for name, value in MEASURED.items()}
    assert (record.n_iter, record.n_steps) == (2, 6)
    assert record.validation_scores == [0.25, 0.5]
    assert record.best_validation_score == 0.5


def test_epochs_that_were_not_measured_are_none():
    record = Record().followed_by([TRAINED], None, 3).followed_by([MEASURED], [0.25], 3)
    assert record.history["val_loss"] == [None, 0.75]
    assert record.validation_scores == [None, 0.25]
    later = record.followed_by([TRAINED], None, 3)
    assert later.history["val_loss"] == [None, 0.75, None]
    assert later.validation_scores == [None, 0.25, None]
    assert later.best_validation_score is None


def test_without_early_stopping_there_are_no_scores():
    assert Record().followed_by([MEASURED], None, 3).validation_scores is None


def test_a_record_is_not_changed_by_what_follows():
    record = Record().followed_by([TRAINED], [0.5], 3)
    record.followed_by([TRAINED], [0.25], 3)
    assert record == Record({"loss": [0.5], "accuracy": [0.25]}, 1, 3, [0.5], 0.5)


def test_a_new_fit_counts_its_own_epochs():
    record = Record().followed_by([TRAINED], None, 3).for_a_new_fit()
    assert (record.n_iter, record.n_steps) == (0, 0)
    assert record.history["loss"] == [0.5]


def test_each_epoch_that_it_counts_was_judged_by_the_best_that_it_has():
    record = Record().followed_by([TRAINED], None, 3)
    assert record.judgements == [("loss", -0.5)]
    assert record.for_a_new_fit().judgements == []
    going_on = record.for_a_new_fit().followed_by([MEASURED, MEASURED], [0.25, 0.125], 3)
    assert going_on.judgements == [("score", 0.25), ("score", 0.125)]
    assert going_on.followed_by([TRAINED], None, 3).judgements[2:] == [("loss", -0.5)]
    assert record.followed_by([MEASURED], None, 3).judgements[1:] == [("val_loss", -0.75)]

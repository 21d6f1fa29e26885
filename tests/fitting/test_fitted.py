"""What a fit leaves, as a value and as attributes."""

import pandas as pd
import pytest

from sk_mnist_mlp.fitting.fitted import fitted_attributes, fitted_of
from tests.same_estimators import assert_same
from tests.small_fits import X, Y, small

FITS = {
    "plain": ({}, X),
    "batch norm": ({"batch_norm": True, "dropout": 0.1}, X),
    "early stopping": ({"early_stopping": True}, X),
    "names of columns": ({}, pd.DataFrame(X, columns=list("abcde"))),
}


@pytest.mark.parametrize(("changes", "rows"), FITS.values(), ids=FITS)
def test_attributes_are_those_of_the_value_that_is_read_from_them(changes, rows):
    clf = small(**changes).fit(rows, Y)
    attributes = {name: value for name, value in vars(clf).items() if name not in clf.get_params()}
    assert_same(fitted_attributes(fitted_of(clf)), attributes)


def test_weights_that_were_set_are_those_that_go_on():
    clf = small().fit(X, Y)
    clf.coefs_[0] = clf.coefs_[0] * 2
    assert fitted_of(clf).position.weights.kernels[0] is clf.coefs_[0]

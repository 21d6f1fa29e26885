"""`SKOPS_TRUSTED` is what skops asks for, whatever the estimators hold: no less, and no more."""

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_mnist_mlp import SKOPS_TRUSTED, KerasMLPFeatures
from tests.same_estimators import assert_same, assert_same_estimators
from tests.small_fits import ALL_OF_IT, Y_BINARY, Y_REAL, X, Y, small, small_regressor

skops_io = pytest.importorskip("skops.io")

NAMES = np.array(["a", "b", "c"])
FITTED = {
    "numbers": lambda: small().fit(X, Y),
    "two names": lambda: small().fit(X, NAMES[Y_BINARY]),
    "names that are objects": lambda: small().fit(X, NAMES.astype(object)[Y]),
    "an indicator matrix": lambda: small().fit(X, np.eye(3, dtype=int)[Y]),
    "all of it": lambda: small(**ALL_OF_IT).fit(X, Y, X_val=X, y_val=Y),
    "early stopping": lambda: small(early_stopping=True, scoring="f1_macro").fit(X, Y),
    "a warm start": lambda: small(warm_start=True, batch_norm=True).fit(X, Y),
    "in mid partial_fit": lambda: small(averaging=0.9).partial_fit(X, Y, classes=[0, 1, 2]),
    "a quantity": lambda: small_regressor(warm_start=True).fit(X, Y_REAL),
    "quantities": lambda: small_regressor(batch_norm=True, dtype="float32").fit(X, X[:, :2]),
    "counts": lambda: small_regressor(loss="poisson").fit(X, Y),
    "features": lambda: KerasMLPFeatures(small()).fit(X, Y),
    "frozen features": lambda: small().fit(X, Y).make_feature_extractor(),
    "a generator": lambda: small(random_state=np.random.RandomState(0)).fit(X, Y),
    "weights of classes": lambda: small(class_weight={0: 1, 1: 2.5, 2: 3}).fit(X, Y),
    "arrays": lambda: small(widths=np.array([4]), dropout=np.array([0.1])).fit(X, Y),
}


@pytest.mark.parametrize("fit", FITTED.values(), ids=FITTED)
def test_what_was_fitted_comes_back_with_no_more_trust(fit):
    fitted = fit()
    there = skops_io.loads(skops_io.dumps(fitted), trusted=SKOPS_TRUSTED)
    if isinstance(fitted, KerasMLPFeatures):
        assert_same(there.transform(X), fitted.transform(X))
    else:
        assert_same_estimators(there, fitted)
        assert_same(there.predict(X), fitted.predict(X))


def test_a_pipeline_comes_back_from_a_file_with_no_more_trust(tmp_path):
    pipeline = make_pipeline(StandardScaler(), small(batch_norm=True)).fit(X, NAMES[Y])
    skops_io.dump(pipeline, tmp_path / "model.skops")
    there = skops_io.load(tmp_path / "model.skops", trusted=SKOPS_TRUSTED)
    assert_same(there.predict(X), pipeline.predict(X))


def test_each_type_is_asked_for_by_one_of_them():
    asked = {
        name
        for fit in FITTED.values()
        for name in skops_io.get_untrusted_types(data=skops_io.dumps(fit()))
    }
    assert asked == set(SKOPS_TRUSTED)

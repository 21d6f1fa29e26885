"""The transformer that gives hidden activations: trained anew, or around a fitted estimator."""

import pickle

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from sklearn import config_context
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression, RidgeClassifier
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_mnist_mlp import KerasMLPFeatures
from tests.small_fits import Y_REAL, X, Y, model_of, small, small_regressor

FRAME = pd.DataFrame(X, columns=list("abcde"))
WEIGHTS = np.linspace(0.1, 2.0, len(Y))


def two_layers(**parameters):
    return small(widths=(6, 4), **parameters)


@pytest.fixture(scope="module")
def fitted():
    return two_layers().fit(X, Y)


# Around an estimator that is to be trained


@pytest.mark.parametrize("layer", [0, 1, -1, -2])
def test_it_gives_the_hidden_activations_of_a_clone_that_it_trains(layer, fitted):
    network = two_layers()
    features = KerasMLPFeatures(network, layer=layer).fit(X, Y)
    np.testing.assert_array_equal(features.transform(X), fitted.hidden_activations(X, layer))
    assert vars(network).keys() == network.get_params().keys()


def test_fit_transform_gives_what_fit_and_transform_give():
    whole = KerasMLPFeatures(two_layers()).fit_transform(X, Y)
    np.testing.assert_array_equal(whole, KerasMLPFeatures(two_layers()).fit(X, Y).transform(X))


def test_an_unfitted_estimator_makes_one_that_trains():
    network = two_layers()
    features = network.make_feature_extractor(layer=0)
    assert features.get_params(deep=False) == {"estimator": network, "layer": 0}
    with pytest.raises(NotFittedError):
        features.transform(X)


def test_it_trains_anew_an_estimator_that_was_fitted(fitted):
    features = KerasMLPFeatures(fitted).fit(X[::2], Y[::2])
    assert model_of(features.estimator_) == model_of(two_layers().fit(X[::2], Y[::2]))


def test_a_search_goes_through_its_parameters_and_the_networks():
    pipeline = make_pipeline(StandardScaler(), KerasMLPFeatures(two_layers()), LinearRegression())
    grid = {
        "kerasmlpfeatures__layer": [0, -1],
        "kerasmlpfeatures__estimator__widths": [(5, 3), (4, 2)],
    }
    search = GridSearchCV(pipeline, grid, cv=2).fit(X, Y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    widths = search.best_params_["kerasmlpfeatures__estimator__widths"]
    layer = search.best_params_["kerasmlpfeatures__layer"]
    assert search.best_estimator_[:-1].transform(X).shape == (60, widths[layer])


def test_a_layer_set_after_the_fit_waits_for_the_next():
    features = KerasMLPFeatures(two_layers()).fit(X, Y).set_params(layer=0)
    assert features.transform(X).shape == (60, 4)
    assert features.fit_transform(X, Y).shape == (60, 6)


# Around a fitted estimator


def test_a_fitted_estimator_makes_one_that_transforms_at_once(fitted):
    features = fitted.make_feature_extractor(layer=0)
    np.testing.assert_array_equal(features.transform(X), fitted.hidden_activations(X, 0))


def test_pipelines_searches_and_clones_keep_a_fitted_estimator_as_it_is(fitted):
    before = model_of(fitted)
    features = fitted.make_feature_extractor()
    pipeline = make_pipeline(features, KNeighborsClassifier())
    cross_val_score(pipeline, X[::2], Y[::2], cv=2, error_score="raise")
    pipeline.fit(X[::2], Y[::2])
    for one in (pipeline[0], clone(features).fit(X[::2], Y[::2])):
        np.testing.assert_array_equal(one.transform(X), fitted.hidden_activations(X))
    assert model_of(fitted) == before


@pytest.mark.parametrize("is_frozen", [False, True])
def test_a_pickle_gives_the_same(is_frozen, fitted):
    features = fitted.make_feature_extractor() if is_frozen else KerasMLPFeatures(fitted).fit(X, Y)
    there = pickle.loads(pickle.dumps(features))
    np.testing.assert_array_equal(there.transform(X), features.transform(X))
    assert isinstance(there.estimator, FrozenEstimator) == is_frozen


# Rows, columns and names


def test_columns_are_numbered_and_named_after_the_class(fitted):
    names = fitted.make_feature_extractor().get_feature_names_out()
    assert names.tolist() == [f"kerasmlpfeatures{i}" for i in range(4)]


def test_it_gives_a_frame_where_that_is_asked_for(fitted):
    features = fitted.make_feature_extractor().set_output(transform="pandas")
    frame = features.transform(X)
    np.testing.assert_array_equal(frame.to_numpy(), fitted.hidden_activations(X))
    assert frame.columns.tolist() == features.get_feature_names_out().tolist()


def test_it_knows_the_columns_of_its_last_fit():
    features = KerasMLPFeatures(two_layers()).fit(FRAME, Y)
    assert features.n_features_in_ == 5
    assert features.feature_names_in_.tolist() == list("abcde")
    with pytest.raises(ValueError, match="feature names should match"):
        features.transform(FRAME[list("edcba")])
    assert not hasattr(features.fit(X[:, :3], Y), "feature_names_in_")
    assert features.n_features_in_ == 3


def test_sparse_rows_and_indicator_matrices_are_taken_as_the_estimator_takes_them():
    sparse, indicator = scipy.sparse.csr_array(X), np.eye(3, dtype=int)[Y]
    features = KerasMLPFeatures(two_layers()).fit(sparse, indicator)
    expected = two_layers().fit(X, indicator).hidden_activations(X)
    np.testing.assert_allclose(features.transform(sparse), expected, rtol=1e-9, atol=1e-9)


def test_a_regressors_layers_are_features_too():
    features = KerasMLPFeatures(small_regressor()).fit(X, Y_REAL)
    fitted = small_regressor().fit(X, Y_REAL)
    np.testing.assert_array_equal(features.transform(X), fitted.hidden_activations(X))
    np.testing.assert_array_equal(
        fitted.make_feature_extractor().transform(X), features.transform(X)
    )


# Weights and validation data


def test_what_else_fit_is_given_goes_to_the_estimator():
    pipeline = make_pipeline(KerasMLPFeatures(two_layers()), RidgeClassifier())
    pipeline.fit(X, Y, kerasmlpfeatures__sample_weight=WEIGHTS)
    by_hand = two_layers().fit(X, Y, sample_weight=WEIGHTS)
    assert model_of(pipeline[0].estimator_) == model_of(by_hand)


def test_weights_are_routed_where_the_estimator_asks_for_them():
    with config_context(enable_metadata_routing=True):
        network = two_layers().set_fit_request(sample_weight=True)
        plain = RidgeClassifier().set_fit_request(sample_weight=False)
        pipeline = make_pipeline(KerasMLPFeatures(network), plain)
        pipeline.fit(X, Y, sample_weight=WEIGHTS, X_val=X, y_val=Y)
        alone = KerasMLPFeatures(network).fit(X, Y, sample_weight=WEIGHTS)
    by_hand = two_layers().fit(X, Y, sample_weight=WEIGHTS)
    assert model_of(pipeline[0].estimator_) == model_of(alone.estimator_) == model_of(by_hand)
    assert "val_loss" in pipeline[0].estimator_.history_


# Refusals


ILLEGAL = {
    "another estimator": (
        RidgeClassifier(),
        "must be a KerasMLPClassifier or KerasMLPRegressor, or one",
    ),
    "a frozen other": (FrozenEstimator(RidgeClassifier()), "Got FrozenEstimator"),
    "a class": (type(small()), "Got <class"),
    "a pipeline": (make_pipeline(StandardScaler(), small()), "put the steps before the network"),
    "None": (None, "Got None instead"),
}


@pytest.mark.parametrize(("estimator", "message"), ILLEGAL.values(), ids=ILLEGAL)
def test_what_is_no_network_of_this_package_is_refused(estimator, message):
    with pytest.raises(ValueError, match=message):
        KerasMLPFeatures(estimator).fit(X, Y)


@pytest.mark.parametrize("parameters", [{"layer": 2}, {"layer": "last"}, {"layer": -3}])
def test_a_layer_that_does_not_exist_is_refused_before_any_training(parameters, monkeypatch):
    monkeypatch.setattr(type(small()), "fit", lambda *args: pytest.fail("trained"))
    with pytest.raises(ValueError, match=r"layer must be an int from -2 to 1, .* Got "):
        KerasMLPFeatures(two_layers(), **parameters).fit(X, Y)


def test_a_fitted_estimator_refuses_a_layer_that_it_does_not_have(fitted):
    with pytest.raises(ValueError, match=r"layer must be an int from -2 to 1, .* Got 2 instead"):
        fitted.make_feature_extractor(layer=2)


def test_a_failed_fit_leaves_it_as_it_was():
    features = KerasMLPFeatures(two_layers()).fit(X, Y)
    before = vars(features).copy()
    with pytest.raises(ValueError, match="only one class"):
        features.fit(X[:, :3], np.zeros(len(Y)))
    assert vars(features) == before


def test_an_estimator_frozen_before_it_was_fitted_is_refused():
    with pytest.raises(NotFittedError):
        KerasMLPFeatures(FrozenEstimator(small())).fit(X, Y)

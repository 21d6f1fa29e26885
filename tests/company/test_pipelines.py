"""Steps before the classifier, copies of it, and its display."""

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.utils import estimator_html_repr

from tests.company.small import X, Y, assert_same_network, small_classifier

DOCUMENTATION = (
    "https://sk-mnist-mlp.readthedocs.io/en/stable/api/sk_mnist_mlp.KerasMLPClassifier.html"
    "#sk_mnist_mlp.KerasMLPClassifier"
)


def mixed_frame():
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "size": X[:, 0],
            "weight": X[:, 1] * 100,
            "colour": rng.choice(["red", "green", "blue"], len(X)),
        }
    )


def by_kind(**settings):
    return ColumnTransformer(
        [
            ("numbers", StandardScaler(), ["size", "weight"]),
            ("names", OneHotEncoder(sparse_output=False), ["colour"]),
        ],
        **settings,
    )


def test_a_pipeline_trains_on_what_its_steps_give():
    pipeline = make_pipeline(StandardScaler(), small_classifier()).fit(X, Y)
    scaled = StandardScaler().fit_transform(X)
    by_hand = small_classifier().fit(scaled, Y)
    assert_same_network(pipeline[-1], by_hand)
    np.testing.assert_array_equal(pipeline.predict_proba(X), by_hand.predict_proba(scaled))
    assert pipeline.score(X, Y) == by_hand.score(scaled, Y)


def test_a_pipeline_has_the_classes_of_its_classifier():
    names = np.array(["low", "mid", "top"])
    pipeline = make_pipeline(StandardScaler(), small_classifier()).fit(X, names[Y])
    assert pipeline.classes_.tolist() == names.tolist()
    assert set(pipeline.predict(X)) <= set(names)


def test_parameters_are_set_through_a_pipeline():
    pipeline = Pipeline([("scale", StandardScaler()), ("mlp", small_classifier())])
    pipeline.set_params(mlp__epochs=2, mlp__widths=5, mlp__depth=1).fit(X, Y)
    assert pipeline["mlp"].n_iter_ == 2
    assert pipeline["mlp"].coefs_[0].shape == (4, 5)


def test_a_column_transformer_feeds_numbers_and_names():
    frame = mixed_frame()
    pipeline = make_pipeline(by_kind(), small_classifier()).fit(frame, Y)
    by_hand = small_classifier().fit(by_kind().fit_transform(frame), Y)
    assert_same_network(pipeline[-1], by_hand)


def test_a_column_transformer_that_gives_a_sparse_matrix_changes_nothing():
    frame = mixed_frame()
    sparse = ColumnTransformer(by_kind().transformers, sparse_threshold=1.0)
    sparse.set_params(names=OneHotEncoder())
    from_sparse = make_pipeline(sparse, small_classifier()).fit(frame, Y)
    assert hasattr(sparse.transform(frame), "toarray")
    assert_same_network(
        from_sparse[-1], make_pipeline(by_kind(), small_classifier()).fit(frame, Y)[-1]
    )


@pytest.mark.parametrize("early_stopping", [False, True])
def test_names_that_a_transformer_gives_are_kept(early_stopping):
    transformer = by_kind().set_output(transform="pandas")
    classifier = small_classifier(early_stopping=early_stopping)
    pipeline = make_pipeline(transformer, classifier).fit(mixed_frame(), Y)
    assert pipeline[-1].feature_names_in_.tolist() == [
        "numbers__size",
        "numbers__weight",
        "names__colour_blue",
        "names__colour_green",
        "names__colour_red",
    ]
    assert len(pipeline.predict(mixed_frame())) == len(Y)


def test_a_clone_is_unfitted_and_trains_to_the_same():
    original = small_classifier(
        widths=[6], dropout=(0.2,), init_stddev=[0.3], class_weight={0: 1.0, 1: 2.0, 2: 1.0}
    ).fit(X, Y)
    copied = clone(original)
    assert copied.get_params() == original.get_params()
    assert not hasattr(copied, "coefs_")
    assert_same_network(copied.fit(X, Y), original)


OPTIMIZERS = {
    "adam": lambda: keras.optimizers.Adam(learning_rate=0.05, beta_1=0.8),
    "sgd with momentum": lambda: keras.optimizers.SGD(0.1, momentum=0.9, nesterov=True),
    "a schedule": lambda: keras.optimizers.SGD(keras.optimizers.schedules.CosineDecay(0.2, 30)),
}


@pytest.mark.parametrize("make_optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_an_optimizer_instance_survives_fit_and_clone_unbuilt(make_optimizer):
    original = small_classifier(optimizer=make_optimizer(), learning_rate=None).fit(X, Y)
    copied = clone(original)
    assert copied.optimizer is not original.optimizer
    assert copied.optimizer.get_config() == original.optimizer.get_config()
    assert_same_network(copied.fit(X, Y), original)
    assert not original.optimizer.built
    assert not copied.optimizer.built


def test_a_search_over_optimizer_instances_scores_what_each_gives():
    instances = [make() for make in OPTIMIZERS.values()]
    search = GridSearchCV(small_classifier(learning_rate=None), {"optimizer": instances}, cv=3)
    search.fit(X, Y)
    folds = list(search.cv_results_[f"split{i}_test_score"] for i in range(3))
    for candidate, make_optimizer in enumerate(OPTIMIZERS.values()):
        alone = GridSearchCV(
            small_classifier(learning_rate=None), {"optimizer": [make_optimizer()]}, cv=3
        ).fit(X, Y)
        for i, fold in enumerate(folds):
            assert alone.cv_results_[f"split{i}_test_score"][0] == fold[candidate]
    assert not any(instance.built for instance in instances)
    assert not search.best_estimator_.optimizer.built


@pytest.mark.parametrize("fitted", [False, True])
def test_the_html_display_links_to_the_documentation(fitted):
    classifier = small_classifier()
    if fitted:
        classifier.fit(X, Y)
    assert f'href="{DOCUMENTATION}"' in estimator_html_repr(classifier)
    assert f'href="{DOCUMENTATION}"' in estimator_html_repr(
        make_pipeline(StandardScaler(), classifier)
    )


def test_displaying_a_fitted_classifier_changes_nothing():
    classifier = small_classifier(early_stopping=True).fit(X, Y)
    before = dict(vars(classifier))
    assert "KerasMLPClassifier" in estimator_html_repr(classifier)
    assert "widths=(6,)" in repr(classifier)
    dir(classifier)
    assert vars(classifier) == before

from sk_mnist_mlp.reproduce.results import Results, describe_differences
from sk_mnist_mlp.reproduce.systems import SYSTEMS
from tests.reproduce.made_results import VERSIONS, make_fit, make_results


def test_fits_are_kept_in_the_order_of_their_seeds():
    first, second = make_fit(SYSTEMS[0]), make_fit(SYSTEMS[0], accuracy_off=0.01)
    results = Results("mnist", 20, 2, VERSIONS)
    assert results.empty
    results = results.with_fit("softmax", first).with_fit("softmax", second)
    assert not results.empty
    assert results.experiments == {"softmax": (first, second)}


def test_differences_name_all_that_differs():
    kept = make_results(data="mnist", epochs=20, seeds=1)
    assert describe_differences(kept, "mnist", 20, 1) == []
    assert describe_differences(kept, "digits", 3, 5) == [
        "data mnist there, digits asked for",
        "epochs 20 there, 3 asked for",
        "seeds 1 there, 5 asked for",
    ]

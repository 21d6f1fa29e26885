"""An estimator's docstring says of shared things what the other's says, and its own first."""

import inspect

from sk_mnist_mlp import KerasMLPClassifier, KerasMLPRegressor
from sk_mnist_mlp.shared_docs import with_entries_of


class Whole:
    """Whole.

    Parameters
    ----------
    a : int
        Of both,
        on two lines.
    b, c : float
        Of the first.

    Attributes
    ----------
    fitted_ : bool
        Of both.
    classes_ : list
        Of the first.
    """


@with_entries_of(Whole, without=["classes_"])
class Part:
    """Part.

    Parameters
    ----------
    d : str
        Its own.

    Attributes
    ----------
    own_ : int
        Its own.
    """

    def __init__(self, d, a):
        pass


def test_entries_are_completed_in_the_order_of_the_signature():
    assert Part.__doc__ == (
        "Part.\n\nParameters\n----------\nd : str\n    Its own.\na : int\n    Of both,\n"
        "    on two lines.\n\nAttributes\n----------\nfitted_ : bool\n    Of both.\nown_ : int\n"
        "    Its own.\n"
    )


def test_the_regressor_describes_each_parameter_and_no_classes():
    described = KerasMLPRegressor.__doc__
    for name in inspect.signature(KerasMLPRegressor).parameters:
        assert f"\n{name} : " in described
    for line in described.splitlines():
        assert not line.startswith(("class", "label_smoothing"))


def test_what_the_regressor_says_of_shared_parameters_tells_nothing_of_classes():
    both = inspect.cleandoc(KerasMLPClassifier.__doc__)
    shared = [line for line in KerasMLPRegressor.__doc__.splitlines() if line in both]
    words = ("accuracy", "class_weight", "classes", "label", "probabilities")
    assert [line for line in shared if any(word in line for word in words)] == []

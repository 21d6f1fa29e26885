"""Docstrings of all that is public are whole, by numpydoc's checks."""

import inspect

import pytest
from numpydoc.validate import validate

import sk_mnist_mlp
import sk_mnist_mlp.onnx
import sk_mnist_mlp.scikeras

IGNORED = {
    "ES01": "where a summary says all, a second paragraph would say it again",
    "EX01": "the examples of a class show its methods",
    "GL01": "where a summary begins is ruff's, and versions of numpydoc differ",
    "RT02": "`self : object`, as scikit-learn has it",
    "SA01": "methods stand on the page of their class, beside each other",
    "SA03": "a description that begins with the name of a package",
}
"""Checks that are not asked for, and why."""

BUT_OF_METHODS = {"EX01"}
"""Of these, what is asked of whatever is no method."""


def public():
    names = [name for name in sk_mnist_mlp.__all__ if callable(getattr(sk_mnist_mlp, name))]
    for name in names:
        yield f"sk_mnist_mlp.{name}"
        public_object = getattr(sk_mnist_mlp, name)
        if inspect.isclass(public_object):
            for method, value in inspect.getmembers(public_object, callable):
                if method[0] != "_" and value.__module__.startswith("sk_mnist_mlp"):
                    yield f"sk_mnist_mlp.{name}.{method}"
    yield "sk_mnist_mlp.onnx.register"
    yield "sk_mnist_mlp.scikeras.build_mlp"


@pytest.mark.parametrize("name", list(public()))
def test_a_docstring_is_whole(name):
    is_method = name.count(".") == 2 and ".scikeras." not in name and ".onnx." not in name
    ignored = IGNORED if is_method else IGNORED.keys() - BUT_OF_METHODS
    found = [error for error in validate(name)["errors"] if error[0] not in ignored]
    assert found == []

"""A KeyboardInterrupt at any moment leaves the estimator as it was, and the engine usable."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import pytest
from sklearn import config_context

import sk_mnist_mlp
from sk_mnist_mlp.training import program
from tests.company.small import X, Y, assert_same_network, small_classifier
from tests.programs import empty_training_cache

PACKAGE = str(Path(sk_mnist_mlp.__file__).parent)


@pytest.fixture(autouse=True)
def heeded_interrupts():
    """A shell's background job and nohup start Python with SIGINT ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@dataclass
class Interrupt:
    """Raises KeyboardInterrupt at one moment: a line of the package or a call of any function."""

    kind: str
    moment: int | None = None
    n_moments: int = 0

    def trace(self, frame, event, _):
        if event == self.kind:
            self.n_moments += 1
            if self.n_moments == self.moment:
                raise KeyboardInterrupt
        lines = self.kind == "line" and frame.f_code.co_filename.startswith(PACKAGE)
        return self.trace if lines else None

    @contextmanager
    def watching(self):
        before = sys.gettrace()
        with config_context():  # scikit-learn's own settings may be left by an interrupt within it
            sys.settrace(self.trace)
            try:
                yield
            finally:
                sys.settrace(before)


def stopping(**changes):
    return small_classifier(epochs=3, early_stopping=True, dropout=0.2, batch_norm=True, **changes)


def fitted_before(**changes):
    return stopping(**changes).fit(X[:60], Y[:60])


FITS = {
    "fit": ({}, lambda clf: clf.fit(X, Y)),
    "a warm start": ({"warm_start": True}, lambda clf: clf.fit(X, Y)),
    "partial_fit": ({}, lambda clf: clf.partial_fit(X, Y)),
}


def moments_of(kind, fit, classifier):
    """Numbers of moments: some spread over a fit, and many at its end, where it assigns."""
    interrupt = Interrupt(kind)
    with interrupt.watching():
        fit(classifier)
    end = interrupt.n_moments + 1
    return sorted({*range(1, end, end // 12), *range(end - 60, end, 7)})


def assert_unchanged_or_complete(classifier, before, complete):
    """Fail unless the attributes are the very objects of before, or all are those of a fit."""
    now = vars(classifier)
    unchanged = now.keys() == before.keys() and all(now[name] is before[name] for name in before)
    if not unchanged:
        assert now.keys() == vars(complete).keys()
        assert classifier.history_ == complete.history_
        assert_same_network(classifier, complete)


# An interrupt within a generator that is being closed is reported, as Python cannot raise it.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("kind", ["line", "call"])
@pytest.mark.parametrize(("settings", "fit"), FITS.values(), ids=FITS)
def test_an_interrupted_fit_leaves_the_estimator_and_the_engine(settings, fit, kind):
    fitted = fitted_before(**settings)
    complete = fit(deepcopy(fitted))
    moments, n_interrupted = moments_of(kind, fit, deepcopy(fitted)), 0
    for moment in moments:
        classifier = deepcopy(fitted)
        before = dict(vars(classifier))
        try:
            with Interrupt(kind, moment).watching():
                fit(classifier)
        except (KeyboardInterrupt, SystemError):  # TensorFlow turns some into SystemError
            n_interrupted += 1
        assert_unchanged_or_complete(classifier, before, complete)
        assert_same_network(fit(deepcopy(fitted)), complete)
    assert n_interrupted > 0.9 * len(moments)


def test_an_interrupt_while_a_program_is_built_waits_for_it(monkeypatch):
    """TensorFlow's stack of graphs would not survive it."""
    expected = small_classifier().fit(X, Y)
    build = program.Program
    built = []

    def interrupted_build(spec):
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
        built.append(build(spec))
        return built[0]

    monkeypatch.setattr(program, "Program", interrupted_build)
    classifier = small_classifier()
    before = dict(vars(classifier))
    with empty_training_cache():
        with pytest.raises(KeyboardInterrupt):
            classifier.fit(X, Y)
        assert len(built) == 1
        assert vars(classifier) == before
        monkeypatch.undo()
        assert_same_network(classifier.fit(X, Y), expected)


def test_an_interrupt_while_the_backend_is_imported_leaves_it_usable():
    code = textwrap.dedent(
        """
        import signal, sys
        from tests.company.small import X, Y, small_classifier

        class InterruptedImport:
            n_modules = 0

            def find_spec(self, name, path=None, target=None):
                self.n_modules += bool({"tensorflow", "jax"} & set(sys.modules))
                if self.n_modules == 100:
                    signal.raise_signal(signal.SIGINT)

        sys.meta_path.insert(0, InterruptedImport())
        classifier = small_classifier()
        try:
            classifier.fit(X, Y)
        except KeyboardInterrupt:
            print(vars(classifier) == vars(small_classifier()), end=" ")
        print(classifier.fit(X, Y).loss_.hex())
        """
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert result.stdout.split() == ["True", small_classifier().fit(X, Y).loss_.hex()]

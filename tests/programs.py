"""A cache of training programs of a test's own, so that the other tests keep theirs."""

from contextlib import contextmanager
from unittest.mock import patch

from sk_mnist_mlp.training.cache import PROGRAMS_HELD, BuildOnceCache


@contextmanager
def empty_training_cache():
    """Let fits find no program, as after `clear_training_cache`, until the block ends."""
    own = BuildOnceCache(PROGRAMS_HELD)
    with (
        patch("sk_mnist_mlp.training.cache.training_programs", own),
        patch("sk_mnist_mlp.training.program.training_programs", own),
    ):
        yield

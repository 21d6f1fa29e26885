"""Streams depend on seed, purpose and epoch, and on nothing else."""

import itertools

import numpy as np

from sk_mnist_mlp.streams import generator, seed_sequence

PURPOSES = ["initial weights", "order of rows", "dropout", "validation split"]


def test_the_same_arguments_give_the_same_stream():
    first, second = (generator(3, "dropout", 2).integers(2**63, size=8) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_seed_purpose_and_epoch_each_give_another_stream():
    states = [
        tuple(seed_sequence(seed, purpose, epoch).generate_state(4))
        for seed, purpose, epoch in itertools.product(range(5), PURPOSES, range(5))
    ]
    assert len(set(states)) == len(states)


def test_the_global_generator_is_left_alone():
    before = np.random.get_state()[1].copy()
    generator(0, "order of rows").permutation(10)
    np.testing.assert_array_equal(np.random.get_state()[1], before)

"""Muon against its papers: for hidden kernels alone, and Adam for the rest."""

import keras
import numpy as np
import pytest

from sk_mnist_mlp.network.spec import NetworkSpec
from sk_mnist_mlp.training.optimizers import choose_optimizer
from sk_mnist_mlp.training.pure_optimizer import PureOptimizer
from tests.tensors import as_keras_casts, tensor
from tests.training.oracle import initial_weights, random_batches, train_program

RATE, STEPS = 2.0**-7, 12
NETWORK = NetworkSpec(8, (6, 9), 3, "softmax", "tanh", "before")
SHAPES = {name: NETWORK.tensor_shapes[name] for name in NETWORK.trainable}
OUTPUT = "kernels/2"


def rounded(setting):
    return as_keras_casts(setting or 0.0)


def orthogonalised(matrix, steps):
    """Jordan et al. 2024: the Newton-Schulz iteration with the coefficients of their quintic."""
    x = matrix.T if matrix.shape[0] > matrix.shape[1] else matrix
    x = x / (np.linalg.norm(x) + 1e-7)
    for _ in range(steps):
        a = x @ x.T
        x = 3.4445 * x + (-4.7750 * a + 2.0315 * a @ a) @ x
    return x.T if matrix.shape[0] > matrix.shape[1] else x


class MuonKernel:
    """One hidden kernel: orthogonalised momentum (Jordan et al. 2024, arXiv:2502.16982)."""

    def __init__(self, settings):
        self.settings, self.momentum = settings, 0.0

    def moved(self, w, g):
        s = self.settings
        self.momentum = s["momentum"] * self.momentum + g
        direction = g + s["momentum"] * self.momentum if s["nesterov"] else self.momentum
        update = orthogonalised(direction, s["ns_steps"])
        if "rms_rate" not in s:
            scale = np.sqrt(max(1, w.shape[0] / w.shape[1]))  # Keras 3.10
        elif s["rms_rate"] is None:
            scale = 1.0
        else:
            scale = s["rms_rate"] * np.sqrt(max(w.shape))  # arXiv:2502.16982, equation 4
        return w * (1 - RATE * rounded(s["weight_decay"])) - RATE * scale * update


class AdamTensor:
    """All else: Adam (Kingma & Ba 2015, in the form of section 2) with decoupled decay."""

    def __init__(self, settings):
        self.settings, self.m, self.v, self.t = settings, 0.0, 0.0, 0

    def moved(self, w, g):
        s = self.settings
        b1, b2 = s["adam_beta_1"], s["adam_beta_2"]
        self.t += 1
        self.m, self.v = b1 * self.m + (1 - b1) * g, b2 * self.v + (1 - b2) * g**2
        corrected = np.sqrt(1 - rounded(b2) ** self.t) / (1 - rounded(b1) ** self.t)
        rate = s["adam_lr_ratio"] * RATE * corrected
        decay = s.get("adam_weight_decay", s["weight_decay"])  # Keras 3.10 has one for all
        return w * (1 - RATE * rounded(decay)) - rate * self.m / (np.sqrt(self.v) + s["epsilon"])


SETTINGS = {
    "Keras' own": ({}, {"kernels/0", "kernels/1"}),
    "without Nesterov": ({"nesterov": False, "momentum": 0.8}, {"kernels/0", "kernels/1"}),
    "decaying": ({"weight_decay": 0.5}, {"kernels/0", "kernels/1"}),
    "a slower Adam": ({"adam_lr_ratio": 0.5, "ns_steps": 3}, {"kernels/0", "kernels/1"}),
    "a layer more to leave out": ({"exclude_layers": ["kernels.0"]}, {"kernels/1"}),
    "no layer of ours left out": ({"exclude_layers": ["dense_7"]}, {"kernels/0", "kernels/1"}),
    "all layers left out": ({"exclude_layers": ["kernels"]}, set()),
}


@pytest.mark.usefixtures("in_float64")
@pytest.mark.parametrize(("settings", "by_muon"), SETTINGS.values(), ids=SETTINGS)
def test_muon_moves_hidden_kernels_and_adam_the_rest(settings, by_muon):
    muon = keras.optimizers.Muon(RATE, **settings)
    optimizer = PureOptimizer(choose_optimizer(muon, None).spec, SHAPES, "float64")
    rng = np.random.default_rng(0)
    expected = {name: rng.normal(size=shape) for name, shape in SHAPES.items()}
    papers = {
        name: (MuonKernel if name in by_muon else AdamTensor)(muon.get_config()) for name in SHAPES
    }
    parameters = list(expected.values())
    slots = optimizer.initial_slots(parameters)
    for _ in range(STEPS):
        gradients = {name: rng.normal(size=shape) for name, shape in SHAPES.items()}
        parameters, slots = optimizer.update(
            list(map(tensor, slots)),
            list(map(tensor, gradients.values())),
            list(map(tensor, parameters)),
            tensor(RATE),
        )
        expected = {name: papers[name].moved(expected[name], g) for name, g in gradients.items()}
    # Keras divides kernels by a norm of float32, on JAX.
    tolerance = 1e-7 if keras.config.backend() == "jax" else 1e-12
    for (name, array), parameter in zip(expected.items(), parameters, strict=True):
        np.testing.assert_allclose(parameter, array, rtol=0, atol=tolerance, err_msg=name)


def one_step(network, optimizer):
    weights, batches = initial_weights(network, "float64"), random_batches(network, "float64")
    choice = choose_optimizer(optimizer, RATE)
    return train_program(network, choice, batches, weights, xla=False, n_steps=1)[0].tensors()


@pytest.mark.parametrize("widths", [(), (6,), (6, 9)])
def test_the_output_layer_and_vectors_move_as_adam_moves_them(widths):
    network = NetworkSpec(8, widths, 3, "softmax", "tanh", "before")
    settings = {"weight_decay": None, "adam_lr_ratio": 1.0}
    if "adam_weight_decay" in keras.optimizers.Muon().get_config():  # not in Keras 3.10
        settings["adam_weight_decay"] = None
    by_muon = one_step(network, keras.optimizers.Muon(**settings))
    by_adam = one_step(network, "adam")
    hidden = {f"kernels/{layer}" for layer in range(len(widths))}
    for name in by_adam:
        difference = np.abs(by_muon[name] - by_adam[name]).max()
        assert (difference > 1e-4) if name in hidden else (difference < 1e-14), name

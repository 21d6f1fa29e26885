"""The training side: the only code that loads TensorFlow and Keras."""

import keras
import tensorflow as tf

if keras.backend.backend() != "tensorflow":
    raise ImportError(
        "sk_mnist_mlp trains with Keras on TensorFlow, but Keras runs on "
        f"{keras.backend.backend()!r}. Set the environment variable KERAS_BACKEND to "
        "'tensorflow' (or leave it unset) before Keras is imported."
    )

for _gpu in tf.config.list_physical_devices("GPU"):
    try:
        tf.config.experimental.set_memory_growth(_gpu, True)
    except RuntimeError:  # the user has already used the GPU, with settings of their own
        break

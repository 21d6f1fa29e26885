"""All kinds of output."""

from __future__ import annotations

from collections.abc import Mapping

from sk_mnist_mlp.network.class_heads import CLASS_HEADS
from sk_mnist_mlp.network.head import Head
from sk_mnist_mlp.network.quantity_heads import QUANTITY_HEADS

HEADS: Mapping[str, Head] = {**CLASS_HEADS, **QUANTITY_HEADS}
"""Each kind by its name, which is part of the architecture."""

"""Handwritten digits to train on: MNIST, or scikit-learn's small ones."""

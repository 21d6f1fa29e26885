"""Keras' backends: which one trains, and a module of the same functions for each."""

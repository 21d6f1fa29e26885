"""The training itself, by Keras' operations."""

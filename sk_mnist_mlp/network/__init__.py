"""The network as a value: its shapes, its numbers, and what follows from them in NumPy."""

"""Hyperparameters: their legal values, their check, and those that act within a step."""

"""Fitted models in files and pickles: the format, how it is written, and how it is checked."""

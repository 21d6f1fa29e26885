"""The file of a fitted model: what is in it, how it is written, and how it is checked."""

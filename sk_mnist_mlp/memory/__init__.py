"""Fits that are kept in a folder, to be read back or gone on with."""

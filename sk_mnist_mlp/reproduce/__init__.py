"""The notebook's experiments, run again beside their published figures."""

"""The training side: the only code that loads Keras and what it runs on."""

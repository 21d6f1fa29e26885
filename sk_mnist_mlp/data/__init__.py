"""What is trained on: checks of X, y and weights, labels, and the rows that come of them."""

"""Hidden checks of convolutional networks: the inputs that one forgets to try."""

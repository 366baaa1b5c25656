"""Hidden checks of fully connected networks: the inputs that one forgets to try."""

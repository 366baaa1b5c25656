"""Hidden checks of normalization: the inputs that one forgets to try."""

"""Hidden checks of the two-layer network: the inputs that one forgets to try."""

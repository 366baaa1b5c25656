"""Hidden checks of architectures: the inputs that one forgets to try."""

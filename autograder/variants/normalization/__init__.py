"""Other right ways to write normalization."""

"""Other right ways to write architectures."""

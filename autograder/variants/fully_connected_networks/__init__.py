"""Other right ways to write fully connected networks."""

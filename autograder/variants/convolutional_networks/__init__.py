"""Other right ways to write convolutional networks."""

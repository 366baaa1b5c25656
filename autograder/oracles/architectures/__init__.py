"""Expected values for architectures: formulas, published counts, and torch's own functions."""

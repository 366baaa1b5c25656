"""Expected values for convolutional networks, from torch's own operations and autograd in float64."""

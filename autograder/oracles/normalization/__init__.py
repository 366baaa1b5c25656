"""Expected values for normalization, from torch's own layers and autograd in float64."""

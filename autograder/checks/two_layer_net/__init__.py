"""Visible checks of the two-layer network: the network, its training, the search."""

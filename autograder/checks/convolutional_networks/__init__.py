"""Visible checks of convolutional networks; a module for layers, networks, initialization and settings each."""

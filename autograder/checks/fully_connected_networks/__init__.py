"""Visible checks of fully connected networks; a module for layers, losses, dropout, networks and optimizers each."""

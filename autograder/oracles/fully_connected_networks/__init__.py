"""Expected values for fully connected networks; a module for layers, losses, dropout, networks and optimizers each."""

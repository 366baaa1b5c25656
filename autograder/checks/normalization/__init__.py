"""Visible checks of normalization; a module for batch norm, its kin, local response norm and folding each."""

"""Visible checks of architectures: accounting, models, transfer."""

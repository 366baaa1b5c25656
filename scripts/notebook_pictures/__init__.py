"""Draws the pictures that stand in the text of the notebooks, with the reference solutions.

    python -m scripts.notebook_pictures [p1 ... p5]     writes autograder/reference/notebooks/<assignment>/images/*.png

They are committed: a notebook without outputs still shows what it will build, and what its explorers look like.
"""

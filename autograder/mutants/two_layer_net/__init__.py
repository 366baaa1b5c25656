"""Known mistakes in the two-layer network, each with the sentence that explains it to a student.

The order matters to the diagnosis: of several mistakes that give the same answers, the first names it.
"""

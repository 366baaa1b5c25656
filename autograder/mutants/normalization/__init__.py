"""Known mistakes in normalization, each with the sentence that explains it to a student."""

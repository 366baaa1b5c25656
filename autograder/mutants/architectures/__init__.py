"""Known mistakes in architectures, each with the sentence that explains it to a student."""

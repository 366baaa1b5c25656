"""Known mistakes in fully connected networks, each with the sentence that explains it to a student."""

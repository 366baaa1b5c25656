"""Known mistakes in convolutional networks, each with the sentence that explains it to a student."""

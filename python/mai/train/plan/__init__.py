"""What a training is given, and what is adjusted in it before it begins."""

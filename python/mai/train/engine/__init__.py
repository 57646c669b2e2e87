"""The training loop of every project type, its checkpoints, its memory. It knows no recipe."""

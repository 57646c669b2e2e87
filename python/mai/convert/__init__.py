"""From a trained model to the files of a board."""

"""What a finished training leaves."""

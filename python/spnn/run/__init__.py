"""Run a network, in float32 (`float`) or in the board's integers (`board`)."""

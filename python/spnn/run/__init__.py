"""Running a network: in float32 (`float`), or in the integers of the board (`board`)."""

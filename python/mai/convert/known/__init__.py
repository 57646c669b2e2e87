"""Do the work on a known backbone once: networks that differ in their heads alone share everything before it."""

"""Answers of a trained model, and of its board twin, for one photo or clip at a time."""

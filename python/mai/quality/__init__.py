"""Measure how good a model is, and how sure that is: shares that count every label the same, and their ranges."""

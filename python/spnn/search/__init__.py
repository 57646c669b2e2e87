"""Calibrate better than the vendor: make several tables of scales, and choose the one whose twin answers best."""

from spnn.search.choose import Choice, Score, candidate_tables, choose_table

__all__ = ["Choice", "Score", "candidate_tables", "choose_table"]

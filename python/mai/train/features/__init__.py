"""Frozen features of photos, and linear heads on them."""

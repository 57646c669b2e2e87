"""Generated projects with known truth: what is told of a model against what it does on large fresh sets."""

"""What each kind of project is asked on its held-back samples: one file per kind, the stages are shared."""

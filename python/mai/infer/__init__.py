"""Answer one photo or clip at a time with a trained model and its board twin."""

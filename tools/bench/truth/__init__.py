"""Compare what the server says of a model with what the model does on many new samples of generated projects."""

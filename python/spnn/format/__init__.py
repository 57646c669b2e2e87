"""Models on disk and in memory: files, graph, and the parameters of each layer type (docs/spnn-format.md §1)."""

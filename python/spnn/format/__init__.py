"""Models on disk and in memory: the files, the graph, what each layer type holds (docs/spnn-format.md §1)."""

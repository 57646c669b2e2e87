"""The compiler for kidbright-mai-plus (tpu-mlir), which runs in an environment of its own: docs/conversion.md."""

"""The int8 model format of the V831 board (SPNN) and its tools. This package does not import `mai`."""

"""The command line `spnntools`: optimize, calibrate, quantize, simulate, inspect."""

"""The int8 model format of the V831 board (SPNN) and the tools around it: a package of its own, without `mai`."""

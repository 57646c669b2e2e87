"""The kidbright-mai board's own features of sound and its own network, in pure numpy.

Training, conversion and inference all use this package, so none of them can differ from the board.
"""

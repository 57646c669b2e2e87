"""Voice as the kidbright-mai board does it: its features and its network, in numpy alone.

Training, conversion and inference all import this room, so none of them can differ from the board.
"""

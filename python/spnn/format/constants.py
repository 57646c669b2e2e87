"""Numbers of the file formats, each with its section of the SPNN specification (docs/spnn-format.md)."""

from __future__ import annotations

MAGIC = "7767517"  # §1.1, first line of every .param
ARRAY_BASE = -23300  # §1.1, an array of id k is written with id -(23300 + k)
MAX_PARAM_ID = 31  # ids are slots of a table of 32

# §1.2 and §1.3, the 32-bit tags in front of blocks
TAG_FLOAT32 = 0
TAG_FLOAT16 = 0x01306B47
TAG_INT8 = 0x000D4B38
TAG_INT16 = 0x000D4438

# §1.1, ids of the arrays by which a file's stage is known (as slot numbers: -23328 is slot 28)
NPU_FLAG = 28
INPUT_SHAPES_OR_SCALES = 29  # of an optimised file, of an int8 one
OUTPUT_SHAPES = 30

INT_MIN = -(2**31)  # §0, what round() gives for NaN and overflow
FLT_MAX = 3.4028234663852886e38
PAD_SAME_UPPER, PAD_SAME_LOWER = -233, -234  # §4.3

# Bounds that keep a broken file from costing memory or time. The largest network of the
# board (ResNet-18) has 47 MB of weights and 70 layers.
MAX_PARAM_BYTES = 16 << 20
MAX_BIN_BYTES = 1 << 30
MAX_NAME_BYTES = 255  # the format's readers use a buffer of 256
MAX_BLOB_ELEMENTS = 1 << 31

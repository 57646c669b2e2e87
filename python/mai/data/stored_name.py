"""The name that a file, a folder or a label has on disk (docs/architecture.md § Names on disk).

File systems allow 255 bytes a name; 200 Thai letters are 600. The server stores a longer
name shortened (src/projects/stored-name.ts); who looks for a label's folder or for a photo
by its id must shorten it in the same way.
"""

from __future__ import annotations

import hashlib
import re

MAX_STEM_BYTES = 239  # 255 less 16 for an extension
KEPT_BYTES = 200
HASH_DIGITS = 16

_EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,15}\Z")


def stored_name(name: str) -> str:
    """`name` where it fits, else the beginning of its stem, `~`, 16 hex digits of the stem's SHA-256, the extension."""
    found = _EXTENSION.search(name)
    extension = found.group() if found else ""
    stem = name[: len(name) - len(extension)]
    encoded = stem.encode("utf-8")
    if len(encoded) <= MAX_STEM_BYTES:
        return name
    # half a character at the cut is dropped, as it is in no name
    kept = encoded[:KEPT_BYTES].decode("utf-8", errors="ignore")
    return f"{kept}~{hashlib.sha256(encoded).hexdigest()[:HASH_DIGITS]}{extension}"

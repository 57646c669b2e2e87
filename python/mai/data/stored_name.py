"""Find files, folders and labels by the names that the server gave them on disk (docs/disk.md § Names on disk).

If some system cannot hold a name, or the name differs from another only in case, the server
stores it under a safe one (src/projects/stored-name.ts). `find_stored` finds a label's folder, or
a photo by its id. Tests compare both languages by test/fixtures/stored-names.json.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence

MAX_STEM_BYTES = 239  # file systems allow 255 bytes a name, less 16 for an extension
KEPT_BYTES = 200
HASH_DIGITS = 16

_EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,15}\Z")
# What Windows keeps for itself, whatever follows the first dot.
_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$) *(\.|\Z)", re.IGNORECASE | re.ASCII)
_UNSAFE = re.compile(r'[<>:"|?*\\/\x00-\x1f\x7f]')
_HASHED = re.compile(r"~[0-9a-f]{16}(\.[A-Za-z0-9]{1,15})?\Z")
_HALF_OF_A_PAIR = re.compile("[\ud800-\udfff]")


def stored_name(name: str) -> str:
    """`name` itself where every system can hold it, else `distinct_name`. For one part of a path, without slashes."""
    return name if _is_plain(name) else distinct_name(name)


def distinct_name(name: str) -> str:
    """A readable beginning of the stem, `~`, 16 hex digits of the stem's SHA-256, and the extension."""
    stem, extension = _split(_well_formed(name))
    readable = re.sub(r"^\.", "_", _UNSAFE.sub("_", stem))
    if _DEVICE.match(stem):
        readable = f"_{readable}"
    # half a character at the cut is dropped, as it is in no name
    kept = readable.encode()[:KEPT_BYTES].decode(errors="ignore")
    return f"{kept}{_tail(stem, extension)}"


def find_stored(entries: Iterable[str], names: Sequence[str], *, stems: bool = False) -> dict[str, str]:
    """Which of a folder's `entries` belongs to which of the `names` wanted; names without one are absent.

    `names` are labels, or one part of a label with slashes. With `stems`, they are ids of
    photos and `entries` are file names without their extension, so that the dot in an id
    is not taken for one. An entry is given to one name only. An entry of exactly that name
    comes first (also in folders unpacked by hand), then the server's form with a hash, then
    the same name composed or decomposed (macOS).
    """
    split = (lambda name: (name, "")) if stems else _split
    free = dict.fromkeys(entries)
    hashed = {mark.group(): entry for entry in free if (mark := _HASHED.search(entry))}
    composed = {_nfc(entry): entry for entry in reversed(free)}

    def by_hash(form: str) -> str | None:
        stem, extension = split(_well_formed(form))
        # the second for names that differ in the case of their extension alone
        return hashed.get(_tail(stem, extension)) or hashed.get(_tail(stem + extension, extension))

    readings: list[Callable[[str], str | None]] = [lambda name: name]
    if hashed:
        readings += [by_hash, lambda name: by_hash(_nfc(name)), lambda name: by_hash(_nfd(name))]
    readings.append(lambda name: composed.get(_nfc(name)))
    found: dict[str, str] = {}
    for reading in readings:
        for name in names:
            if name in found:
                continue
            entry = reading(name)
            if entry is not None and entry in free:
                found[name] = entry
                del free[entry]
    return found


def _is_plain(name: str) -> bool:
    stem, _ = _split(name)
    return (
        name != ""
        and not _UNSAFE.search(name)
        and not name.endswith((".", " "))
        and not _DEVICE.match(name)
        and len(_well_formed(stem).encode()) <= MAX_STEM_BYTES
    )


def _split(name: str) -> tuple[str, str]:
    """Stem and extension. Only the stem decides about a name, so that a photo and its annotation keep a common one."""
    found = _EXTENSION.search(name)
    extension = found.group() if found else ""
    return name[: len(name) - len(extension)], extension


def _tail(text: str, extension: str) -> str:
    return f"~{hashlib.sha256(text.encode()).hexdigest()[:HASH_DIGITS]}{extension}"


def _well_formed(name: str) -> str:
    """JSON can hold half of a surrogate pair, which has no UTF-8; JavaScript writes U+FFFD for it."""
    return _HALF_OF_A_PAIR.sub("\ufffd", name)


def _nfc(name: str) -> str:
    """Some systems write Thai and accented names decomposed: compare them composed."""
    return unicodedata.normalize("NFC", name)


def _nfd(name: str) -> str:
    return unicodedata.normalize("NFD", name)

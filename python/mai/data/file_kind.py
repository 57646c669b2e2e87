"""Name the real format of a file by its first bytes, for sentences about formats that are not read here."""

from __future__ import annotations

# Of the ISO base media format (ISO/IEC 14496-12): brands of four letters behind "ftyp", the major one first.
_HEVC = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs"}
_AVIF = {b"avif", b"avis"}
_ANY_PICTURE = {b"mif1", b"msf1", b"mif2"}
_STARTS = {
    b"\x1a\x45\xdf\xa3": "WebM", b"%PDF": "PDF", b"PK\x03\x04": "ZIP", b"8BPS": "Photoshop", b"#!AMR": "AMR",
    b"0&\xb2u": "WMA", b"<svg": "SVG", b"<?xml": "XML", b"<!DO": "HTML", b"<htm": "HTML",
}  # fmt: skip
HEIC = "HEIC"
HEAD_BYTES = 64


def kind_of(head: bytes) -> str | None:
    """The name people know the format by, from the first HEAD_BYTES of a file; None where it is none of these."""
    if head[4:8] == b"ftyp":
        end = min(int.from_bytes(head[:4], "big"), len(head))
        brands = {head[place : place + 4] for place in range(8, end, 4) if place != 12}  # 12: a version
        if head[8:12] in _AVIF or (brands & _AVIF and not brands & _HEVC):
            return "AVIF"
        return HEIC if brands & (_HEVC | _ANY_PICTURE) else "M4A or MP4"
    return next((name for start, name in _STARTS.items() if head.startswith(start)), None)

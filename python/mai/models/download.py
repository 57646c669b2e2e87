"""Download one file over HTTP, completely and with its SHA-256 checked, or give up soon."""

from __future__ import annotations

import hashlib
import http.client
import os
import queue
import tempfile
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import BinaryIO

ANSWER_S = 8.0  # for name look-up, connection and first byte together
STALL_S = 20.0  # between two pieces once it flows
WHOLE_S = 300.0  # for all of it: 45 MB at 150 kB/s; on a slower line the substitute is the better choice
CHUNK_BYTES = 1 << 20

Piece = bytes | Exception | None


class DownloadError(Exception):
    """Why the file could not be downloaded, in a few words."""


def fetch(url: str, sha256: str, target: Path) -> None:
    """Download to `target` (atomically). Raises DownloadError: no answer in 8 s, a stall, no end, a wrong SHA-256."""
    pieces: queue.Queue[Piece] = queue.Queue(maxsize=4)
    given_up = threading.Event()
    # In a thread of its own: a name look-up takes no time limit, and must not hold up the job.
    threading.Thread(target=_read, args=(url, pieces, given_up), daemon=True, name="download").start()
    temporary: str | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        with os.fdopen(handle, "wb") as file:
            digest = _write(pieces, file)
        if digest != sha256:
            raise DownloadError("the downloaded file is not the published one")
        os.chmod(temporary, 0o644)
        os.replace(temporary, target)
    except OSError as reason:
        raise DownloadError(f"cannot write to the weights folder: {reason.strerror or reason}") from None
    finally:
        given_up.set()
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)


def _write(pieces: queue.Queue[Piece], file: BinaryIO) -> str:
    digest = hashlib.sha256()
    limit = ANSWER_S
    begun = time.monotonic()
    while True:
        if time.monotonic() - begun > WHOLE_S:
            raise DownloadError(f"not there after {WHOLE_S / 60:.0f} minutes")
        try:
            piece = pieces.get(timeout=limit)
        except queue.Empty:
            raise DownloadError(f"no answer within {limit:.0f} seconds") from None
        if piece is None:
            file.flush()
            os.fsync(file.fileno())
            return digest.hexdigest()
        if isinstance(piece, Exception):
            raise DownloadError(_in_brief(piece)) from piece
        digest.update(piece)
        file.write(piece)
        limit = STALL_S


def _in_brief(reason: Exception) -> str:
    if isinstance(reason, urllib.error.HTTPError):
        return f"the publisher answered {reason.code}"
    return "there is no connection to the publisher"


def _read(url: str, pieces: queue.Queue[Piece], given_up: threading.Event) -> None:
    def put(piece: Piece) -> None:
        while not given_up.is_set():
            try:
                return pieces.put(piece, timeout=0.5)
            except queue.Full:
                continue
        return None

    try:
        with urllib.request.urlopen(url, timeout=STALL_S) as answer:
            # read1: whatever has come; a slow line needs longer than the limit for a whole piece, and is no silent one
            while not given_up.is_set() and (chunk := answer.read1(CHUNK_BYTES)):
                put(chunk)
        put(None)
    except (OSError, ValueError, http.client.HTTPException) as reason:
        put(reason)

"""Make small pictures of photos, as a process that stays: JSON lines in and out. It imports no torch."""

from __future__ import annotations

import sys

from mai import events


def main() -> int:
    events.claim_stdout()
    from mai.infer.protocol import serve_lines
    from mai.infer.small_picture import picture_request, write_small

    serve_lines(sys.stdin.buffer, picture_request, write_small)
    return 0


if __name__ == "__main__":
    sys.exit(main())

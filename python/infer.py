"""Answer photos and clips with trained models, as a process that stays: JSON lines in and out (docs/protocol.md)."""

from __future__ import annotations

import sys

from mai import events


def main() -> int:
    events.claim_stdout()
    import torch
    from mai.infer.protocol import serve
    from mai.infer.session import Session

    events.emit("ready", torch=torch.__version__, device="cpu")
    serve(sys.stdin.buffer, Session())
    return 0


if __name__ == "__main__":
    sys.exit(main())

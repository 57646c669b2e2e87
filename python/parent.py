"""Import everything once, then fork a child for each job: `--socket NAME`, requests and reports (docs/protocol.md).

The server starts it on Linux. Elsewhere each child imports by itself (child.py).
"""

from __future__ import annotations

import argparse
import os
import sys

from mai import blas_threads, forking


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--socket", required=True, help="the abstract Unix socket that the server listens on")
    args = parser.parse_args()
    channel = forking.claim_channel()
    # numpy's OpenBLAS starts its threads when it is loaded.
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    import child

    child.import_entries()
    libraries = blas_threads.loaded_openblas()

    def run_child() -> int:
        blas_threads.set_threads(libraries, int(os.environ.get("OPENBLAS_NUM_THREADS", "1")))
        return child.main()

    return forking.serve(channel, args.socket, {"child": run_child})


if __name__ == "__main__":
    sys.exit(main())

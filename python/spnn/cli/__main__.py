"""Entry point of `spnntools`. Each command imports only what it needs: optimize and quantize start without torch."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Sequence

from spnn.cli import usage
from spnn.cli.arguments import UsageError
from spnn.cli.console import note, out
from spnn.errors import SpnnError

FAILED, INTERRUPTED = 1, 130


def _calibrate(argv: Sequence[str]) -> None:
    from spnn.cli.calibrate import calibrate_command

    calibrate_command(argv)


def _simulate(argv: Sequence[str]) -> None:
    from spnn.cli.simulate import simulate_command

    simulate_command(argv)


def _inspect(argv: Sequence[str]) -> None:
    from spnn.cli.inspect import inspect_command

    inspect_command(argv)


def _optimize(argv: Sequence[str]) -> None:
    from spnn.cli.models import optimize_command

    optimize_command(argv)


def _quantize(argv: Sequence[str]) -> None:
    from spnn.cli.models import quantize_command

    quantize_command(argv)


COMMANDS: dict[str, tuple[Callable[[Sequence[str]], None], str]] = {
    "optimize": (_optimize, usage.OPTIMIZE),
    "calibrate": (_calibrate, usage.CALIBRATE),
    "quantize": (_quantize, usage.QUANTIZE),
    "simulate": (_simulate, usage.SIMULATE),
    "inspect": (_inspect, usage.INSPECT),
}


def main(argv: Sequence[str]) -> int:
    """Run one command; any failure is one sentence on standard error."""
    if not argv or argv[0] in ("-h", "--help", "help"):
        out(usage.OVERVIEW.rstrip())
        return 0 if argv else FAILED
    name, rest = argv[0], argv[1:]
    if name not in COMMANDS:
        note(f"spnntools: there is no command {name!r}: use {', '.join(COMMANDS)}, or --help")
        return FAILED
    run, text = COMMANDS[name]
    if "-h" in rest or "--help" in rest:
        out(text.rstrip())
        return 0
    try:
        run(rest)
        sys.stdout.flush()
        return 0
    except UsageError as error:
        note(f"spnntools {name}: {error} (spnntools {name} --help says more)")
    except SpnnError as error:
        note(f"spnntools {name}: {error}")
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output has gone, so there is nobody to print to
    except OSError as error:
        note(f"spnntools {name}: {error.filename or 'a file'}: {error.strerror or error}")
    except MemoryError:
        note(f"spnntools {name}: this needs more memory than the computer has")
    except KeyboardInterrupt:
        note(f"spnntools {name}: stopped")
        return INTERRUPTED
    return FAILED


if __name__ == "__main__":
    code = main(sys.argv[1:])
    gc.freeze()  # the process ends: searching all of torch for garbage would take another 0.3 s
    sys.exit(code)

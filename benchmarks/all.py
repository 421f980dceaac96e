"""All benchmarks, one after the other: `python benchmarks/all.py`."""

import subprocess
import sys
from pathlib import Path

BENCHMARKS = ("cpu", "in_flight", "memory", "replay")


def main() -> None:
    """Run each in a process of its own; what is on the command line goes to all."""
    for name in BENCHMARKS:
        script = Path(__file__).with_name(f"{name}.py")
        subprocess.run([sys.executable, str(script), *sys.argv[1:]], check=True)


if __name__ == "__main__":
    main()

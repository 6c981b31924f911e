"""Kill the nightly job for long, with other seeds each time: ``make soak``.

    .ci/postgres python tests/soak_nightly.py [--rounds 1] [--seed N]

A round is ``tests/test_nightly_crash.py`` with two hundred kills on each kind of store, and stores that are away for
twenty seconds at a time. It ends at the first round that does not come to what a clean run does, and names its seed.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
from pathlib import Path

MOST = 2**31


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--seed", type=int, help="of the first round; otherwise drawn")
    given = parser.parse_args()
    first = random.randrange(MOST) if given.seed is None else given.seed
    for seed in range(first, first + given.rounds):
        print(f"seed {seed}", flush=True)  # noqa: T201
        command = [sys.executable, "-m", "pytest", "-sv", str(Path(__file__).with_name("test_nightly_crash.py"))]
        if code := subprocess.run(command, env={**os.environ, "ESCALERT_SOAK": str(seed)}).returncode:
            print(f"failed; again with: python tests/soak_nightly.py --seed {seed}")  # noqa: T201
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main())

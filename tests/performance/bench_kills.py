"""Desks killed at a random moment of an import or of a round of polls, then started again.

    python -m tests.performance.bench_kills [N] [--seed S]

N (200) times: a process of `newsdesk import` (or, every fourth, of `newsdesk sources check` over
feeds on the loopback) gets SIGKILL at a moment that the seed gives, some once more on their way
back; then the folder is opened and drained, or the same command runs again, to its end. Store and
index must then agree with each other, and with a desk that nobody killed: article for article,
and story for story where items come in one order. Prints each failure with its seed. Items are
invented ones, or those of the two real streams under `NEWSDESK_EVAL_DATA`.
"""

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.integration.killing import Killing, serving_folder


def main() -> int:
    """Kill, look, and say what was found; 1 when something was lost."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("n", nargs="?", type=int, default=200, metavar="N")
    parser.add_argument("--seed", type=int, default=1, help="the first seed")
    arguments = parser.parse_args()
    data = os.environ.get("NEWSDESK_EVAL_DATA")
    with (
        tempfile.TemporaryDirectory() as made,
        serving_folder(Path(made) / "served") as address,
    ):
        killing = Killing(Path(made), address, data=Path(data) if data else None)
        killing.prepare()
        for case in killing.cases:
            held = case.expected
            assert held is not None
            print(
                f"{case.name}: {case.seconds:.1f} s, {len(held.articles):,} articles in "
                f"{len(held.stories):,} stories when nobody is killed",
                flush=True,
            )
        return _kill(killing, range(arguments.seed, arguments.seed + arguments.n))


def _kill(killing: Killing, seeds: range) -> int:
    started = time.monotonic()
    n_kills: Counter[str] = Counter()
    n_failed = 0
    for seed in seeds:
        done = killing.round(seed)
        n_kills[done.case] += done.n_kills
        if done.problems:
            n_failed += 1
            print(done, flush=True)
        elif (seed - seeds.start + 1) % 20 == 0:
            print(f"{seed - seeds.start + 1} rounds, {dict(n_kills)} kills", flush=True)
    told = ", ".join(f"{n} kills while {case}ing" for case, n in n_kills.items())
    print(
        f"{len(seeds)} rounds (seeds {seeds.start} to {seeds.stop - 1}) in "
        f"{time.monotonic() - started:.0f} s: {told}; {n_failed} rounds failed"
    )
    return 1 if n_failed else 0


if __name__ == "__main__":
    sys.exit(main())

"""Ranks of all areas under 10,000 weightings, and what would move one across the end of a list.

Seeded figures of 57 and 8,000 areas by 5 and 8 indicators that go together as poverty's do. Beside
it what a plain loop of numpy's argsort takes, ranks only; and that rounding scores to 32 bits would
change ranks. Run: python benchmarks/bench_ranking.py
"""

import resource
import statistics
import time
from collections.abc import Callable

import numpy as np
import pandas as pd

from kantong.analysis.composite import Composite, composite
from kantong.analysis.robustness import robustness, what_would_change

SIZES, INDICATORS = (57, 8_000), (5, 8)
DRAWS, DATA_DRAWS, FIRST, ROUNDS, SEED = 10_000, 200, 10, 5, 1
AIMS_S = {57: 0.3, 8_000: 5.0}


def scored(areas: int, indicators: int) -> tuple[Composite, pd.DataFrame]:
    """Return a score of seeded figures, and these."""
    generator = np.random.default_rng(SEED)
    figures = generator.normal(size=(areas, 1)) + generator.normal(size=(areas, indicators))
    names = [f"i{place}" for place in range(indicators)]
    frame = pd.DataFrame(figures, [f"{place:06}" for place in range(areas)], names)
    return composite(frame, {name: 1 + place for place, name in enumerate(names)}), frame


def median(call: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Return the median seconds of a call."""
    times = []
    for _round in range(rounds):
        began = time.perf_counter()
        call()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def plain(found: Composite) -> None:
    """Rank by argsort, weighting by weighting."""
    terms = found.terms.to_numpy()
    areas = np.arange(len(terms))
    rank = np.empty(len(terms), dtype=np.int64)
    generator = np.random.default_rng(SEED)
    for weights in generator.dirichlet(np.ones(terms.shape[1]), DRAWS):
        rank[np.argsort(-(terms @ weights))] = areas


def rounded(found: Composite) -> float:
    """Return the share of ranks that scores of 32 bits would change."""
    terms = found.terms.to_numpy()
    weights = np.random.default_rng(SEED).dirichlet(np.ones(terms.shape[1]), 100)
    exact, coarse = weights @ terms.T, weights.astype(np.float32) @ terms.T.astype(np.float32)
    ranks = [np.argsort(np.argsort(-one, axis=1), axis=1) for one in (exact, coarse)]
    return float((ranks[0] != ranks[1]).mean())


def main() -> None:
    """Measure all."""
    for areas in SIZES:
        for indicators in INDICATORS:
            found, frame = scored(areas, indicators)
            generator = np.random.default_rng(SEED)

            def shaken(
                generator: np.random.Generator = generator, frame: pd.DataFrame = frame
            ) -> pd.DataFrame:
                return frame + generator.normal(0, 0.1, frame.shape)

            ours = median(lambda found=found: robustness(found, k=FIRST, draws=DRAWS))  # type: ignore[misc]
            both = median(
                lambda found=found, shaken=shaken: robustness(  # type: ignore[misc]
                    found, k=FIRST, draws=DRAWS, data=shaken, data_draws=DATA_DRAWS
                )
            )
            beside = median(lambda found=found: plain(found), 1)  # type: ignore[misc]
            print(
                f"{areas:>6,} areas x {indicators} x {DRAWS:,}   weights {ours:6.3f} s (aim "
                f"{AIMS_S[areas]})   with {DATA_DRAWS} draws of figures {both:6.3f} s   argsort "
                f"{beside:6.3f} s   changed by 32 bits {rounded(found):.5f}",
                flush=True,
            )
    print(f"Peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    found, _ = scored(SIZES[0], INDICATORS[-1])
    times = [
        median(lambda kode=kode: what_would_change(found, kode, FIRST), 1)  # type: ignore[misc]
        for kode in found.rank.sort_values().index
    ]
    near = statistics.median(times[FIRST - 5 : FIRST + 5])
    print(f"What would change: {near:.3f} s near the cut, {max(times):.3f} s at most")


if __name__ == "__main__":
    main()

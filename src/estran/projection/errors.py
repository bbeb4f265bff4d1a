"""The sources of error behind the effects of a plan, and the variance that they make together (Q5, Q8, D5)."""

import numpy as np

from estran.projection.cohorts import Array


class Errors:
    """The sources of error of one criterion, numbered as they come: number 0 is none.

    `cv` is that of each; `producers` the producer of each factor, empty for what names none; `share`, the part of the
    variance of a factor that is common to all factors of its producer (Q8).
    """

    def __init__(self, share: float) -> None:
        self.share = share
        self.numbers, self.cv, self.producers = {"": 0}, [0.0], [""]

    def number(self, source: str, cv: float | None, producer: str | None = None) -> int:
        """The number of a source, given to it if it is new."""
        if source not in self.numbers:
            self.numbers[source] = len(self.cv)
            self.cv.append(cv or 0.0)
            self.producers.append(producer or "")
        return self.numbers[source]

    def variance(self, moved: Array) -> Array:
        """The variance of what each source moves (sources × …): apart, then the common part of each producer (Q8)."""
        deviations = np.einsum("s,s...->s...", self.cv, moved)
        kept = np.array([1 - self.share if producer else 1.0 for producer in self.producers])
        variance = np.tensordot(kept, deviations**2, axes=1)
        for producer in sorted({*self.producers} - {""}):
            own = np.array([one == producer for one in self.producers])
            variance += self.share * deviations[own].sum(axis=0) ** 2
        return variance

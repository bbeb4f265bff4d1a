"""Intervals at 95 %: the bounds of a normal law and of a lognormal one (Q1, Q6)."""

from math import exp, log, sqrt

Z95 = 1.959963984540054  # half-width of a 95 % interval, in standard deviations


def lognormal_bounds(value: float, relative_variance: float) -> tuple[float, float]:
    """The 95 % bounds of a positive value whose variance, over the square of its mean, is known (Q6)."""
    shape = log(1 + relative_variance)
    low, high = (value * exp(-shape / 2 + sign * Z95 * sqrt(shape)) for sign in (-1, 1))
    return low, high

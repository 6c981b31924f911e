"""The small pictures of the report: flag rates over the weeks, and how far each watched figure is from its limit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from escalert.nightly.night import DriftFigure, FlagRate

WIDTH, HEIGHT = 160, 32
EDGE = 4
"""Room for the dot of the night."""
GAUGE_SPAN = 2.0
"""A gauge is full at so many times the limit."""


@dataclass(frozen=True, slots=True)
class RateChart:
    """A flag rate, and its picture.

    Attributes
    ----------
    line : str
        Points of the weeks and the night, as SVG takes them; empty where there are no weeks.
    dot : pair of float
        The night's.
    band : pair of float or None
        Upper edge and height of the control limits.
    """

    title: str
    rate: FlagRate
    line: str
    dot: tuple[float, float]
    band: tuple[float, float] | None
    centre: float | None


@dataclass(frozen=True, slots=True)
class Gauge:
    """A figure of drift; `percent` of the bar is filled, and the limit lies in its middle."""

    figure: DriftFigure
    percent: float


def rate_charts(rates: Sequence[FlagRate], titles: Mapping[str, str]) -> list[RateChart]:
    """Draw flag rates, those out of their limits first."""
    ordered = sorted(rates, key=lambda rate: not rate.is_out)
    return [_chart(rate, titles.get(rate.label, rate.label)) for rate in ordered]


def gauges(figures: Sequence[DriftFigure]) -> list[Gauge]:
    """Draw figures of drift, the farthest over its limit first."""
    found = [Gauge(figure, _filled(figure)) for figure in figures]
    return sorted(found, key=lambda gauge: (not gauge.figure.is_out, -gauge.percent, gauge.figure.name))


def _filled(figure: DriftFigure) -> float:
    share = figure.value / (GAUGE_SPAN * figure.limit) if figure.limit > 0 else float(figure.value > 0)
    return round(100 * min(max(share, 0.0), 1.0), 1)


def _chart(rate: FlagRate, title: str) -> RateChart:
    shares = [share for _, share in rate.history] + [rate.rate]
    drawn = shares + [limit for limit in (rate.low, rate.high) if limit is not None]
    least, most = min(drawn), max(drawn)

    def up(share: float) -> float:
        part = (share - least) / (most - least) if most > least else 0.5
        return round(HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * part, 1)

    step = (WIDTH - 2 * EDGE) / max(1, len(shares) - 1)
    across = [round(EDGE + step * n, 1) for n in range(len(shares))] if len(shares) > 1 else [WIDTH - EDGE]
    points = list(zip(across, map(up, shares), strict=True))
    limits = None if rate.low is None or rate.high is None else (up(rate.high), round(up(rate.low) - up(rate.high), 1))
    return RateChart(
        title,
        rate,
        " ".join(f"{x},{y}" for x, y in points) if len(points) > 1 else "",
        points[-1],
        limits,
        None if rate.centre is None else up(rate.centre),
    )

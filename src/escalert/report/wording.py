"""How the report words numbers, moments of a call and texts of unknown quality."""

from __future__ import annotations

from math import isfinite

ELLIPSIS = "…"


def percent(fraction: float) -> str:
    """Word a fraction of 1 without ever rounding it to a certainty."""
    if 0 < fraction < 0.005:
        return "<1%"
    if 0.995 < fraction < 1:
        return ">99%"
    return f"{round(100 * fraction)}%"


def share(part: int, whole: int) -> str:
    """Word `part` as a percentage of `whole`; a dash where there is no whole."""
    return percent(part / whole) if whole else "–"


def clock(seconds: float) -> str:
    """Word seconds as ``mm:ss``, or ``h:mm:ss`` from an hour on."""
    minutes, rest = divmod(max(0, int(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes:02}:{rest:02}"


def moment(start_s: float | None, turn: int) -> str:
    """Word where in a call something was said: its time, or else its turn, counted from 0 as in every output."""
    return f"turn {turn}" if start_s is None or not isfinite(start_s) else clock(start_s)


def clean(text: str | None) -> str:
    """Replace what UTF-8 cannot hold, such as half of a surrogate pair."""
    return (text or "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def shorten(text: str, most: int) -> str:
    """Cut `text` at a word where it is longer than `most` characters."""
    text = " ".join(text[: 4 * most].split())
    if len(text) <= most:
        return text
    head = text[:most].rsplit(" ", 1)[0] if " " in text[most // 2 : most] else text[:most]
    return head.rstrip(" ,;:.-") + ELLIPSIS

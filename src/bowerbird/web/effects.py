"""Effects in the words that people read: how much more, and between what it likely is."""

__all__ = ["lift_words", "range_words"]


def lift_words(lift: float | None, digits: int = 2) -> str:
    """A relative change with its sign: +4.2 %, -12 %, 0 %."""
    if lift is None:
        return "not known"
    rounded = float(f"{lift * 100:.{digits}g}")
    return f"{rounded:+,g} %".replace("-", "−") if rounded else "0 %"


def range_words(low: float | None, high: float | None) -> str:
    """Between its ends; an end that is not known is left open."""
    if low is None and high is None:
        return "anything"
    if low is None:
        return f"at most {lift_words(high)}"
    if high is None:
        return f"at least {lift_words(low)}"
    return f"between {lift_words(low)} and {lift_words(high)}"

"""The dates that pages state, as ISO 8601 in UTC; what is not a date of this century's web is none."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_ISO = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})"
    r"(?:[T ](?P<time>\d{2}:\d{2}(?::\d{2})?)(?:\.\d+)?\s*(?P<zone>Z|[+-]\d{2}:?\d{2})?)?",
    re.IGNORECASE,
)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:\d{6})?")
_SLASHED = re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})(?:\D.*)?")
_MAX_CHARS = 64
_FIRST_YEAR = 1990  # the first web page


def to_iso(text: str) -> str:
    """
    `2024-03-01` when only a day is stated, `2024-03-01T09:30:00Z` when a time is; an empty string for no date.

    A time without a zone is taken for UTC. Reads ISO 8601 (and its compact and slashed kin) and the dates of e-mail.
    """
    text = text.strip()
    if not text or len(text) > _MAX_CHARS:
        return ""
    try:
        return _from_iso(text) or _from_mail(text)
    except (ValueError, OverflowError):
        return ""


def _from_iso(text: str) -> str:
    for pattern in (_COMPACT, _SLASHED):
        if parts := pattern.fullmatch(text):
            text = "-".join(f"{int(part):02}" for part in parts.groups()[:3])
    found = _ISO.match(text)
    if found is None:
        return ""
    if found["time"] is None:
        day = datetime.fromisoformat(found["day"])
        return found["day"] if _plausible(day) else ""
    zone = (found["zone"] or "+00:00").upper().replace("Z", "+00:00")
    return _utc(datetime.fromisoformat(f"{found['day']}T{found['time']}{zone}"))


def _from_mail(text: str) -> str:
    return _utc(parsedate_to_datetime(text))


def _utc(moment: datetime) -> str:
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    moment = moment.astimezone(UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if _plausible(moment) else ""


def _plausible(moment: datetime) -> bool:
    return _FIRST_YEAR <= moment.year < 2100


def to_timestamp(iso: str) -> float | None:
    """Seconds since 1970 of a date that `to_iso` gave (the start of a day in UTC), or None for none."""
    if not iso:
        return None
    moment = datetime.fromisoformat(iso)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()

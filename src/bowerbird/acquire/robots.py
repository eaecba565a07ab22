"""
robots.txt as RFC 9309 has it: which addresses a site lets an agent fetch, and how fast.

Groups, precedence and matching follow the RFC and its authors' reference parser (google/robotstxt), including what
that parser forgives: a missing colon, common misspellings. protego is not used: it takes an unknown line for the end
of a group and a part of a word for an agent's name, so it disobeys files that the reference obeys.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

MAX_BODY_BYTES = 500_000  # the RFC asks for at least 500 KiB to be parsed; what follows is ignored
_MAX_LINE_BYTES = 16_664  # 8 × 2,083, as the reference: the longest address browsers took, escaped
_MAX_DELAY_S = 86_400.0

_LINE_END = re.compile(rb"\r\n|\r|\n")
_AGENT_TOKEN = re.compile(r"[A-Za-z_-]+")
_AFTER_AUTHORITY = re.compile(r"^(?:[A-Za-z][A-Za-z0-9+.-]*:)?(?://)?[^/?;#]*([^#]*)")
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
_UNRESERVED_ESCAPE = re.compile(r"%(?:2[DdEe]|3[0-9]|4[1-9A-Fa-f]|5[0-9AaFf]|6[1-9A-Fa-f]|7[0-9AaEe])")

_DISALLOW_MISSPELT = ("dissallow", "dissalow", "disalow", "diasllow", "disallaw")
_FIELDS: dict[str, tuple[str, ...]] = {
    "user-agent": ("user-agent", "useragent", "user agent"),
    "allow": ("allow",),
    "disallow": ("disallow", *_DISALLOW_MISSPELT),
    "sitemap": ("sitemap", "site-map"),
    "crawl-delay": ("crawl-delay", "crawl delay"),
}


@dataclass(frozen=True, slots=True)
class _Rule:
    pattern: str  # with every byte outside ASCII escaped
    allows: bool

    def matches(self, path: str) -> bool:
        if _matches(path, self.pattern):
            return True
        # `%62` in a rule means `b` (RFC section 2.2.2). The reference compares octets only. When they differ we take
        # the reading that fetches less.
        plain = _UNRESERVED_ESCAPE.sub(lambda found: chr(int(found[0][1:], 16)), self.pattern)
        return not self.allows and plain != self.pattern and _matches(path, plain)


@dataclass(slots=True)
class _Group:
    rules: list[_Rule] = field(default_factory=list[_Rule])
    delay_s: float | None = None

    def sort(self) -> None:
        """The longest pattern decides, and of equals the one that allows; so the first match is the answer."""
        self.rules.sort(key=lambda rule: (-len(rule.pattern), not rule.allows))


class Rules:
    """What one robots.txt says; immutable once parsed."""

    def __init__(self, groups: dict[str, _Group], sitemaps: tuple[str, ...], *, refuses_all: bool = False) -> None:
        self._groups = groups
        self._refuses_all = refuses_all
        self.sitemaps = sitemaps

    @classmethod
    def parse(cls, body: bytes) -> "Rules":
        """The rules in a robots.txt of any bytes; what cannot be read as a rule is ignored."""
        reader = _Reader()
        for line in _LINE_END.split(body[:MAX_BODY_BYTES].removeprefix(b"\xef\xbb\xbf")):
            reader.take(line[:_MAX_LINE_BYTES].decode("latin-1"))
        for group in reader.groups.values():
            group.sort()
        return cls(reader.groups, tuple(dict.fromkeys(reader.sitemaps)))

    @classmethod
    def from_response(cls, status: int | None, body: bytes) -> "Rules":
        """
        The rules that an answer to the request for robots.txt means (RFC 9309 section 2.3.1), after its redirects.

        `status` is None when the site could not be reached. 2xx is parsed; 4xx and too many redirects allow all; no
        answer, 5xx and 429 (the site is asking us to stop) refuse all until asked again.
        """
        if status is None or status >= 500 or status == 429:
            return cls({}, (), refuses_all=True)
        return cls.parse(body) if 200 <= status < 300 else cls({}, ())

    @property
    def refuses_all(self) -> bool:
        """True if the site could not say what it allows; ask again later."""
        return self._refuses_all

    def allowed(self, url: str, agent: str) -> bool:
        """True if `agent` (a product token, a version after a slash is ignored) may fetch `url`."""
        if self._refuses_all:
            return False
        path = _path_and_query(url)
        if path == "/robots.txt":
            return True
        group = self._group(agent)
        if group is None:
            return True
        return next((rule.allows for rule in group.rules if rule.matches(path)), True)

    def crawl_delay_s(self, agent: str) -> float | None:
        """The seconds between two requests that the site asks of `agent`, if it asks."""
        group = self._group(agent)
        return None if group is None else group.delay_s

    def _group(self, agent: str) -> _Group | None:
        token = agent.partition("/")[0].strip().lower()
        return self._groups.get(token) or self._groups.get("*")


class _Reader:
    """Reads line after line; groups of one agent are merged, wherever they stand."""

    def __init__(self) -> None:
        self.groups: dict[str, _Group] = {}
        self.sitemaps: list[str] = []
        self._current: list[_Group] = []
        self._rules_seen = False
        # To the RFC a crawl-delay is an unknown line and ends no group; who writes one means the agents just above it.
        self._slowed: list[_Group] = []
        self._delay_seen = False
        self._actions: dict[str, Callable[[str], None]] = {
            "user-agent": self._agent,
            "allow": lambda value: self._rule(value, allows=True),
            "disallow": lambda value: self._rule(value, allows=False),
            "sitemap": self._sitemap,
            "crawl-delay": self._delay,
        }

    def take(self, line: str) -> None:
        key, value = _key_and_value(line)
        for name, spellings in _FIELDS.items():
            if key.startswith(spellings):
                self._actions[name](value)
                return

    def _agent(self, value: str) -> None:
        if self._rules_seen:
            self._current, self._rules_seen = [], False
            self._slowed = []
        if self._delay_seen:
            self._slowed, self._delay_seen = [], False
        if value == "*" or re.match(r"\*\s", value):
            name = "*"
        else:
            token = _AGENT_TOKEN.match(value)
            if token is None:
                return
            name = token[0].lower()
        group = self.groups.setdefault(name, _Group())
        for groups in (self._current, self._slowed):
            if all(group is not known for known in groups):
                groups.append(group)

    def _rule(self, value: str, *, allows: bool) -> None:
        if not self._current:
            return
        self._rules_seen = True
        if not value:
            return
        for pattern in _patterns(_escaped(value), allows=allows):
            for group in self._current:
                group.rules.append(_Rule(pattern, allows))

    def _sitemap(self, value: str) -> None:
        if value:
            self.sitemaps.append(value.encode("latin-1").decode("utf-8", "replace"))

    def _delay(self, value: str) -> None:
        try:
            delay_s = float(value)
        except ValueError:
            return
        if 0 <= delay_s <= _MAX_DELAY_S:  # also refuses nan and inf
            self._delay_seen = True
            for group in self._slowed:
                group.delay_s = delay_s


def _key_and_value(line: str) -> tuple[str, str]:
    text = line.partition("#")[0].strip()
    key, colon, value = text.partition(":")
    if not colon:  # "disallow /x": forgiven when there are exactly two words
        words = text.split()
        if len(words) != 2:
            return "", ""
        key, value = words
    return key.strip().lower(), value.strip()


def _patterns(pattern: str, *, allows: bool) -> list[str]:
    """The pattern, and its folder when it allows an index page: who allows `/index.html` means `/` too."""
    head, slash, tail = pattern.rpartition("/")
    if allows and slash and tail.startswith("index.htm"):
        return [pattern, f"{head}/$"]
    return [pattern]


def _escaped(value: str) -> str:
    """The pattern with bytes outside ASCII escaped, and the escapes it has in upper case."""
    upper = _ESCAPE.sub(lambda found: found[0].upper(), value)
    return "".join(char if char < "\x80" else f"%{ord(char):02X}" for char in upper)


def _path_and_query(url: str) -> str:
    found = _AFTER_AUTHORITY.match(url)
    path = found[1] if found else ""
    return path if path.startswith("/") else f"/{path}"


def _matches(path: str, pattern: str) -> bool:
    """True if `pattern` matches `path` from its start: `*` is anything, a final `$` is the end. Linear in both."""
    anchored = pattern.endswith("$")
    parts = (pattern[:-1] if anchored else pattern).split("*")
    if len(parts) == 1:
        return path == parts[0] if anchored else path.startswith(parts[0])
    if not path.startswith(parts[0]):
        return False
    at = len(parts[0])
    for part in parts[1:-1]:
        found = path.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    if anchored:
        return len(path) - len(parts[-1]) >= at and path.endswith(parts[-1])
    return path.find(parts[-1], at) >= 0

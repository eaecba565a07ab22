"""
URLs as the WHATWG standard reads them, in one spelling per page, and the question whether one belongs to a source.

`parse` and `join` are the standard and nothing else. `normalise` adds what makes two spellings of one page equal.
Source of the rules: https://url.spec.whatwg.org/ (through ada) and RFC 3986 section 6.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal, get_args

from ada_url import URL, join_url, normalize_url

from bowerbird.kernel.errors import InputWrong

if TYPE_CHECKING:
    from tldextract import TLDExtract

MAX_URL_CHARS = 2048

Fault = Literal["empty", "not a url", "scheme", "credentials", "control characters", "too long"]
ScopeKind = Literal["host", "site", "prefix"]

# Parameters that name a campaign or a click, never a page.
_TRACKING = re.compile(
    r"(?:utm_\w+|gclid|gclsrc|dclid|gbraid|wbraid|fbclid|msclkid|yclid|twclid|ttclid|igshid|mc_cid|mc_eid|_hsenc|_hsmi"
    r"|hsctatracking|mkt_tok|oly_anon_id|oly_enc_id|vero_id|wickedid|_openstat|s_kwcid|at_medium|at_campaign)",
    re.IGNORECASE,
)
# Parameters that name a session when their value looks like a token rather than a word or a small number.
_SESSION = re.compile(
    r"(?:phpsessid|jsessionid|aspsessionid\w*|asp\.net_sessionid|cfid|cftoken|sid|sess|sessid|sessionid|session_id"
    r"|session|oscsid|zenid|xtcsid)",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"(?=[^&]*[0-9])[0-9A-Za-z._%~-]{16,}")
_PATH_SESSION = re.compile(r";jsessionid=[^/;]*", re.IGNORECASE)
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
# A serialised address that is in its one spelling already, but for its fragment and its parameters.
_PLAIN = re.compile(r"(https?)://([a-z0-9-]+(?:\.[a-z0-9-]+)*)(/[^?#%;]*)(?:\?([^#%]*))?(?:#.*)?")
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Url:
    """One page's address in its one spelling: no fragment, no credentials, no tracking, http or https only."""

    href: str
    scheme: str
    host: str  # lower case, punycode; an IPv6 address keeps its brackets
    port: int
    path: str
    query: str  # without the question mark

    @property
    def origin(self) -> str:
        """The scheme, host and port, as robots.txt and politeness are kept by."""
        shown = "" if self.port == _DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{self.host}{shown}"


def parse(text: str, *, base: str | None = None) -> URL | None:
    """The parsed URL as the standard has it, or None where the standard fails."""
    try:
        return URL(text, base) if base is not None else URL(text)
    except (ValueError, UnicodeEncodeError):  # lone surrogates cannot be encoded, so they are no URL either
        return None


def join(base: str, text: str) -> str | None:
    """The address that a link `text` on page `base` leads to, or None when it leads nowhere."""
    url = parse(text, base=base)
    return None if url is None else url.href


def normalise(text: str, *, base: str | None = None) -> Url | Fault:
    """The one spelling of a page's address, or what is wrong with it; normalising twice changes nothing."""
    if not text.strip():
        return "empty" if base is None else "not a url"
    if len(text) > MAX_URL_CHARS:
        return "too long"
    try:
        href = join_url(base, text) if base is not None else normalize_url(text)
    except (ValueError, UnicodeEncodeError):
        return "not a url"
    return _plain(href) or _careful(href)


def _plain(href: str) -> Url | None:
    """The quick way for most parsed addresses: those without an escape, a user, a port or a session in the path."""
    found = _PLAIN.fullmatch(href)
    if found is None or len(href) > MAX_URL_CHARS:
        return None
    scheme, host, path, search = found.groups("")
    query = _query(search)
    return Url(
        f"{scheme}://{host}{path}{'?' + query if query else ''}", scheme, host, _DEFAULT_PORTS[scheme], path, query
    )


def _careful(href: str) -> Url | Fault:
    url = parse(href)
    if url is None:
        return "not a url"
    if url.protocol not in ("http:", "https:"):
        return "scheme"
    if url.username or url.password:
        return "credentials"
    return _one_spelling(url)


def _one_spelling(url: URL) -> Url | Fault:
    scheme = url.protocol[:-1]
    host = url.hostname.rstrip(".")
    port = int(url.port) if url.port else _DEFAULT_PORTS[scheme]
    shown_port = f":{url.port}" if url.port else ""
    path = _escapes(_PATH_SESSION.sub("", url.pathname))
    query = _query(url.search[1:])
    href = f"{scheme}://{host}{shown_port}{path}{'?' + query if query else ''}"
    again = parse(href)
    if again is None or not host:
        return "not a url"
    if again.href != href:  # what was unescaped has made new dot segments, an IPv4 host, …
        return _one_spelling(again)
    return Url(href, scheme, host, port, path, query) if len(href) <= MAX_URL_CHARS else "too long"


def _escapes(text: str) -> str:
    """Unescape what needs no escape and write the other escapes in upper case, until nothing changes."""
    while "%" in text:
        done = _ESCAPE.sub(_escape, text)
        if done == text:
            break
        text = done
    return text


def _escape(found: re.Match[str]) -> str:
    byte = int(found[1], 16)
    return chr(byte) if byte in _UNRESERVED else f"%{found[1].upper()}"


def _query(search: str) -> str:
    kept = [part for part in _escapes(search).split("&") if part and not _names_no_page(part)]
    return "&".join(kept)


def _names_no_page(parameter: str) -> bool:
    name, _, value = parameter.partition("=")
    return bool(_TRACKING.fullmatch(name) or (_SESSION.fullmatch(name) and _TOKEN.fullmatch(value)))


_ADVICE: dict[Fault, tuple[str, str]] = {
    "empty": ("a web address", "write one, for example https://example.org/docs/"),
    "not a url": ("a web address", "write one, for example https://example.org/docs/"),
    "scheme": ("an address that starts with http:// or https://", "put https:// in front of the host's name"),
    "credentials": ("an address without a user name or password", "remove what stands before the @"),
    "control characters": ("printable characters only", "type the address again instead of pasting it"),
    "too long": (f"at most {MAX_URL_CHARS} characters", "start at a page with a shorter address"),
}


def start_url(text: str) -> Url:
    """The address where gathering starts; raises `InputWrong` with what was seen, expected, and to do."""
    stripped = text.strip(" \t\r\n")
    if any(unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") for char in stripped):
        found: Url | Fault = "control characters"
    else:
        found = normalise(stripped)
    if isinstance(found, Url):
        return found
    expected, advice = _ADVICE[found]
    seen = stripped if len(stripped) <= 120 else f"{stripped[:120]}…"
    raise InputWrong(
        f"the address {seen!r} cannot be gathered ({found}): expected {expected}; {advice}", field="base-url"
    )


@dataclass(frozen=True, slots=True)
class Scope:
    """Which addresses belong to a source: its host (with or without www), its registrable site, or a path below it."""

    kind: ScopeKind
    start: Url

    def __post_init__(self) -> None:
        if self.kind not in get_args(ScopeKind):
            raise InputWrong(f"the scope {self.kind!r} is not known: expected host, site or prefix", field="scope")

    def covers(self, url: Url) -> bool:
        """True if `url` belongs to the source."""
        match self.kind:
            case "host":
                return _door(url) == _door(self.start)
            case "site":
                return registrable(url.host) == registrable(self.start.host)
            case "prefix":
                return _door(url) == _door(self.start) and url.path.startswith(_folder(self.start.path))


def _door(url: Url) -> tuple[str, int | None]:
    """The host without www, and its port unless it is the scheme's own: http and https of one host are one door."""
    return url.host.removeprefix("www."), None if url.port == _DEFAULT_PORTS[url.scheme] else url.port


def _folder(path: str) -> str:
    return path[: path.rindex("/") + 1]


@cache
def _suffixes() -> "TLDExtract":
    import tldextract  # brings a client for lists that we never fetch; only a crawl needs it

    return tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)  # the list that ships with it: no network


def registrable(host: str) -> str:
    """The part of a host that somebody registered (`example.co.uk`), or the host itself when it has none."""
    found = _suffixes()(host)
    return found.top_domain_under_public_suffix or host

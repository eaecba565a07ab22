"""
Which hosts and addresses may be asked at all (A8): the crawler must not become a door into the operator's network.

A host is judged twice: by its name in the URL, before anything is sent, and by every address it resolves to, at the
moment of connecting. The second look is what stops a name that changes its address between the two.
"""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass, field

import ada_url

from bowerbird.kernel.errors import InputWrong

__all__ = ["Policy", "Port", "parse_allowed"]

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Port = int | None  # None: any port

# Addresses at which clouds hand out credentials to whoever asks from inside. Never asked, whatever is allowed.
METADATA_ADDRESSES = frozenset(
    ipaddress.ip_address(text)
    for text in (
        "169.254.169.254",  # AWS, Azure, Google, DigitalOcean, OpenStack, Oracle
        "169.254.169.253",  # AWS name server of the VPC
        "169.254.170.2",  # AWS ECS tasks
        "169.254.170.23",  # AWS EKS pods
        "fd00:ec2::254",
        "fd00:ec2::253",
        "fd00:ec2::23",
        "fd20:ce::254",  # Google, IPv6
        "100.100.100.200",  # Alibaba
        "168.63.129.16",  # Azure's host agent: public by number, private by nature
        "192.0.0.192",  # Oracle classic
    )
)
METADATA_NAMES = frozenset(
    {
        "metadata",
        "metadata.google.internal",
        "metadata.goog",
        "metadata.azure.internal",
        "instance-data",
        "instance-data.ec2.internal",
        "metadata.tencentyun.com",
    }
)

# The registries of special-purpose addresses (RFC 6890 and what came after), with the word people know them by.
_REFUSED = tuple(
    (ipaddress.ip_network(text), word)
    for text, word in (
        ("0.0.0.0/8", "this machine"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "carrier-grade NAT"),
        ("127.0.0.0/8", "loopback"),
        ("169.254.0.0/16", "link-local"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "reserved"),
        ("192.0.2.0/24", "documentation"),
        ("192.31.196.0/24", "reserved"),
        ("192.52.193.0/24", "reserved"),
        ("192.88.99.0/24", "6to4 relay"),
        ("192.168.0.0/16", "private"),
        ("192.175.48.0/24", "reserved"),
        ("198.18.0.0/15", "benchmarking"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
        ("::/128", "this machine"),
        ("::1/128", "loopback"),
        ("::/96", "IPv4-compatible"),
        ("64:ff9b:1::/48", "local NAT64"),
        ("100::/64", "discard-only"),
        ("2001::/32", "Teredo"),
        ("2001::/23", "reserved"),
        ("2001:db8::/32", "documentation"),
        ("2002::/16", "6to4"),
        ("3fff::/20", "documentation"),
        ("5f00::/16", "segment routing"),
        ("fc00::/7", "private"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "site-local"),
        ("ff00::/8", "multicast"),
    )
)
_GLOBAL_V6 = ipaddress.ip_network("2000::/3")  # the only part of IPv6 that is given out to the public
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def parse_allowed(entries: str | Iterable[str]) -> frozenset[tuple[str, Port]]:
    """
    The hosts of `BOWERBIRD_ALLOW_HOSTS`: `host` or `host:port`, separated by commas or white space.

    Raises InputWrong for an entry that is neither.
    """
    words = entries.replace(",", " ").split() if isinstance(entries, str) else list(entries)
    return frozenset(_entry(word) for word in words)


def _entry(word: str) -> tuple[str, Port]:
    bare_v6 = word.count(":") > 1 and not word.startswith("[")
    try:
        parsed = ada_url.URL(f"http://[{word}]/" if bare_v6 else f"http://{word}/")
    except ValueError:
        parsed = None
    extra = parsed is None or parsed.username or parsed.password or parsed.pathname != "/" or parsed.search
    if extra or parsed is None or not parsed.hostname:
        raise InputWrong(f"BOWERBIRD_ALLOW_HOSTS: {word!r} is not a host; write `host` or `host:port`")
    tail = "" if bare_v6 else word.rpartition("]")[2].rpartition(":")[2] if ":" in word.rpartition("]")[2] else ""
    # An explicit :80 must stay an 80 although it is the default that the parser leaves out.
    return _plain(parsed.hostname), int(tail) if tail else None


@dataclass(frozen=True, slots=True)
class Policy:
    """What may be asked. `allowed` are private hosts that the operator names, for one port or for all."""

    allowed: frozenset[tuple[str, Port]] = field(default_factory=frozenset[tuple[str, Port]])

    def allowing(self, host: str, port: int) -> "Policy":
        """The same, with one more host at one port."""
        return Policy(self.allowed | {(_plain(host), port)})

    def allows_private(self, host: str, port: int) -> bool:
        """True if the operator named this host, for any port or for just this one."""
        name = _plain(host)
        return (name, None) in self.allowed or (name, port) in self.allowed

    def refuses_host(self, host: str, port: int) -> str | None:
        """Why a host must not be asked, judged by its name alone; None if its addresses are to decide."""
        name = _plain(host)
        if name in METADATA_NAMES:
            return f"{name} is a cloud's metadata service"
        if (address := _literal(name)) is not None:
            return self.refuses_address(address, host=host, port=port)
        if (name == "localhost" or name.endswith(".localhost")) and not self.allows_private(host, port):
            return f"{name} is this machine"
        return None

    def refuses_address(self, address: str | Address, *, host: str, port: int) -> str | None:
        """Why an address that `host` resolved to must not be connected to; None if it may."""
        try:
            ip = ipaddress.ip_address(address.partition("%")[0]) if isinstance(address, str) else address
        except ValueError:
            return f"{address!r} is not an IP address"
        if any(each in METADATA_ADDRESSES for each in _meant(ip)):
            return f"{ip} is a cloud's metadata service"
        if self.allows_private(host, port):
            return None
        word = _special(ip)
        return None if word is None else f"{ip} is a {word} address"


def _plain(host: str) -> str:
    """The host as the parser writes it: lower case, ASCII, without brackets and without the root's dot."""
    bare = host.strip("[]").lower()
    try:
        normal = ada_url.URL(f"http://[{bare}]/" if ":" in bare else f"http://{bare}/").hostname
    except ValueError:
        normal = bare
    return normal.strip("[]").rstrip(".")


def _literal(name: str) -> Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


def _special(ip: Address) -> str | None:
    """The word for what makes an address not public; None if it is public."""
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return _special(ip.ipv4_mapped)
        if ip in _NAT64:
            return _special(_last_v4(ip))
    for network, word in _REFUSED:
        if ip.version == network.version and ip in network:
            return word
    if isinstance(ip, ipaddress.IPv6Address) and ip not in _GLOBAL_V6:
        return "reserved"
    return None


def _meant(ip: Address) -> list[Address]:
    """The address and every IPv4 address that is written inside it."""
    if isinstance(ip, ipaddress.IPv4Address):
        return [ip]
    inside: list[Address] = [ip, _last_v4(ip)]  # mapped, compatible, NAT64 of either prefix
    if ip.sixtofour is not None:
        inside.append(ip.sixtofour)
    if ip.teredo is not None:
        inside.extend(ip.teredo)
    return inside


def _last_v4(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address:
    return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)

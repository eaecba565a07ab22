"""The guard at connect time."""

from typing import Any

import pytest
from twisted.internet.address import IPv4Address, IPv6Address

from bowerbird.acquire.guard import Policy
from bowerbird.acquire.resolver import GuardingResolver, refusal


class Reactor:
    """As much of a reactor as a resolver needs; every name has the addresses it is told."""

    def __init__(self, *addresses: str) -> None:
        self.nameResolver: Any = self
        self._addresses = addresses

    def installNameResolver(self, resolver: Any) -> None:  # noqa: N802
        self.nameResolver = resolver

    def resolveHostName(self, receiver: Any, host: str, port: int, *_: Any) -> str:  # noqa: N802
        receiver.resolutionBegan(host)
        for address in self._addresses:
            kind: Any = IPv6Address if ":" in address else IPv4Address
            receiver.addressResolved(kind("TCP", address, port))
        receiver.resolutionComplete()
        return host


class Receiver:
    """What a connection attempt hears."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def resolutionBegan(self, _: Any) -> None:  # noqa: N802
        self.heard.append("began")

    def addressResolved(self, address: Any) -> None:  # noqa: N802
        self.heard.append(address.host)

    def resolutionComplete(self) -> None:  # noqa: N802
        self.heard.append("complete")


def resolved(policy: Policy, host: str, port: int, *addresses: str) -> list[str]:
    """What a connection to host and port may be made to."""
    reactor: Any = Reactor(*addresses)
    GuardingResolver(reactor, policy).install_on_reactor()
    receiver = Receiver()
    reactor.nameResolver.resolveHostName(receiver, host, port)
    return receiver.heard[1:-1]


@pytest.mark.parametrize(
    ("host", "addresses", "allowed"),
    [
        ("example.org", ["93.184.216.34"], ["93.184.216.34"]),
        ("rebind.example", ["127.0.0.1"], []),
        ("mixed.example", ["10.0.0.1", "93.184.216.34", "::1"], ["93.184.216.34"]),
        ("2130706433", ["127.0.0.1"], []),
        ("169.254.169.254", ["169.254.169.254"], []),
        ("metadata.google.internal", ["93.184.216.34"], []),
        ("mapped.example", ["::ffff:10.0.0.1"], []),
    ],
)
def test_only_public_addresses_are_connected_to(host: str, addresses: list[str], allowed: list[str]) -> None:
    """Whatever a name resolves to at the moment of connecting is judged."""
    assert resolved(Policy(), host, 80, *addresses) == allowed


def test_an_allowed_host_is_connected_to_at_its_port_only() -> None:
    """An allowance is for the host and port that it names; metadata stays out."""
    policy = Policy().allowing("intern.test", 8080)
    assert resolved(policy, "intern.test", 8080, "10.0.0.1", "169.254.169.254") == ["10.0.0.1"]
    assert resolved(policy, "intern.test", 80, "10.0.0.1") == []
    assert refusal("intern.test", 80) == "10.0.0.1 is a private address"

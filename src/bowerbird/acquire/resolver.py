"""
The guard at connect time, as Twisted's name resolver: Scrapy connects only to addresses that this lets through.

Also literal addresses pass through here, in every form, and every hop of a redirect.
"""

from collections.abc import Sequence
from typing import Any

from scrapy.crawler import Crawler
from twisted.internet.base import ReactorBase
from twisted.internet.interfaces import IAddress, IHostnameResolver, IHostResolution, IResolutionReceiver
from zope.interface import implementer

from bowerbird.acquire.guard import Policy

__all__ = ["GuardingResolver"]

MAX_REFUSALS = 1_000


@implementer(IHostnameResolver)  # pyright: ignore[reportUntypedClassDecorator]
class GuardingResolver:
    """Resolves as the reactor does, and drops what the policy refuses."""

    def __init__(self, reactor: ReactorBase, policy: Policy) -> None:
        self._reactor: Any = reactor
        self._policy = policy
        self._resolver: Any = self._reactor.nameResolver

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: ReactorBase) -> "GuardingResolver":
        """As Scrapy makes it; the policy is in its settings."""
        return cls(reactor, crawler.settings["BOWERBIRD_POLICY"])

    def install_on_reactor(self) -> None:
        """Be the only way from a name to an address."""
        self._reactor.installNameResolver(self)

    def resolveHostName(  # noqa: N802  Twisted's name
        self,
        resolutionReceiver: IResolutionReceiver,  # noqa: N803
        hostName: str,  # noqa: N803
        portNumber: int = 0,  # noqa: N803
        addressTypes: Sequence[type[IAddress]] | None = None,  # noqa: N803
        transportSemantics: str = "TCP",  # noqa: N803
    ) -> IHostResolution:
        """Tell `resolutionReceiver` the addresses of a host that may be connected to, perhaps none."""
        receiver = _Guarded(resolutionReceiver, self._policy, hostName, portNumber)
        found: IHostResolution = self._resolver.resolveHostName(
            receiver, hostName, portNumber, addressTypes, transportSemantics
        )
        return found


@implementer(IResolutionReceiver)  # pyright: ignore[reportUntypedClassDecorator]
class _Guarded:
    """Hands on the addresses that may be connected to."""

    def __init__(self, receiver: Any, policy: Policy, host: str, port: int) -> None:
        self._receiver = receiver
        self._policy = policy
        self._host = host
        self._port = port

    def resolutionBegan(self, resolutionInProgress: IHostResolution) -> None:  # noqa: N802, N803
        self._receiver.resolutionBegan(resolutionInProgress)

    def addressResolved(self, address: Any) -> None:  # noqa: N802
        why = self._policy.refuses_host(self._host, self._port) or self._policy.refuses_address(
            str(getattr(address, "host", "")), host=self._host, port=self._port
        )
        if why is None:
            self._receiver.addressResolved(address)
        else:
            _remember(self._host, self._port, why)

    def resolutionComplete(self) -> None:  # noqa: N802
        self._receiver.resolutionComplete()


# Why the last resolutions of a host and port were refused: Twisted reports only that no address was found.
_refusals: dict[tuple[str, int], str] = {}


def _remember(host: str, port: int, why: str) -> None:
    if len(_refusals) >= MAX_REFUSALS:
        _refusals.clear()
    _refusals[host, port] = why


def refusal(host: str, port: int) -> str | None:
    """Why a host was refused when it was last resolved; None if it was not."""
    return _refusals.get((host, port))

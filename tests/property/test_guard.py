"""Laws of the guard."""

import ipaddress

from hypothesis import given
from hypothesis import strategies as st

from bowerbird.acquire.guard import METADATA_ADDRESSES, Policy, parse_allowed

V4 = st.integers(0, 2**32 - 1).map(ipaddress.IPv4Address)
V6 = st.integers(0, 2**128 - 1).map(ipaddress.IPv6Address)


@given(V4)
def test_what_python_calls_private_is_refused(ip: ipaddress.IPv4Address) -> None:
    """The guard is at least as strict as the standard library's view of what is global."""
    if not ip.is_global or ip.is_multicast:
        assert Policy().refuses_host(str(ip), 80) is not None


@given(V6)
def test_what_python_calls_private_is_refused_in_ipv6(ip: ipaddress.IPv6Address) -> None:
    """The same for IPv6."""
    if not ip.is_global or ip.is_multicast:
        assert Policy().refuses_host(f"[{ip}]", 80) is not None


@given(V4)
def test_wrapping_an_address_never_opens_it(ip: ipaddress.IPv4Address) -> None:
    """Mapped, NAT64, decimal and hexadecimal forms are judged like the address itself."""
    plain = Policy().refuses_host(str(ip), 80) is None
    for form in (f"[::ffff:{ip}]", f"[64:ff9b::{ip}]", str(int(ip)), hex(int(ip))):
        assert (Policy().refuses_host(form, 80) is None) == plain
    for form in (f"[::{ip}]", f"[2002:{int(ip) >> 16:x}:{int(ip) & 0xFFFF:x}::]"):
        assert Policy().refuses_host(form, 80) is not None


@given(st.sampled_from(sorted(METADATA_ADDRESSES, key=str)), st.sampled_from([None, 80]))
def test_no_list_opens_metadata(ip: ipaddress.IPv4Address | ipaddress.IPv6Address, port: int | None) -> None:
    """Also not when the operator lists the address itself."""
    host = f"[{ip}]" if ip.version == 6 else str(ip)
    policy = Policy(parse_allowed([host if port is None else f"{host}:{port}"]))
    assert policy.refuses_host(host, 80) is not None

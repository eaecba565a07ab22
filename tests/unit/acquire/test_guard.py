"""Which hosts and addresses may be asked."""

import pytest

from bowerbird.acquire.guard import METADATA_ADDRESSES, METADATA_NAMES, Policy, parse_allowed
from bowerbird.kernel.errors import InputWrong

OPEN = Policy()


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127.1", "127.255.255.254", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "0.0.0.0", "0",
        "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "169.254.1.1", "192.0.0.1",
        "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
        "[::]", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:10.0.0.1]", "[::127.0.0.1]", "[::ffff:0:127.0.0.1]",
        "[64:ff9b::127.0.0.1]", "[64:ff9b::a00:1]", "[64:ff9b:1::1]", "[2002:7f00:1::]", "[2002:808:808::]",
        "[2001:0:7f00:1::]", "[2001:db8::1]", "[fc00::1]", "[fd12:3456::1]", "[fe80::1]", "[fec0::1]", "[ff02::1]",
        "[100::1]", "[4000::1]", "[5f00::1]", "localhost", "LOCALHOST", "localhost.", "a.localhost", "１２７.0.0.1",
    ],
)  # fmt: skip
def test_private_hosts_are_refused(host: str) -> None:
    """A host that is not public is refused in every form it can be written in."""
    assert OPEN.refuses_host(host, 80) is not None


@pytest.mark.parametrize(
    "host",
    ["8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "[2606:4700::1111]", "[::ffff:8.8.8.8]", "[64:ff9b::808:808]",
     "example.com", "localhost.example.com", "metadata.example.com"],
)  # fmt: skip
def test_public_hosts_are_not_refused_by_name(host: str) -> None:
    """A public address passes, and a name waits for what it resolves to."""
    assert OPEN.refuses_host(host, 80) is None


@pytest.mark.parametrize("form", sorted(str(each) for each in METADATA_ADDRESSES if each.version == 4))
def test_metadata_is_refused_whatever_is_allowed(form: str) -> None:
    """No allowance opens a metadata address, also not when it is wrapped in an IPv6 address."""
    for host in (form, f"[::ffff:{form}]", f"[64:ff9b::{form}]", f"[::{form}]"):
        allowing = OPEN.allowing(host, 80)
        assert allowing.refuses_host(host, 80) is not None
        assert allowing.allowing("intern.test", 80).refuses_address(form, host="intern.test", port=80) is not None


@pytest.mark.parametrize("name", sorted(METADATA_NAMES))
def test_metadata_names_are_refused_whatever_is_allowed(name: str) -> None:
    """A metadata service is refused by its name, with and without the root's dot."""
    assert OPEN.allowing(name, 80).refuses_host(name.upper() + ".", 80) is not None


def test_a_name_that_resolves_to_a_private_address_is_refused() -> None:
    """The address decides, not the name."""
    assert OPEN.refuses_address("10.0.0.7", host="rebind.example", port=80) == "10.0.0.7 is a private address"
    assert OPEN.refuses_address("fe80::1%eth0", host="rebind.example", port=80) == "fe80::1 is a link-local address"
    assert OPEN.refuses_address("93.184.216.34", host="example.com", port=80) is None
    assert OPEN.refuses_address("nonsense", host="example.com", port=80) is not None


def test_an_allowance_for_one_port_is_for_that_port_only() -> None:
    """A port-specific entry fails closed for every other port."""
    policy = Policy(parse_allowed("127.0.0.1:8080"))
    assert policy.refuses_host("127.0.0.1", 8080) is None
    assert policy.refuses_host("127.1", 8080) is None
    assert policy.refuses_host("127.0.0.1", 80) is not None
    assert policy.refuses_host("127.0.0.2", 8080) is not None
    assert policy.refuses_host("localhost", 8080) is not None


def test_an_allowance_without_a_port_is_for_all_ports() -> None:
    """`host` opens every port of that host and no other host."""
    policy = Policy(parse_allowed("Intern.Test, [::1] 10.0.0.5:80"))
    assert policy.allowed == {("intern.test", None), ("::1", None), ("10.0.0.5", 80)}
    assert policy.refuses_address("10.1.2.3", host="intern.test.", port=1234) is None
    assert policy.refuses_host("[::1]", 99) is None
    assert policy.refuses_address("10.1.2.3", host="other.test", port=1234) is not None


@pytest.mark.parametrize("entry", ["http://x", "a/b", "host:99999", "user@host", "host:port", "[::1", "a b:c:d?"])
def test_a_wrong_allowance_is_an_error(entry: str) -> None:
    """A typing error in the setting never opens anything silently."""
    with pytest.raises(InputWrong):
        parse_allowed([entry])

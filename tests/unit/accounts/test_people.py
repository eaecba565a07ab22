import pytest

from bowerbird.accounts import Role, SignedIn, Visitor, audit, links, people, sessions, sign_in
from bowerbird.kernel.errors import InputWrong, NotFound

from .conftest import PASSWORD, House

VISITOR = Visitor(address="192.0.2.1", user_agent="Firefox/140.0")


def enter(house: House, email: str) -> SignedIn:
    return sign_in(house.records, email, PASSWORD, VISITOR, clock=house.clock)


def is_in(house: House, secret: str) -> bool:
    return house.records.read(lambda conn: sessions.find_session(conn, secret, clock=house.clock)) is not None


def test_a_role_is_a_word_and_an_order() -> None:
    assert Role.of("curator") is Role.CURATOR
    assert Role.READER < Role.CURATOR < Role.OPERATOR < Role.ADMIN
    with pytest.raises(InputWrong, match="reader, curator, operator, admin"):
        Role.of("root")


def test_the_last_admin_cannot_lock_everybody_out(house: House) -> None:
    with pytest.raises(InputWrong, match="last admin"):
        house.records.write(
            lambda conn: people.set_role(conn, house.by, house.admin.account, Role.READER, clock=house.clock)
        )
    with pytest.raises(InputWrong, match="last admin"):
        house.records.write(
            lambda conn: people.set_shut_out(conn, house.by, house.admin.account, shut_out=True, clock=house.clock)
        )
    house.member("ben@example.org", Role.ADMIN)
    house.records.write(
        lambda conn: people.set_role(conn, house.by, house.admin.account, Role.READER, clock=house.clock)
    )


def test_who_is_shut_out_is_out_at_once_and_comes_back_as_before(house: House) -> None:
    ben = house.member("ben@example.org", Role.CURATOR)
    secret = enter(house, "ben@example.org").session

    def shut(out: bool) -> None:
        house.records.write(
            lambda conn: people.set_shut_out(conn, house.by, ben.account, shut_out=out, clock=house.clock)
        )

    shut(True)
    assert not is_in(house, secret)
    with pytest.raises(NotFound, match="no workspace"):
        enter(house, "ben@example.org")
    shut(False)
    assert is_in(house, secret)


def test_a_member_of_two_workspaces_keeps_them_apart(house: House) -> None:
    other = house.records.write(lambda conn: people.workspace_named(conn, "Other", clock=house.clock))
    ben = house.member("ben@example.org", Role.READER)
    house.clock.advance(1)
    there = house.member("ben@example.org", Role.ADMIN, workspace=other)
    assert (ben.account, ben.person != there.person) == (there.account, True)
    secret = enter(house, "ben@example.org").session

    def at() -> str:
        found = house.records.read(lambda conn: sessions.find_session(conn, secret, clock=house.clock))
        assert found is not None
        return found[0].workspace

    assert at() == house.by.workspace
    token = house.records.read(lambda conn: sessions.list_sessions(conn, ben.account, clock=house.clock))[0].token
    house.records.write(lambda conn: sessions.switch_workspace(conn, token, ben.account, other))
    assert at() == other
    with pytest.raises(NotFound):
        house.records.write(lambda conn: sessions.switch_workspace(conn, token, ben.account, "0" * 26))


def invite(house: House, email: str, role: Role = Role.CURATOR) -> str:
    return house.records.write(lambda conn: links.invite(conn, house.by, email=email, role=role, clock=house.clock))


def accept(house: House, secret: str) -> people.Account:
    return house.records.write(
        lambda conn: links.accept(conn, secret, name="Ben", address="192.0.2.9", clock=house.clock)
    )


def test_an_invitation_makes_a_member_once(house: House) -> None:
    secret = invite(house, "Ben@example.org")
    account = accept(house, secret)
    member = house.records.read(lambda conn: people.find_member(conn, house.by.workspace, account.id))
    assert (member.email, member.name, member.role) == ("ben@example.org", "Ben", Role.CURATOR)
    with pytest.raises(NotFound, match="used already"):
        accept(house, secret)


def test_an_invitation_runs_out_and_is_replaced_by_the_next(house: House) -> None:
    first = invite(house, "ben@example.org")
    second = invite(house, "ben@example.org", Role.READER)
    with pytest.raises(NotFound):
        accept(house, first)
    house.clock.advance(7 * 86_400)
    with pytest.raises(NotFound):
        accept(house, second)


def test_an_invitation_can_be_taken_back(house: House) -> None:
    secret = invite(house, "ben@example.org")
    (waiting,) = house.records.read(lambda conn: links.list_invitations(conn, house.by.workspace, clock=house.clock))
    house.records.write(lambda conn: links.withdraw(conn, house.by, waiting.token, clock=house.clock))
    with pytest.raises(NotFound):
        accept(house, secret)


def test_members_are_not_invited_again(house: House) -> None:
    with pytest.raises(InputWrong, match="member already"):
        invite(house, "ana@example.org")


def test_a_sign_in_link_lasts_an_hour(house: House) -> None:
    ben = house.member("ben@example.org", Role.READER)

    def make() -> str:
        return house.records.write(lambda conn: links.sign_in_link(conn, house.by, ben.account, clock=house.clock))

    assert accept(house, make()).id == ben.account
    late = make()
    house.clock.advance(3600.0)
    with pytest.raises(NotFound):
        accept(house, late)


def test_an_admin_cannot_take_over_an_account_of_another_workspace(house: House) -> None:
    """A link signs in as the account, everywhere it belongs."""
    other = house.records.write(lambda conn: people.workspace_named(conn, "Other", clock=house.clock))
    house.member("ben@example.org", Role.READER)
    ben = house.member("ben@example.org", Role.ADMIN, workspace=other)
    with pytest.raises(InputWrong, match="other workspaces"):
        house.records.write(
            lambda conn: links.sign_in_link(conn, house.actor(house.admin), ben.account, clock=house.clock)
        )


def test_persons_are_made_when_they_are_first_named(house: House) -> None:
    def person(name: str) -> str:
        return house.records.write(lambda conn: people.person_of(conn, house.by.workspace, name, clock=house.clock))

    assert person("u-1") == person("u-1") != person("u-2")
    assert person(f"account:{house.admin.account}") == house.admin.person
    for name in ("", "x" * 201, "a\nb"):
        with pytest.raises(InputWrong):
            person(name)
    with pytest.raises(NotFound):
        person("account:somebody")


def test_an_invitation_does_not_choose_the_password_of_an_account_elsewhere(house: House) -> None:
    """Somebody who was added elsewhere and has no password yet is not anybody's to take over."""
    other = house.records.write(lambda conn: people.workspace_named(conn, "Other", clock=house.clock))
    secret = invite(house, "ben@example.org")
    house.records.write(
        lambda conn: people.add_member(
            conn, audit.Actor(other), email="ben@example.org", name="", role=Role.ADMIN, clock=house.clock
        )
    )
    with pytest.raises(InputWrong, match="without a password"):
        accept(house, secret)
    assert "link.used" not in house.audited()

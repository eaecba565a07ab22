import pytest

from bowerbird.accounts import Role, keys, people
from bowerbird.kernel.errors import InputWrong, NotFound, Refused

from .conftest import House


def make(
    house: House, member: people.Member, role: Role = Role.READER, lasts_s: float | None = None
) -> tuple[str, str]:
    return house.records.write(
        lambda conn: keys.create_key(
            conn,
            house.actor(member),
            person=member.person,
            name="search box",
            role=role,
            clock=house.clock,
            lasts_s=lasts_s,
        )
    )


def works(house: House, secret: str) -> keys.Key | None:
    return house.records.read(lambda conn: keys.key_of(conn, secret, clock=house.clock))


def test_a_key_is_who_made_it_with_the_role_it_was_given(house: House) -> None:
    identifier, secret = make(house, house.admin, Role.CURATOR)
    key = works(house, secret)
    assert key is not None
    assert (key.id, key.person, key.role, key.workspace) == (
        identifier,
        house.admin.person,
        Role.CURATOR,
        house.by.workspace,
    )
    assert key.hints == (secret[-4:],)
    assert works(house, secret[:-1]) is None
    assert works(house, identifier) is None


def test_a_rotated_key_works_through_its_overlap_and_not_a_second_longer(house: House) -> None:
    identifier, old = make(house, house.admin)
    new = house.records.write(
        lambda conn: keys.rotate_key(conn, house.by, identifier, overlap_s=3600.0, clock=house.clock)
    )
    house.clock.advance(3599.0)
    assert works(house, old) is not None
    assert works(house, new) is not None
    house.clock.advance(1.0)
    assert works(house, old) is None
    assert works(house, new) is not None


def test_rotating_twice_ends_the_oldest_secret_at_once(house: House) -> None:
    identifier, first = make(house, house.admin)

    def rotate() -> str:
        return house.records.write(
            lambda conn: keys.rotate_key(conn, house.by, identifier, overlap_s=3600.0, clock=house.clock)
        )

    second = rotate()
    third = rotate()
    assert works(house, first) is None
    assert works(house, second) is not None
    assert works(house, third) is not None


def test_a_leaked_secret_is_rotated_without_an_overlap(house: House) -> None:
    identifier, leaked = make(house, house.admin)
    house.records.write(lambda conn: keys.rotate_key(conn, house.by, identifier, overlap_s=0.0, clock=house.clock))
    assert works(house, leaked) is None


def test_a_revoked_key_is_dead_with_all_its_secrets(house: House) -> None:
    identifier, secret = make(house, house.admin)
    house.records.write(lambda conn: keys.revoke_key(conn, house.by, identifier, clock=house.clock))
    assert works(house, secret) is None
    with pytest.raises(InputWrong, match="revoked"):
        house.records.write(lambda conn: keys.rotate_key(conn, house.by, identifier, overlap_s=0.0, clock=house.clock))


def test_a_key_that_was_given_a_time_runs_out(house: House) -> None:
    _, secret = make(house, house.admin, lasts_s=60.0)
    house.clock.advance(59.0)
    assert works(house, secret) is not None
    house.clock.advance(1.0)
    assert works(house, secret) is None


def test_nobody_makes_a_key_that_may_more_than_they(house: House) -> None:
    reader = house.member("ben@example.org", Role.READER)
    with pytest.raises(Refused, match="may more than you"):
        make(house, reader, Role.CURATOR)


def test_a_key_loses_what_its_owner_loses(house: House) -> None:
    ben = house.member("ben@example.org", Role.OPERATOR)
    _, secret = make(house, ben, Role.OPERATOR)
    house.records.write(lambda conn: people.set_role(conn, house.by, ben.account, Role.READER, clock=house.clock))
    key = works(house, secret)
    assert key is not None
    assert key.role is Role.READER
    house.records.write(lambda conn: people.set_shut_out(conn, house.by, ben.account, shut_out=True, clock=house.clock))
    assert works(house, secret) is None


def test_only_its_owner_and_admins_change_a_key(house: House) -> None:
    ben, cleo = house.member("ben@example.org", Role.OPERATOR), house.member("cleo@example.org", Role.OPERATOR)
    identifier, secret = make(house, ben)
    with pytest.raises(NotFound):
        house.records.write(lambda conn: keys.revoke_key(conn, house.actor(cleo), identifier, clock=house.clock))
    with pytest.raises(NotFound):
        house.records.write(
            lambda conn: keys.rotate_key(conn, house.actor(cleo), identifier, overlap_s=0, clock=house.clock)
        )
    assert works(house, secret) is not None
    house.records.write(lambda conn: keys.revoke_key(conn, house.actor(house.admin), identifier, clock=house.clock))
    assert works(house, secret) is None


def test_an_admin_of_another_workspace_does_not_see_the_key(house: House) -> None:
    other = house.records.write(lambda conn: people.workspace_named(conn, "Other", clock=house.clock))
    stranger = house.member("dan@example.org", Role.ADMIN, workspace=other)
    identifier, _ = make(house, house.admin)
    with pytest.raises(NotFound):
        house.records.write(lambda conn: keys.revoke_key(conn, house.actor(stranger), identifier, clock=house.clock))
    assert house.records.read(lambda conn: keys.list_keys(conn, other, clock=house.clock)) == []


def test_what_is_done_with_keys_is_written_down_without_secrets(house: House) -> None:
    identifier, _ = make(house, house.admin)
    house.records.write(lambda conn: keys.rotate_key(conn, house.by, identifier, overlap_s=60, clock=house.clock))
    house.records.write(lambda conn: keys.revoke_key(conn, house.by, identifier, clock=house.clock))
    assert house.audited()[-3:] == ["key.created", "key.rotated", "key.revoked"]
    dump = house.records.read(
        lambda conn: repr(
            [conn.exec_driver_sql(f"SELECT * FROM {name}").all() for name in ("keys", "key_secrets", "audit")]
        )
    )
    assert "bwb_" not in dump

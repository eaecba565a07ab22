import threading
from dataclasses import replace
from functools import partial

import pytest

from bowerbird.accounts import Role, SignedIn, Visitor, sessions, sign_in
from bowerbird.accounts.signing_in import FREE_TRIES, LONGEST_WAIT_S, wait_s
from bowerbird.kernel.errors import InputWrong, LimitReached

from .conftest import PASSWORD, House

OWNER = Visitor(address="192.0.2.1", user_agent="Firefox/140.0")
STRANGER = Visitor(address="198.51.100.7", user_agent="curl/8")


def enter(house: House, visitor: Visitor = OWNER, password: str = PASSWORD) -> SignedIn:
    return sign_in(house.records, "Ana@example.org", password, visitor, clock=house.clock)


def is_in(house: House, secret: str) -> bool:
    return house.records.read(lambda conn: sessions.find_session(conn, secret, clock=house.clock)) is not None


def test_the_right_password_begins_a_session(house: House) -> None:
    signed_in = enter(house)

    found = house.records.read(lambda conn: sessions.find_session(conn, signed_in.session, clock=house.clock))
    assert found is not None
    session, (member,) = found
    assert (session.account, member.role) == (house.admin.account, Role.ADMIN)
    assert house.audited()[-1] == "session.begun"


def test_a_wrong_password_and_an_unknown_address_are_told_alike(house: House) -> None:
    with pytest.raises(InputWrong) as wrong:
        enter(house, password="not the password")
    with pytest.raises(InputWrong) as unknown:
        sign_in(house.records, "nobody@example.org", PASSWORD, OWNER, clock=house.clock)
    assert str(wrong.value) == str(unknown.value)


def test_failures_wait_longer_and_longer() -> None:
    waits = [wait_s(count) for count in range(30)]
    assert waits[: FREE_TRIES + 3] == [0.0] * FREE_TRIES + [1.0, 2.0, 4.0]
    assert waits == sorted(waits)
    assert waits[-1] == wait_s(10_000) == LONGEST_WAIT_S


def test_ten_thousand_wrong_passwords_slow_down_and_lock_and_the_owner_still_gets_in(house: House) -> None:
    """A stranger tries a password a second for hours; the owner's own browser waits for nothing."""
    known = replace(OWNER, device=enter(house).device)
    looked_at = refused = 0
    waits: list[float] = []
    for _ in range(10_000):
        try:
            enter(house, STRANGER, "guess")
        except LimitReached as limit:
            refused += 1
            waits.append(limit.retry_after_s)
        except InputWrong:
            looked_at += 1
        house.clock.advance(1.0)

    assert looked_at < 30
    assert 0 < min(waits) <= max(waits) <= LONGEST_WAIT_S
    assert looked_at + refused == 10_000
    with pytest.raises(LimitReached, match="sign-in link"):
        enter(house)  # the right password from a browser nobody knows waits like everyone
    assert is_in(house, enter(house, known).session)


def test_a_known_device_is_known_for_its_own_account_only(house: House) -> None:
    house.member("ben@example.org", Role.READER)
    ben = sign_in(house.records, "ben@example.org", PASSWORD, OWNER, clock=house.clock)
    for _ in range(FREE_TRIES):
        with pytest.raises(InputWrong):
            enter(house, STRANGER, "guess")

    with pytest.raises(LimitReached):
        enter(house, replace(OWNER, device=ben.device))


def test_a_stolen_device_cookie_has_a_counter_of_its_own(house: House) -> None:
    known = replace(STRANGER, device=enter(house).device)
    for _ in range(FREE_TRIES):
        with pytest.raises(InputWrong):
            enter(house, known, "guess")
    with pytest.raises(LimitReached):
        enter(house, known, "guess")


def test_many_accounts_tried_from_one_address_slow_down_too(house: House) -> None:
    seen: list[type[Exception]] = []
    for number in range(60):
        with pytest.raises((InputWrong, LimitReached)) as failed:
            sign_in(house.records, f"user{number}@example.org", "guess", STRANGER, clock=house.clock)
        seen.append(failed.type)
    assert seen[:50] == [InputWrong] * 50
    assert seen[50:] == [LimitReached] * 10


def test_who_signs_in_from_a_busy_office_is_not_counted_against_it(house: House) -> None:
    for _ in range(60):
        enter(house)


def test_attempts_at_once_are_counted_before_they_are_checked(house: House) -> None:
    """Fifty threads try at the same moment; no more than the free ones get a look at a password."""
    looked_at: list[str] = []
    gate = threading.Barrier(20)

    def attempt() -> None:
        gate.wait()
        try:
            enter(house, STRANGER, "guess")
        except LimitReached:
            return
        except InputWrong:
            looked_at.append("one")

    threads = [threading.Thread(target=attempt) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(looked_at) == FREE_TRIES


def test_a_session_that_was_planted_ends_when_its_browser_signs_in(house: House) -> None:
    planted = enter(house, STRANGER).session
    mine = enter(house, replace(OWNER, session=planted)).session
    assert mine != planted
    assert not is_in(house, planted)


def test_sessions_run_out(house: House) -> None:
    secret = enter(house).session
    house.clock.advance(sessions.IDLE_S - 1)
    assert is_in(house, secret)
    house.clock.advance(2)
    assert not is_in(house, secret)


def test_a_session_that_is_used_lasts_to_its_longest(house: House) -> None:
    secret = enter(house).session
    for _ in range(9):
        house.clock.advance(10 * 86_400 - 1)
        found = house.records.read(lambda conn: sessions.find_session(conn, secret, clock=house.clock))
        assert found is not None
        house.records.write(partial(sessions.note_seen, token=found[0].token, clock=house.clock))
    house.clock.advance(10)
    assert not is_in(house, secret)


def test_signing_out_everywhere_ends_all_sessions_and_forgets_devices(house: House) -> None:
    first, second = enter(house), enter(house, STRANGER)
    ended = house.records.write(
        lambda conn: sessions.end_all_sessions(conn, house.by, house.admin.account, clock=house.clock)
    )
    assert ended == 2
    assert not is_in(house, first.session)
    assert not is_in(house, second.session)
    for _ in range(FREE_TRIES):
        with pytest.raises(InputWrong):
            enter(house, STRANGER, "guess")
    with pytest.raises(LimitReached):
        enter(house, replace(OWNER, device=first.device))


def test_the_records_hold_no_secret(house: House) -> None:
    signed_in = enter(house)
    dump = house.records.read(
        lambda conn: repr(
            [conn.exec_driver_sql(f"SELECT * FROM {name}").all() for name in ("sessions", "devices", "accounts")]
        )
    )
    assert signed_in.session not in dump
    assert signed_in.device not in dump
    assert PASSWORD not in dump
    assert "$argon2id$" in dump

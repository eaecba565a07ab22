import pytest
from hypothesis import given
from hypothesis import strategies as st

from bowerbird.accounts import clean_email, clean_name, clean_password
from bowerbird.kernel.errors import InputWrong


@pytest.mark.parametrize("name", ["Ana", "عائشة", "נועה", "李明", "Zoë 🦜", "O'Brien <b>", "x" * 120])
def test_names_of_any_script_are_kept(name: str) -> None:
    assert clean_name(name) == name


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "empty"),
        (" \t\n", "empty"),
        ("\u00ad\u200b\u2060", "empty"),
        ("x" * 10_240, "10,240 characters"),
        ("Ana\x00", "control"),
        ("Ana\x1b[31m", "control"),
        ("Ana\u202enimda", "control"),
        ("Ana\u2066", "control"),
        ("\ud800", "control"),
    ],
)
def test_names_that_break_pages_and_logs_are_refused(name: str, why: str) -> None:
    with pytest.raises(InputWrong, match=why) as refused:
        clean_name(name)
    assert refused.value.field == "name"
    assert len(str(refused.value)) < 200


def test_line_breaks_in_a_name_cannot_forge_a_line() -> None:
    assert clean_name("Ana\r\nadmin: yes") == "Ana admin: yes"


@pytest.mark.parametrize(("typed", "email"), [(" Ana@Example.ORG ", "ana@example.org"), ("ａna@x.org", "ana@x.org")])
def test_an_address_has_one_spelling(typed: str, email: str) -> None:
    assert clean_email(typed) == email


@pytest.mark.parametrize(
    "typed",
    ["", "ana", "@", "ana@", "@x.org", "a b@x.org", "ana@x.org, b@x.org", "<a@x.org>", "a@x\r\nBcc: b@x", "x" * 255],
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(InputWrong, match="is not an e-mail address"):
        clean_email(typed)


@pytest.mark.parametrize("password", ["", "short", "x" * 257, "aaaaaaaaaaaa", "ana@example.org", "abababababab"])
def test_passwords_that_are_guessed_first_are_refused(password: str) -> None:
    with pytest.raises(InputWrong) as refused:
        clean_password(password, email="ana@example.org")
    assert refused.value.field == "password"
    assert password not in str(refused.value) or not password


@given(st.text(max_size=300))
def test_a_name_that_is_kept_stays_as_it_is(name: str) -> None:
    try:
        shown = clean_name(name)
    except InputWrong:
        return
    assert clean_name(shown) == shown
    assert any(char.isprintable() and not char.isspace() for char in shown)

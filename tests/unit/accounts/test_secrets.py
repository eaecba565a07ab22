"""What a password costs who guesses it; without the cheap ones of the other tests."""

import subprocess
import sys

from bowerbird.accounts.secrets import digest, new_secret

ASK = """
from argon2 import extract_parameters
from bowerbird.accounts import hash_password, password_fits, secrets

hashed = hash_password("correct horse battery")
seen = extract_parameters(hashed)
assert (seen.type.name, seen.memory_cost, seen.time_cost) == ("ID", 64 * 1024, 3), seen
assert extract_parameters(secrets._NOBODYS) == seen  # who guesses names cannot tell by the time it takes
assert password_fits(hashed, "correct horse battery")
assert not password_fits(hashed, "correct horse batter")
assert not password_fits(None, "correct horse battery")
assert not password_fits("not a hash", "correct horse battery")
"""


def test_passwords_are_as_rfc_9106_recommends() -> None:
    subprocess.run([sys.executable, "-c", ASK], check=True)


def test_secrets_are_long_and_never_the_same() -> None:
    secrets = {new_secret("bwb_") for _ in range(1000)}
    assert len(secrets) == 1000
    assert {len(secret) for secret in secrets} == {4 + 43}
    assert len({digest(secret) for secret in secrets}) == 1000

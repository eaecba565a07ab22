"""Passwords that cost a test next to nothing; `test_secrets.py` looks at what they cost the product."""

import pytest
from argon2 import PasswordHasher

from bowerbird.accounts import secrets

__all__ = ["cheap_passwords"]


@pytest.fixture(autouse=True)
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2id with the least that it takes, for every account of the test."""
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(secrets, "_HASHER", cheap)
    monkeypatch.setattr(secrets, "_NOBODYS", cheap.hash("nobody's"))

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from bowerbird.accounts import Role, audit, hash_password, people
from bowerbird.kernel.clock import ManualClock
from bowerbird.records import Records, local_scope, open_records
from tests.passwords import cheap_passwords

__all__ = ["PASSWORD", "House", "cheap_passwords", "house"]

PASSWORD = "correct horse battery"


class House:
    """Records with a workspace, its first admin, and a clock that tests turn."""

    def __init__(self, records: Records) -> None:
        self.records = records
        self.clock = ManualClock()
        self._hashed = hash_password(PASSWORD)
        self.by = records.write(lambda conn: audit.Actor(local_scope(conn, self.clock).workspace))
        self.admin = self.member("ana@example.org", Role.ADMIN)

    def member(self, email: str, role: Role, *, workspace: str | None = None) -> people.Member:
        """A member with `PASSWORD`."""
        by = self.by if workspace is None else audit.Actor(workspace)

        def make(conn: sa.Connection) -> people.Member:
            member = people.add_member(conn, by, email=email, name="", role=role, clock=self.clock)
            people.set_password(conn, by, member.account, self._hashed, clock=self.clock)
            return member

        return self.records.write(make)

    def actor(self, member: people.Member) -> audit.Actor:
        """The member as who does something."""
        return audit.Actor(member.workspace, member.role, member.person)

    def audited(self) -> list[str]:
        """The actions written down, the oldest first."""
        rows = self.records.read(lambda conn: audit.list_audit(conn, self.by.workspace, limit=1000))
        return [row.action for row in reversed(rows)]


@pytest.fixture
def house(records_url: str, cheap_passwords: None) -> Iterator[House]:
    """A workspace with an admin."""
    records = open_records(records_url)
    yield House(records)
    records.close()

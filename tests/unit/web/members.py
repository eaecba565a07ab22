"""Members of the site's workspace, signed in without the cost of a password."""

import sqlalchemy as sa

from bowerbird.accounts import Role, audit, keys, people, sessions

from .conftest import Site

ORIGIN = {"origin": "http://localhost:8080"}


def join(site: Site, email: str, role: Role, *, workspace: str | None = None) -> people.Member:
    """A new member."""
    by = audit.Actor(workspace or site.library.scope.workspace)
    return site.library.records.write(
        lambda conn: people.add_member(conn, by, email=email, name="", role=role, clock=site.library.clock)
    )


def workspace(site: Site, name: str) -> str:
    """Another workspace."""
    return site.library.records.write(lambda conn: people.workspace_named(conn, name, clock=site.library.clock))


def session(site: Site, member: people.Member) -> dict[str, str]:
    """The headers of a browser in which the member is signed in."""

    def begin(conn: sa.Connection) -> str:
        return sessions.begin_session(
            conn,
            member.account,
            user_agent="Firefox/140.0",
            address="192.0.2.1",
            clock=site.library.clock,
            workspace=member.workspace,
        )

    return {"cookie": f"bowerbird_session={site.library.records.write(begin)}", **ORIGIN}


def key(
    site: Site, member: people.Member, role: Role, *, plan: str | None = None, lasts_s: float | None = None
) -> dict[str, str]:
    """The headers of a program with a key of the member's."""
    by = audit.Actor(member.workspace, member.role, member.person)

    def make(conn: sa.Connection) -> str:
        return keys.create_key(
            conn,
            by,
            person=member.person,
            name="a program",
            role=role,
            plan=plan,
            lasts_s=lasts_s,
            clock=site.library.clock,
        )[1]

    return {"authorization": f"Bearer {site.library.records.write(make)}"}

"""The bus on the records: nothing to install, and an effect and its letter are one transaction."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import sqlalchemy as sa

from bowerbird.agents.bus import MOST_ATTEMPTS, Letter, LetterState, NewLetter, wait_s
from bowerbird.kernel.clock import Clock
from bowerbird.kernel.errors import Fenced, NotFound
from bowerbird.kernel.ids import new_id
from bowerbird.records import Records
from bowerbird.records.tables import messages

__all__ = ["RecordsBus", "insert_letter", "letter_of"]

# Of the table that holds all messages, those that go by the bus.
_POSTED = messages.c.kind == "post"


class RecordsBus:
    """Letters as rows; their writers take turns as all writers do."""

    def __init__(self, records: Records, clock: Clock) -> None:
        self._records = records
        self._clock = clock

    def post(self, letter: NewLetter) -> None:
        """Keep the letter."""
        self._records.write(partial(self.post_within, letter=letter))

    def post_within(self, conn: sa.Connection, letter: NewLetter) -> None:
        """Keep it with whatever else the transaction keeps."""
        insert_letter(conn, letter, clock=self._clock)

    def take(self, recipient: str, *, lease_s: float) -> Letter | None:
        """The oldest letter that may be taken. Looking for one keeps no writer waiting."""
        if self._records.read(lambda conn: conn.execute(self._free(recipient)).first()) is None:
            return None
        return self._records.write(partial(self._take, recipient=recipient, lease_s=lease_s))

    def ack(self, letter: Letter) -> None:
        """Mark it as done."""
        self._records.write(partial(self._leave, letter=letter, state="done", error=None, until=None))

    def fail(self, letter: Letter, error: str) -> LetterState:
        """Mark it as waiting, or as dead after its last attempt."""
        state: LetterState = "dead" if letter.attempts >= MOST_ATTEMPTS else "waiting"
        until = None if state == "dead" else self._clock.now_s() + wait_s(letter.attempts)
        self._records.write(partial(self._leave, letter=letter, state=state, error=error, until=until))
        return state

    def dead(self, workspace: str, *, limit: int) -> Sequence[Letter]:
        """The dead letters of the workspace."""
        wanted = (
            sa.select(messages)
            .where(_POSTED, messages.c.state == "dead", messages.c.workspace == workspace)
            .order_by(messages.c.id.desc())
            .limit(limit)
        )
        return self._records.read(lambda conn: [letter_of(row) for row in conn.execute(wanted)])

    def revive(self, workspace: str, letter: str) -> None:
        """Let it wait again."""
        found = messages.c.id == _row_id(letter), messages.c.workspace == workspace, messages.c.state == "dead", _POSTED
        again = sa.update(messages).where(*found).values(state="waiting", attempts=0, lease_until=None)
        if self._records.write(lambda conn: conn.execute(again).rowcount) == 0:
            raise NotFound(f"no dead letter {letter!r}; /agents lists those there are")

    def letters_of(self, workspace: str, run: str) -> Sequence[Letter]:
        """Those of the run that are still kept."""
        return self._records.read(partial(_letters_of, workspace=workspace, run=run))

    def replay(self, workspace: str, run: str) -> str:
        """All of them again, in one transaction."""
        return self._records.write(partial(self._replay, workspace=workspace, run=run))

    def examine(self) -> str:
        """How many letters there are in each state."""
        counted = sa.select(messages.c.state, sa.func.count()).where(_POSTED).group_by(messages.c.state)
        states = self._records.read(lambda conn: {row[0]: row[1] for row in conn.execute(counted)})
        return f"in the records, {states.get('waiting', 0)} letters waiting, {states.get('dead', 0)} dead"

    def ping(self) -> None:
        """The records' own."""
        self._records.ping()

    def close(self) -> None:
        """The records are closed by who opened them."""

    def _free(self, recipient: str) -> "sa.Select[Any]":
        now = self._clock.now_s()
        return (
            sa.select(messages)
            .where(
                _POSTED,
                messages.c.recipient == recipient,
                messages.c.state.in_(("waiting", "taken")),
                sa.or_(messages.c.lease_until.is_(None), messages.c.lease_until <= now),
            )
            .order_by(messages.c.id)
            .limit(1)
        )

    def _take(self, conn: sa.Connection, *, recipient: str, lease_s: float) -> Letter | None:
        while (row := conn.execute(self._free(recipient).with_for_update(skip_locked=True)).one_or_none()) is not None:
            this = sa.update(messages).where(messages.c.id == row.id)
            if row.attempts >= MOST_ATTEMPTS:
                error = f"given up: who had taken it died {row.attempts} times"
                conn.execute(this.values(state="dead", lease_until=None, error=error))
                continue
            now_has: dict[str, Any] = {"state": "taken", "epoch": row.epoch + 1, "attempts": row.attempts + 1}
            conn.execute(this.values(**now_has, lease_until=self._clock.now_s() + lease_s))
            return letter_of(row, **now_has)
        return None

    def _leave(
        self, conn: sa.Connection, *, letter: Letter, state: LetterState, error: str | None, until: float | None
    ) -> None:
        mine = messages.c.id == _row_id(letter.id), messages.c.epoch == letter.epoch, messages.c.state == "taken"
        if (
            conn.execute(sa.update(messages).where(*mine).values(state=state, error=error, lease_until=until)).rowcount
            == 0
        ):
            raise Fenced(f"letter {letter.id} to {letter.recipient}: epoch {letter.epoch} does not have it any more")

    def _replay(self, conn: sa.Connection, *, workspace: str, run: str) -> str:
        again = new_id(self._clock)
        said = _letters_of(conn, workspace=workspace, run=run)
        if not said:
            raise NotFound(f"no letters of a run {run!r} are kept")
        for one in said:
            insert_letter(conn, NewLetter(workspace, one.sender, one.recipient, one.body, run=again), clock=self._clock)
        return again


def insert_letter(conn: sa.Connection, letter: NewLetter, *, clock: Clock) -> None:
    """Keep the letter as a waiting row, at the next place of its run."""
    run = letter.run or new_id(clock)
    last = conn.execute(sa.select(sa.func.max(messages.c.seq)).where(messages.c.run == run)).scalar()
    conn.execute(
        sa.insert(messages).values(
            workspace=letter.workspace,
            run=run,
            seq=0 if last is None else last + 1,
            sender=letter.sender,
            recipient=letter.recipient,
            kind="post",
            body=letter.body,
            at=clock.now_s(),
            state="waiting",
        )
    )


def letter_of(row: "sa.Row[Any]", **changed: Any) -> Letter:
    """The letter in a row, with what has just been changed of it."""
    fields: dict[str, Any] = {
        "id": str(row.id),
        "workspace": row.workspace,
        "run": row.run,
        "seq": row.seq,
        "sender": row.sender,
        "recipient": row.recipient,
        "body": row.body,
        "at": row.at,
        "state": row.state,
        "attempts": row.attempts,
        "epoch": row.epoch,
        "error": row.error or "",
    }
    return Letter(**(fields | changed))


def _letters_of(conn: sa.Connection, *, workspace: str, run: str) -> list[Letter]:
    found = _POSTED, messages.c.workspace == workspace, messages.c.run == run
    return [letter_of(row) for row in conn.execute(sa.select(messages).where(*found).order_by(messages.c.seq))]


def _row_id(letter: str) -> int:
    """The row of a letter; -1, which no row has, for what cannot be one."""
    return int(letter) if letter.isascii() and letter.isdigit() and len(letter) < 19 else -1

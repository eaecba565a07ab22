"""
The bus on Redis streams, for several machines (decision 0012).

    PREFIX letters:RECIPIENT     a stream with one consumer group: what waits, and who has taken what
    PREFIX due:RECIPIENT         letter → when it may be taken again: its lease's end, or the wait after a failure
    PREFIX letter:ID             the letter, its state, attempts and epoch
    PREFIX dead:WORKSPACE        a stream of those that were given up
    PREFIX run:WORKSPACE:RUN     the letters of a run in their order

Each step is one script, which Redis runs alone, and time comes from our clock: XAUTOCLAIM goes by the server's and
knows neither epochs nor a wait, so a lease that ran out is moved by XCLAIM, as `due` says.

A letter that was posted within a transaction of the records waits there, as a row, until the next `take` has brought it
over; a mark by row keeps it from being brought over twice.
"""

import json
import os
import socket
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final, TypeVar

import redis
import sqlalchemy as sa

from bowerbird.agents.bus import MOST_ATTEMPTS, Letter, LetterState, NewLetter, wait_s
from bowerbird.agents.records_bus import insert_letter, letter_of
from bowerbird.kernel.clock import Clock
from bowerbird.kernel.errors import Fenced, NotFound, StoreUnavailable
from bowerbird.kernel.ids import new_id
from bowerbird.records import Records
from bowerbird.records.tables import messages

__all__ = ["RedisBus"]

T = TypeVar("T")

PREFIX: Final = "bowerbird:"
GROUP: Final = "agents"
KEPT_S: Final = 30 * 86_400  # what is done, as in the records
_AT_ONCE: Final = 100  # rows brought over at a time
_TIMEOUT_S: Final = 5.0

# What every script begins with. A letter leaves its stream when nobody will take it any more.
_COMMON: Final = f"""
local p, group, kept = '{PREFIX}', '{GROUP}', {KEPT_S}
local function of(id, field) return redis.call('HGET', p..'letter:'..id, field) end
local function put(id, ...) redis.call('HSET', p..'letter:'..id, ...) end
local function send(id)
  put(id, 'stream', redis.call('XADD', p..'letters:'..of(id, 'recipient'), '*', 'letter', id))
end
local function leave(id)
  local to = of(id, 'recipient')
  redis.call('XACK', p..'letters:'..to, group, of(id, 'stream'))
  redis.call('XDEL', p..'letters:'..to, of(id, 'stream'))
  redis.call('ZREM', p..'due:'..to, id)
end
local function bury(id, err)
  leave(id)
  local dead = redis.call('XADD', p..'dead:'..of(id, 'workspace'), '*', 'letter', id)
  put(id, 'state', 'dead', 'error', err, 'dead', dead)
end
local function has(id, epoch) return of(id, 'state') == 'taken' and of(id, 'epoch') == epoch end
"""
_POST: Final = (
    _COMMON
    + """
local id, workspace, run, sender, to, body, at, once = unpack(ARGV)
if once ~= '' and not redis.call('SET', p..'once:'..once, 1, 'NX', 'EX', kept) then return 0 end
local list = p..'run:'..workspace..':'..run
put(id, 'id', id, 'workspace', workspace, 'run', run, 'seq', redis.call('LLEN', list), 'sender', sender,
  'recipient', to, 'body', body, 'at', at, 'state', 'waiting', 'attempts', 0, 'epoch', 0, 'error', '')
redis.call('RPUSH', list, id)
redis.call('EXPIRE', list, kept)
send(id)
return 1
"""
)
_TAKE: Final = (
    _COMMON
    + """
local to, consumer, now, till, most = unpack(ARGV)
local stream, due = p..'letters:'..to, p..'due:'..to
redis.pcall('XGROUP', 'CREATE', stream, group, '0', 'MKSTREAM')
while true do
  local id = redis.call('ZRANGEBYSCORE', due, '-inf', now, 'LIMIT', 0, 1)[1]
  if id then
    redis.call('XCLAIM', stream, group, consumer, 0, of(id, 'stream'))
  else
    local read = redis.call('XREADGROUP', 'GROUP', group, consumer, 'COUNT', 1, 'STREAMS', stream, '>')
    if not read then return false end
    id = read[1][2][1][2][2]
  end
  local attempts = tonumber(of(id, 'attempts'))
  if attempts >= tonumber(most) then
    bury(id, 'given up: who had taken it died '..attempts..' times')
  else
    put(id, 'state', 'taken', 'attempts', attempts + 1)
    redis.call('HINCRBY', p..'letter:'..id, 'epoch', 1)
    redis.call('ZADD', due, till, id)
    return redis.call('HGETALL', p..'letter:'..id)
  end
end
"""
)
_ACK: Final = (
    _COMMON
    + """
local id, epoch = unpack(ARGV)
if not has(id, epoch) then return 0 end
leave(id)
put(id, 'state', 'done', 'error', '')
redis.call('EXPIRE', p..'letter:'..id, kept)
return 1
"""
)
_FAIL: Final = (
    _COMMON
    + """
local id, epoch, err, again = unpack(ARGV)
if not has(id, epoch) then return 0 end
if again == '' then
  bury(id, err)
else
  put(id, 'state', 'waiting', 'error', err)
  redis.call('ZADD', p..'due:'..of(id, 'recipient'), again, id)
end
return 1
"""
)
_REVIVE: Final = (
    _COMMON
    + """
local workspace, id = unpack(ARGV)
if of(id, 'state') ~= 'dead' or of(id, 'workspace') ~= workspace then return 0 end
redis.call('XDEL', p..'dead:'..workspace, of(id, 'dead'))
put(id, 'state', 'waiting', 'attempts', 0)
send(id)
return 1
"""
)


class RedisBus:
    """Letters in the streams of one Redis server."""

    def __init__(self, url: str, records: Records, clock: Clock) -> None:
        """Raises StoreUnavailable when it does not answer."""
        self._records = records
        self._clock = clock
        self._consumer = f"{socket.gethostname()[:48]}:{os.getpid()}"
        self._redis = redis.Redis.from_url(
            url, decode_responses=True, socket_timeout=_TIMEOUT_S, socket_connect_timeout=_TIMEOUT_S
        )
        self._scripts = {
            name: self._redis.register_script(text)
            for name, text in (("post", _POST), ("take", _TAKE), ("ack", _ACK), ("fail", _FAIL), ("revive", _REVIVE))
        }
        self.ping()

    def post(self, letter: NewLetter) -> None:
        """Into the recipient's stream."""
        self._post(letter, run=letter.run or new_id(self._clock), at=self._clock.now_s())

    def post_within(self, conn: sa.Connection, letter: NewLetter) -> None:
        """Into the records first."""
        insert_letter(conn, letter, clock=self._clock)

    def take(self, recipient: str, *, lease_s: float) -> Letter | None:
        """One that may be tried again, else the oldest that was never taken."""
        self._bring_over(recipient)
        now = self._clock.now_s()
        flat = self._run("take", recipient, self._consumer, now, now + lease_s, MOST_ATTEMPTS)
        return _letter(dict(zip(flat[::2], flat[1::2], strict=True))) if flat else None

    def ack(self, letter: Letter) -> None:
        """Out of the stream."""
        if not self._run("ack", letter.id, letter.epoch):
            raise _fenced(letter)

    def fail(self, letter: Letter, error: str) -> LetterState:
        """Stays with the group until its wait is over, or goes to the dead."""
        state: LetterState = "dead" if letter.attempts >= MOST_ATTEMPTS else "waiting"
        again = "" if state == "dead" else self._clock.now_s() + wait_s(letter.attempts)
        if not self._run("fail", letter.id, letter.epoch, error, again):
            raise _fenced(letter)
        return state

    def dead(self, workspace: str, *, limit: int) -> Sequence[Letter]:
        """From the stream of the dead."""
        found = self._call(lambda: self._redis.xrevrange(f"{PREFIX}dead:{workspace}", count=limit))
        return self._read([fields["letter"] for _, fields in found])

    def revive(self, workspace: str, letter: str) -> None:
        """Back into its recipient's stream."""
        if not self._run("revive", workspace, letter):
            raise NotFound(f"no dead letter {letter!r}; /agents lists those there are")

    def letters_of(self, workspace: str, run: str) -> Sequence[Letter]:
        """As the run's list has them."""
        return self._read(self._call(lambda: self._redis.lrange(f"{PREFIX}run:{workspace}:{run}", 0, -1)))

    def replay(self, workspace: str, run: str) -> str:
        """One after the other; one that fails half-way leaves those that were posted."""
        said = self.letters_of(workspace, run)
        if not said:
            raise NotFound(f"no letters of a run {run!r} are kept")
        again = new_id(self._clock)
        for one in said:
            self._post(NewLetter(workspace, one.sender, one.recipient, one.body), run=again, at=self._clock.now_s())
        return again

    def examine(self) -> str:
        """How many letters there are, and whether they outlive the server."""
        waiting = sum(
            self._call(lambda: [self._redis.xlen(key) for key in self._redis.scan_iter(f"{PREFIX}letters:*")])
        )
        dead = sum(self._call(lambda: [self._redis.xlen(key) for key in self._redis.scan_iter(f"{PREFIX}dead:*")]))
        lasting = self._call(lambda: self._redis.info("persistence"))["aof_enabled"]
        warning = "" if lasting else "; a restart of Redis may lose letters: set `appendonly yes`"
        return f"on Redis, {waiting} letters waiting, {dead} dead{warning}"

    def ping(self) -> None:
        """PING."""
        self._call(self._redis.ping)

    def close(self) -> None:
        """Close the connections."""
        self._redis.close()

    def _post(self, letter: NewLetter, *, run: str, at: float, once: str = "") -> None:
        body = json.dumps(letter.body, ensure_ascii=False)
        self._run(
            "post", new_id(self._clock), letter.workspace, run, letter.sender, letter.recipient, body, repr(at), once
        )

    def _bring_over(self, recipient: str) -> None:
        """Post what waits in the records; done there once it is here."""
        rows = self._records.read(partial(_waiting, recipient=recipient))
        for one in rows:
            self._post(
                NewLetter(one.workspace, one.sender, one.recipient, one.body), run=one.run, at=one.at, once=one.id
            )
        if rows:
            brought = sa.update(messages).where(messages.c.id.in_([int(one.id) for one in rows])).values(state="done")
            self._records.write(lambda conn: conn.execute(brought))

    def _read(self, ids: Sequence[str]) -> list[Letter]:
        found = self._call(lambda: [self._redis.hgetall(f"{PREFIX}letter:{letter}") for letter in ids])
        return [_letter(fields) for fields in found if fields]

    def _run(self, script: str, *arguments: object) -> Any:
        return self._call(lambda: self._scripts[script](args=[str(one) for one in arguments]))

    def _call(self, ask: Callable[[], T]) -> Any:
        try:
            return ask()
        except redis.RedisError as error:
            raise StoreUnavailable(f"the bus on Redis did not answer: {error}") from error


def _waiting(conn: sa.Connection, *, recipient: str) -> list[Letter]:
    found = messages.c.kind == "post", messages.c.state == "waiting", messages.c.recipient == recipient
    wanted = sa.select(messages).where(*found).order_by(messages.c.id).limit(_AT_ONCE)
    return [letter_of(row) for row in conn.execute(wanted)]


def _letter(fields: "dict[str, str]") -> Letter:
    state: Any = fields["state"]
    return Letter(
        id=fields["id"],
        workspace=fields["workspace"],
        run=fields["run"],
        seq=int(fields["seq"]),
        sender=fields["sender"],
        recipient=fields["recipient"],
        body=json.loads(fields["body"]),
        at=float(fields["at"]),
        state=state,
        attempts=int(fields["attempts"]),
        epoch=int(fields["epoch"]),
        error=fields["error"],
    )


def _fenced(letter: Letter) -> Fenced:
    return Fenced(f"letter {letter.id} to {letter.recipient}: epoch {letter.epoch} does not have it any more")

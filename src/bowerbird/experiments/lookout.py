"""
What the worker does with experiments that run while nobody looks: it looks.

    something was counted since, and it is time ──► judge ──► looks kept
                                                     ├─ shares wrong: those who can act are told, once
                                                     └─ a guardrail surely failing: counted anew, judged again ──►
                                                        looks, decision, log and notices in one transaction

Until that transaction a killed worker has left no trace, and the next one begins again; after it the experiment runs no
more. So an experiment is rolled back once, and whoever is to know of it is told once.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from bowerbird.experiments.counting import cursors, recount
from bowerbird.experiments.guarding import Guarded, judge
from bowerbird.experiments.looks import keep_looks, last_look, spacing_s
from bowerbird.experiments.shares import Shares
from bowerbird.experiments.statistics import Analysis, analyse
from bowerbird.experiments.store import Experiment, list_running, roll_back
from bowerbird.experiments.sums import results
from bowerbird.kernel.clock import Clock
from bowerbird.ops.logs import logger
from bowerbird.records import Records, notices
from bowerbird.records.tables import experiment_log, experiment_phases, experiments, exposures, members

__all__ = ["Lookout"]

_log = logger("worker")
ROLLED_BACK: Final = "experiment.rolled_back"  # kinds of notices
LOCKED: Final = "experiment.locked"


@dataclass(frozen=True, slots=True)
class _Sight:
    """What was seen of an experiment; without analyses while its shares are wrong."""

    experiment: Experiment
    shares: Shares
    analyses: dict[str, Analysis]
    failing: tuple[Guarded, ...]


class Lookout:
    """Looks at what runs, for one worker."""

    def __init__(self, records: Records, clock: Clock) -> None:
        self._records = records
        self._clock = clock
        self._seen: dict[tuple[str, int], tuple[int, int]] = {}  # what was counted when a phase was looked at
        self._looked_s: dict[tuple[str, int], float] = {}  # when; of one that is locked no look is kept

    def look(self) -> int:
        """Look at what is due; how many experiments that were."""
        due = self._records.read(self._due)
        for experiment, counted in due:
            self._look_at(experiment)
            self._seen[experiment.id, experiment.phase] = counted
            self._looked_s[experiment.id, experiment.phase] = self._clock.now_s()
        return len(due)

    def _due(self, conn: sa.Connection) -> list[tuple[Experiment, tuple[int, int]]]:
        counted = cursors(conn)
        running = [one for one in list_running(conn) if self._seen.get((one.id, one.phase)) != counted]
        return [(one, counted) for one in running if self._is_time(conn, one) and _has_people(conn, one, counted)]

    def _is_time(self, conn: sa.Connection, one: Experiment) -> bool:
        last = last_look(conn, one) or self._looked_s.get((one.id, one.phase))
        if last is None:
            return True
        began = conn.execute(
            sa.select(experiment_phases.c.began_at).where(
                experiment_phases.c.experiment == one.id, experiment_phases.c.number == one.phase
            )
        ).scalar_one()
        now_s = self._clock.now_s()
        # A clock that was put back must not stop the looking.
        return not 0 <= now_s - last < spacing_s(now_s - began)

    def _look_at(self, experiment: Experiment) -> None:
        sight = self._records.read(lambda conn: self._see(conn, experiment))
        if sight.failing:
            # What people took back is out of the sums before anything is decided by them.
            after: int | None = 0
            while after is not None:
                after = self._recounted(experiment.id, after)
            sight = self._records.read(lambda conn: self._see(conn, experiment))
        rolled_back = self._records.write(lambda conn: self._keep(conn, sight))
        if rolled_back:
            _log.warning("experiment.rolled_back", experiment=experiment.name, guardrail=sight.failing[0].metric)

    def _recounted(self, experiment: str, after: int) -> int | None:
        return self._records.write(lambda conn: recount(conn, experiment, after))

    def _see(self, conn: sa.Connection, experiment: Experiment) -> _Sight:
        sums = results(conn, experiment, phase=experiment.phase, clock=self._clock)
        if not sums.shares.ok:
            return _Sight(experiment, sums.shares, {}, ())
        checked = sums.shares.as_checked
        guarded = judge(experiment.plan, sums.requests, checked=checked)
        return _Sight(
            experiment,
            sums.shares,
            {name: analyse(request, checked=checked) for name, request in sums.requests.items()},
            tuple(one for one in guarded if one.state == "failing"),
        )

    def _keep(self, conn: sa.Connection, sight: _Sight) -> bool:
        """Whether it was rolled back."""
        if not _still_runs(conn, sight.experiment):
            return False
        keep_looks(conn, sight.experiment, sight.analyses, at=self._clock.now_s())
        if not sight.shares.ok:
            self._tell(
                conn,
                sight.experiment,
                LOCKED,
                f"The results of {sight.experiment.name} are locked: {sight.shares.because}",
            )
            return False
        if not sight.failing:
            return False
        reasons = "; ".join(one.says for one in sight.failing)
        rolled_back = roll_back(conn, sight.experiment, reasons, clock=self._clock)
        if rolled_back:
            self._tell(conn, sight.experiment, ROLLED_BACK, f"{sight.experiment.name} was rolled back: {reasons}")
        return rolled_back

    def _tell(self, conn: sa.Connection, experiment: Experiment, kind: str, text: str) -> None:
        """Those who can act, and who began it; each once about an experiment."""
        for person in _to_be_told(conn, experiment):
            notices.tell_once(
                conn,
                workspace=experiment.workspace,
                person=person,
                kind=kind,
                text=text,
                href=f"/experiments/{experiment.name}",
                now_s=self._clock.now_s(),
            )


def _has_people(conn: sa.Connection, experiment: Experiment, counted: tuple[int, int]) -> bool:
    """Whether anybody of them is counted: a look at nobody would see nothing, and put the next one off."""
    of_phase = exposures.c.experiment == experiment.id, exposures.c.phase == experiment.phase
    met = *of_phase, exposures.c.id <= counted[1]
    return conn.execute(sa.select(exposures.c.id).where(*met).limit(1)).one_or_none() is not None


def _still_runs(conn: sa.Connection, experiment: Experiment) -> bool:
    as_seen = sa.select(experiments.c.id).where(
        experiments.c.id == experiment.id,
        experiments.c.state == "running",
        experiments.c.phase == experiment.phase,
    )
    return conn.execute(as_seen).one_or_none() is not None


def _to_be_told(conn: sa.Connection, experiment: Experiment) -> Iterable[str]:
    made = conn.execute(sa.select(experiments.c.created_by).where(experiments.c.id == experiment.id)).scalars()
    began = conn.execute(
        sa.select(experiment_log.c.person).where(
            experiment_log.c.experiment == experiment.id,
            experiment_log.c.action == "started",
            experiment_log.c.person.is_not(None),
        )
    ).scalars()
    run = conn.execute(
        sa.select(members.c.person).where(
            members.c.workspace == experiment.workspace,
            members.c.role.in_(("operator", "admin")),
            members.c.shut_out_at.is_(None),
        )
    ).scalars()
    return dict.fromkeys([*made, *began, *run])

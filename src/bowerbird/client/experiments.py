"""Choices put to the test: plans, what people meet, what it amounts to, decisions, and what was learnt."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from bowerbird.client.connection import Connection, Json, given

__all__ = ["ExperimentCalls"]


class ExperimentCalls(Connection):
    """Calls of experiments."""

    def experiments(self) -> Sequence[Json]:
        """All of the workspace, the newest first."""
        return list(self._get("/v1/experiments")["experiments"])

    def experiment(self, experiment: str) -> Json:
        """An experiment with all that was done to it (`log`) and what assignment depends on (`assignment`)."""
        return self._get(_of(experiment))

    def plan_experiment(self, experiment: str, plan: Json, rules: Json) -> Json:
        """A draft, in which nobody is until it is started."""
        return self._send("POST", "/v1/experiments", {"name": experiment, "plan": plan, "rules": rules})

    def change_experiment(
        self, experiment: str, *, rules: Json | None = None, plan: Json | None = None, new_phase: bool = False
    ) -> Json:
        """Other rules: letting more people in goes on, all else needs a `new_phase`. Of a draft also another plan."""
        return self._send("PATCH", _of(experiment), given(rules=rules, plan=plan, new_phase=new_phase or None))

    def start_experiment(self, experiment: str) -> Json:
        """Let people into it; what was promised is hashed, and stays."""
        return self._send("POST", f"{_of(experiment)}/start")

    def stop_experiment(self, experiment: str) -> Json:
        """Let nobody into it any more: everybody gets the control."""
        return self._send("POST", f"{_of(experiment)}/stop")

    def decide_experiment(self, experiment: str, decision: str, reasons: str, *, variant: str | None = None) -> Json:
        """`ship` a variant or `roll back`, which ends it, or write down that one will `wait` or `review`."""
        return self._send(
            "POST", f"{_of(experiment)}/decide", given(decision=decision, reasons=reasons, variant=variant)
        )

    def variant(
        self,
        experiment: str,
        *,
        user: str | None = None,
        attributes: Mapping[str, Any] | None = None,
        shown: str | None = None,
        user_agent: str | None = None,
    ) -> str:
        """
        The variant of a person, recorded once; ask when they are about to see the difference.

        `user` is who it is, by your own id of them, if it is not whom the client acts for; `shown` is what your own
        code has shown them already.
        """
        known = given(attributes=None if attributes is None else dict(attributes), shown=shown, user_agent=user_agent)
        path = f"{_of(experiment)}/exposures"
        answer = self._sent("POST", path, json=known, **({} if user is None else {"params": {"user": user}}))
        return str(answer["variant"])

    def experiment_results(self, experiment: str, *, phase: int | None = None) -> Json:
        """Sums by metric and variant, counted up to now; none while it is `locked`."""
        return self._get(f"{_of(experiment)}/results", phase=phase)

    def experiment_report(self, experiment: str, *, phase: int | None = None) -> Json:
        """
        Whether the experiment can be trusted, what it says, and what to do (`advice`); of its last phase, or that one.

        While it is `locked`, whatever tells of a result is None.
        """
        return self._get(f"{_of(experiment)}/report", phase=phase)

    def experiment_segments(self, experiment: str, *, metric: str | None = None, phase: int | None = None) -> Json:
        """Whether a metric changed alike for everybody: by what was known of people when they were exposed."""
        return self._get(f"{_of(experiment)}/segments", metric=metric, phase=phase)

    def experiment_places(self) -> Json:
        """Where the product itself can be put to the test: `{"places": [{"place", "tries", "variants", "given"…}]}`."""
        return self._get("/v1/experiments/places")

    def a_a(self) -> Json:
        """How often experiments without any difference would be called significant here: `rates` by kind of event."""
        return self._get("/v1/a-a")

    def learnings(self, query: str = "", *, metric: str | None = None, limit: int = 50) -> Sequence[Json]:
        """What was learnt, in which all words of the query stand, or of an effect on the metric; the newest first."""
        return list(self._get("/v1/learnings", q=query, metric=metric, limit=limit)["learnings"])

    def learn(self, text: str, *, experiment: str | None = None, effect: Json | None = None) -> Json:
        """Write down what was learnt, with the `effect` that was seen: {"metric", "lift", "ci", "n"}."""
        return self._send("POST", "/v1/learnings", given(text=text, experiment=experiment, effect=effect))


def _of(experiment: str) -> str:
    return f"/v1/experiments/{quote(experiment, safe='')}"

"""A kept answer as somebody may see it now: what rests on pages that they may not see is left out, and that is said."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

__all__ = ["as_seen", "versions_in"]

Json = Mapping[str, Any]


def versions_in(answer: Json) -> set[int]:
    """The page versions that an answer cites anywhere."""
    of_conflicts = [side for conflict in answer["conflicts"] for side in conflict["values"]]
    of_claims = [cited for claim in (*answer["claims"], *answer.get("left_out", ())) for cited in claim["citations"]]
    evidence = [one for one in answer["suggestions"] if one["kind"] == "evidence"]
    return {int(citation["version"]) for citation in (*of_claims, *of_conflicts, *evidence)}


def as_seen(answer: Json, visible: Collection[int], *, is_own: bool) -> dict[str, Any]:
    """
    The answer's JSON without what rests on versions other than `visible`, and complete whenever it was kept.

    Who did not ask sees neither how it was found nor what was left out without a citation: both may tell of pages. Nor
    does who asked, once a page that it rests on has become somebody else's.
    """
    is_whole = is_own and versions_in(answer) <= set(visible)
    claims = _seen(answer["claims"], visible)
    hidden = len(answer["claims"]) - len(claims)
    left_out = _seen(answer.get("left_out", ()), visible)  # answers of the first release left nothing out
    notice = " ".join(filter(None, (str(answer.get("notice", "")), _hidden(hidden))))
    text = " ".join(claim["text"] for claim in claims) or "This answer rests on pages that you may not see."
    return {
        "question": answer["question"],
        "answer": text if hidden else answer["answer"],
        "abstained": bool(answer["abstained"]) or not claims,
        "claims": claims,
        "conflicts": _agreeing(answer["conflicts"], visible),
        "suggestions": [one for one in answer["suggestions"] if one["kind"] != "evidence" or one["version"] in visible],
        "steps": list(answer["steps"]) if is_whole else [],
        "took_ms": answer["took_ms"],
        "left_out": left_out if is_whole else [claim for claim in left_out if claim["citations"]],
        "notice": notice,
        "written_by": str(answer.get("written_by", "")),
    }


def _seen(claims: Iterable[Json], visible: Collection[int]) -> list[dict[str, Any]]:
    return [
        {"reasons": [], **claim} for claim in claims if all(cited["version"] in visible for cited in claim["citations"])
    ]


def _hidden(count: int) -> str:
    if not count:
        return ""
    rests = (
        "1 sentence is left out: it rests on a page"
        if count == 1
        else f"{count} sentences are left out: they rest on pages"
    )
    return f"{rests} that you may not see."


def _agreeing(conflicts: Sequence[Json], visible: Collection[int]) -> list[dict[str, Any]]:
    """The conflicts of which two sides or more may be seen: with one there is none to see."""
    shown = [
        {**conflict, "values": [side for side in conflict["values"] if side["version"] in visible]}
        for conflict in conflicts
    ]
    return [conflict for conflict in shown if len(conflict["values"]) > 1]

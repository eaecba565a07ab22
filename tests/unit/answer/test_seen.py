"""What of a kept answer is left for who may see only some of its pages."""

from typing import Any

from bowerbird.answer import as_seen, versions_in


def cited(n: int, version: int) -> dict[str, Any]:
    return {"n": n, "quote": "q", "url": "https://e.org", "title": "t", "version": version, "start": 0, "end": 1}


def claim(text: str, *citations: dict[str, Any]) -> dict[str, Any]:
    return {"text": text, "verdict": "supported", "citations": list(citations), "reasons": []}


def answer(**fields: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "question": "What?",
        "answer": "One. Two.",
        "abstained": False,
        "claims": [claim("One.", cited(1, 5)), claim("Two.", cited(2, 6))],
        "conflicts": [],
        "suggestions": [],
        "steps": [{"agent": "planner", "words": "planned", "took_ms": 1.0}],
        "took_ms": 2.0,
        "left_out": [],
        "notice": "",
        "written_by": "",
    }
    return values | fields


def test_who_may_see_all_of_it_sees_it_as_it_is() -> None:
    assert as_seen(answer(), {5, 6}, is_own=True) == answer()


def test_a_sentence_that_rests_on_a_hidden_page_is_left_out_and_that_is_said() -> None:
    seen = as_seen(answer(notice="By hand."), {5}, is_own=False)
    assert [one["text"] for one in seen["claims"]] == ["One."]
    assert seen["answer"] == "One."
    assert seen["notice"] == "By hand. 1 sentence is left out: it rests on a page that you may not see."
    assert seen["steps"] == []
    assert "Two." not in str(seen)


def test_one_hidden_page_of_two_hides_the_sentence() -> None:
    seen = as_seen(answer(claims=[claim("Both.", cited(1, 5), cited(2, 6))]), {5}, is_own=False)
    assert seen["claims"] == []
    assert seen["abstained"] is True
    assert seen["answer"] == "This answer rests on pages that you may not see."


def test_conflicts_evidence_and_what_was_left_out_follow() -> None:
    sides = [cited(1, 5) | {"at": 1.0}, cited(2, 6) | {"at": 2.0}, cited(3, 7) | {"at": 3.0}]
    told = answer(
        conflicts=[{"subject": "s", "values": sides}],
        suggestions=[
            {"kind": "evidence", "text": "near", **cited(4, 6)},
            {"kind": "crawl", "text": "c", "goal": "g", "url": None},
        ],
        left_out=[claim("Doubtful.", cited(5, 6)), claim("Bare."), claim("Seen.", cited(6, 5))],
    )
    assert versions_in(told) == {5, 6, 7}
    seen = as_seen(told, {5, 7}, is_own=False)
    assert [[side["version"] for side in one["values"]] for one in seen["conflicts"]] == [[5, 7]]
    assert [one["kind"] for one in seen["suggestions"]] == ["crawl"]
    assert [one["text"] for one in seen["left_out"]] == ["Seen."]
    assert as_seen(told, {5}, is_own=False)["conflicts"] == []
    # What was left out without a citation may tell of the page that its asker does not see any more.
    assert [one["text"] for one in as_seen(told, {5}, is_own=True)["left_out"]] == ["Seen."]
    assert [one["text"] for one in as_seen(told, {5, 6, 7}, is_own=True)["left_out"]] == ["Doubtful.", "Bare.", "Seen."]


def test_an_answer_of_the_first_release_is_made_whole() -> None:
    """It knew neither what was left out nor reasons nor notices."""
    first = answer(claims=[{"text": "One.", "verdict": "supported", "citations": [cited(1, 5)]}])
    del first["left_out"], first["notice"]
    seen = as_seen(first, {5}, is_own=True)
    assert (seen["left_out"], seen["notice"], seen["claims"][0]["reasons"]) == ([], "", [])

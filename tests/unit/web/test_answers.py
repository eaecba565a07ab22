from typing import Any

from bowerbird.web.answers import (
    AnswerView,
    CitationView,
    ClaimView,
    SourceView,
    StepView,
    answer_view,
    versions_in,
)
from bowerbird.web.queries.conversations import Cited

NOW_S = 1_750_000_000.0


def citation(n: int, version: int, **fields: Any) -> dict[str, Any]:
    values = {"n": n, "quote": "A quote.", "url": f"https://e.org/{version}", "title": f"Page {version}"}
    return values | {"version": version, "start": 10, "end": 18} | fields


def answer(**fields: Any) -> dict[str, Any]:
    values: dict[str, Any] = {"question": "What?", "answer": "A quote.", "abstained": False, "claims": []}
    return values | {"conflicts": [], "suggestions": [], "steps": [], "took_ms": 212.0} | fields


def claim(text: str, verdict: str, *citations: dict[str, Any]) -> dict[str, Any]:
    return {"text": text, "verdict": verdict, "citations": list(citations)}


def test_each_sentence_leads_to_its_span_of_the_stored_page() -> None:
    """A citation opens the page at the span; the panel gets the same as a fragment; the source tells its date and state."""
    shown = answer_view(
        "What?",
        answer(
            claims=[claim("A quote.", "supported", citation(1, 5))],
            steps=[{"agent": "planner", "words": "planned a search"}],
        ),
        {5: Cited(version=5, page=3, fetched_at=NOW_S - 7200, is_current=False)},
        now_s=NOW_S,
    )
    href = "/knowledge/pages/3?version=5&start=10&end=18#cited"
    fragment = "/knowledge/pages/3?version=5&start=10&end=18&fragment=1"
    assert shown == AnswerView(
        abstained=False,
        text="A quote.",
        steps_line="planned a search · 0.2 s",
        steps=(StepView("planner", "planned a search"),),
        paragraphs=((ClaimView("A quote.", "supported", "", (CitationView(1, "Page 5", href, fragment),)),),),
        left_out=(),
        conflicts=(),
        nearest=(),
        sources=(SourceView(1, "Page 5", href, fragment, "e.org/5", "2 h ago", is_stale=True),),
        follow_ups=(),
        gather_href="/scraping/new?scraping-goal=What%3F",
        plain="What?\n\nA quote. [1]\n\n[1] Page 5, https://e.org/5",
    )


def test_what_is_not_supported_is_never_among_what_is_said() -> None:
    """Unsupported claims are left out, with their verdict in words; doubtful ones say so."""
    shown = answer_view(
        "What?",
        answer(claims=[claim("No.", "unsupported"), claim("Some.", "partial", citation(1, 5))]),
        {},
        now_s=NOW_S,
    )
    assert [one.text for paragraph in shown.paragraphs for one in paragraph] == ["Some."]
    assert [(one.text, one.verdict_words) for one in shown.left_out] == [("No.", "not supported")]
    assert shown.paragraphs[0][0].verdict_words == "partly supported"
    assert "No." not in shown.plain


def test_a_version_that_is_gone_leads_to_the_live_page() -> None:
    """When the stored page may not be seen any more, the link goes to the site, and no panel is offered."""
    shown = answer_view("What?", answer(claims=[claim("A.", "supported", citation(1, 5))]), {}, now_s=NOW_S)
    assert shown.sources == (SourceView(1, "Page 5", "https://e.org/5", "", "e.org/5", "", is_stale=False),)


def test_pages_cited_twice_are_listed_once_in_order() -> None:
    """Sources follow their numbers."""
    claims = [claim("B.", "supported", citation(2, 6), citation(1, 5)), claim("A.", "supported", citation(1, 5))]
    shown = answer_view("What?", answer(claims=claims), {}, now_s=NOW_S)
    assert [source.n for source in shown.sources] == [1, 2]


def test_both_sides_of_a_conflict_are_dated() -> None:
    """Each side shows what it says, where, and when that was stored."""
    sides = [claim("In 1998.", "supported", citation(1, 5)), claim("In 2001.", "supported", citation(2, 6))]
    cited = {5: Cited(5, 3, NOW_S - 86_400, is_current=True)}
    shown = answer_view("When?", answer(conflicts=[{"sides": sides}]), cited, now_s=NOW_S)
    (conflict,) = shown.conflicts
    assert [(side.text, side.dated) for side in conflict.sides] == [("In 1998.", "1 day ago"), ("In 2001.", "")]


def test_all_cited_versions_are_asked_for() -> None:
    """Claims, conflicts and nearest evidence alike."""
    told = answer(
        claims=[claim("A.", "supported", citation(1, 5))],
        conflicts=[{"sides": [claim("B.", "supported", citation(2, 6))]}],
        suggestions=[citation(3, 7), {"text": "gather this"}],
    )
    assert versions_in(told) == {5, 6, 7}

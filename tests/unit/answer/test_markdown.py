import re
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from bowerbird.answer import QuestionRow
from bowerbird.answer.markdown import conversation_markdown, escaped, markdown, tell, untold

URL = "https://docs.example.org/a"
AT_S = 1_750_000_000.0
ROW = QuestionRow("q1", "c1", "What is boosting?", None, AT_S)


def citation(n: int, **fields: Any) -> dict[str, Any]:
    values = {"n": n, "quote": f"Quote {n}.", "url": f"{URL}{n}", "title": f"Page {n}"}
    return values | {"version": n, "start": 10, "end": 18} | fields


def claim(text: str, *citations: dict[str, Any], verdict: str = "supported") -> dict[str, Any]:
    return {"text": text, "verdict": verdict, "citations": list(citations)}


def answer(*claims: dict[str, Any], **fields: Any) -> dict[str, Any]:
    words = " ".join(one["text"] for one in claims) or "What was gathered does not answer this."
    values = {"answer": words, "claims": list(claims), "conflicts": [], "suggestions": [], "notice": ""}
    return values | fields


def tokens_of(text: str) -> list[Token]:
    """What a reader of Markdown makes of it, the pieces of its lines among them."""
    found = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)
    return [each for token in found for each in (token, *(token.children or ()))]


def words_of(text: str) -> str:
    return "".join(token.content for token in tokens_of(text) if token.type in ("text", "text_special"))


def test_every_number_stands_where_it_says_and_is_a_link() -> None:
    told = tell(answer(claim("One.", citation(1)), claim("Two.", citation(2), citation(1))))

    assert told.text.startswith("One. [1] Two. [2] [1]\n\n[1]: ")
    assert [(told.text[one.start : one.end], one.citation["n"]) for one in told.markers] == [
        ("[1]", 1),
        ("[2]", 2),
        ("[1]", 1),
    ]
    links = [token.attrs["href"] for token in tokens_of(told.text) if token.type == "link_open"]
    assert links == [f"{URL}1", f"{URL}2", f"{URL}1"]
    assert words_of(told.text) == "One. 1 Two. 2 1"
    assert "".join(told.pieces) == told.text
    assert told.pieces[0] == "One. [1]"


def test_a_number_of_a_document_with_pages_leads_to_its_page() -> None:
    told = tell(answer(claim("One.", citation(1, page_number=12)), claim("Two.", citation(2, page_number=None))))
    links = [token for token in tokens_of(told.text) if token.type == "link_open"]

    assert [link.attrs["href"] for link in links] == [f"{URL}1#page=12", f"{URL}2"]
    assert [str(link.attrs["title"]).endswith(", page 12") for link in links] == [True, False]


def test_what_is_doubtful_says_so() -> None:
    told = tell(answer(claim("Some.", citation(1), verdict="partial")))
    assert told.text.startswith("Some. (partly supported) [1]")


def test_who_abstains_tells_the_nearest() -> None:
    near = {"kind": "evidence", "text": "Near.", **citation(3)}
    told = tell(answer(suggestions=[near, {"kind": "crawl", "text": "Gather.", "goal": "g", "url": None}]))
    assert told.text.startswith(
        "What was gathered does not answer this.\n\nThe nearest that was found:\n\n- Near. [3]\n\n[3]: <"
    )


def test_pages_that_disagree_are_told_with_their_days() -> None:
    sides = [citation(1, quote="In 1998.", at=AT_S), citation(2, quote="In 2001.", at=AT_S - 86_400)]
    told = tell(answer(claim("In 1998.", citation(1)), conflicts=[{"subject": "founded", "values": sides}]))
    assert (
        "The pages disagree: “founded …”\n\n- In 1998. (15 June 2025) [1]\n- In 2001. (14 June 2025) [2]" in told.text
    )


HOSTILE = (
    "![x](https://evil.example/leak.png)",
    '<img src="https://evil.example/x">',
    "[click](javascript:alert(1))",
    "[1]: https://evil.example",
    "<https://evil.example>",
    "# Big",
    "1. one",
    "12) one",
    "- item",
    "+ item",
    "> said",
    "```\ncode",
    "***",
    "===",
    "| a | b |\n|---|---|",
    "&lt;script&gt;",
    "snake_case and __bold__ and _thin_",
    "\\",
    "~~gone~~",
)


def test_what_a_page_wrote_is_text_and_nothing_else() -> None:
    for text in HOSTILE:
        assert_plain(text)


@given(st.text(st.sampled_from("ab1_*`[]()<>!#-+=.&;~|\\:/\"' \n\t"), max_size=40) | st.text(max_size=40))
def test_any_text_is_shown_as_it_is(text: str) -> None:
    assert_plain(text)


def assert_plain(text: str) -> None:
    shown = escaped(text)
    kinds = {token.type for token in tokens_of(shown)}
    assert kinds <= {"paragraph_open", "inline", "text", "text_special", "paragraph_close"}, (text, shown)
    # What no document may hold is shown as U+FFFD.
    assert words_of(shown) == " ".join(text.split()).replace("\0", "\ufffd"), (text, shown)


def test_titles_and_addresses_cannot_break_out_of_their_line() -> None:
    evil = citation(1, title='A "b" \\ <c>\n# d', url="https://e.org/a> <b\n[2]: x?q=ä")
    told = tell(answer(claim("One.", evil)))
    kinds = {token.type for token in tokens_of(told.text)}
    assert kinds <= {"paragraph_open", "inline", "text", "paragraph_close", "link_open", "link_close"}
    (link,) = [token for token in tokens_of(told.text) if token.type == "link_open"]
    assert str(link.attrs["href"]).startswith("https://e.org/a%3E%20%3Cb%0A")
    assert link.attrs["title"] == 'A "b" \\ <c> # d'


def test_what_is_not_on_the_web_is_named_and_no_link() -> None:
    told = tell(
        answer(claim("One.", citation(1, url="javascript:alert(1)", title="Notes")), claim("Two.", citation(2)))
    )
    assert told.text.endswith('[2]: <https://docs.example.org/a2> "Page 2"\n\n[1] Notes, javascript:alert(1)')
    links = [token.attrs["href"] for token in tokens_of(told.text) if token.type == "link_open"]
    assert links == [f"{URL}2"]


def test_what_was_told_is_understood_again() -> None:
    """A client sends back what it was told; the next question leans on the words, not on numbers and addresses."""
    said = answer(claim("Ada [sic] wrote_it. 1", citation(1)), claim("Two.", citation(2)))
    assert untold(tell(said).text) == "Ada [sic] wrote_it. 1 Two."


def test_a_kept_answer_is_a_document_with_every_span() -> None:
    row = replace(ROW, stale_at=AT_S, stale_numbers=frozenset({2}), as_of=AT_S - 86_400)
    text = markdown(row, answer(claim("One.", citation(1)), claim("Two.", citation(2))))
    assert text.startswith(
        "# What is boosting?\n\nAsked on 15 June 2025. Answered from what was stored on 14 June 2025. "
        "Went stale on 15 June 2025: a page under it no longer says what was cited.\n\nOne. [1] Two. [2]\n"
    )
    assert f"- [1] [Page 1](<{URL}1>): “Quote 1.” (version 1, characters 10 to 18)\n" in text
    assert f"- [2] [Page 2](<{URL}2>): “Quote 2.” (version 2, characters 10 to 18; no longer said)\n" in text


def test_a_conversation_is_a_document_of_its_turns() -> None:
    turns = [(ROW, answer(claim("One.", citation(1)))), (ROW, answer(claim("Two.", citation(1, url=f"{URL}2"))))]
    text = conversation_markdown([*turns, (replace(ROW, text="And bagging?"), None)])
    links = [token.attrs["href"] for token in tokens_of(text) if token.type == "link_open"]
    assert links == [f"{URL}1", f"{URL}2"]
    assert re.findall(r"^#+ .*$", text, re.MULTILINE) == [
        "# What is boosting?",
        "## What is boosting?",
        "### Sources",
        "## What is boosting?",
        "### Sources",
        "## And bagging?",
    ]
    assert text.endswith("This question was not answered.\n")

"""The main job through the command line, on the site that ships with the product: JSON and exit codes."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bowerbird.demo import DEMO_GOAL, DEMO_QUESTION, DemoSite
from tests.servers import Databases

pytestmark = pytest.mark.timeout(300)


@dataclass(frozen=True, slots=True)
class Done:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The document it printed."""
        return json.loads(self.out)


def bowerbird(*arguments: str, environment: Mapping[str, str] | None = None) -> Done:
    """Run a command as a person would."""
    done = subprocess.run(
        [sys.executable, "-m", "bowerbird", *arguments],
        capture_output=True,
        check=False,
        env=os.environ | dict(environment or {}),
    )
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


@dataclass(frozen=True, slots=True)
class Gathered:
    """A data folder in which the demonstration site was gathered."""

    data: Path
    site: str
    crawl: Done
    environment: Mapping[str, str]

    def run(self, *arguments: str) -> Done:
        """A command on this data folder."""
        return bowerbird(*arguments, "--data", str(self.data), environment=self.environment)


@pytest.fixture(scope="module")
def gathered(tmp_path_factory: pytest.TempPathFactory, databases: Databases) -> Iterator[Gathered]:
    """The demonstration site, gathered once."""
    data = tmp_path_factory.mktemp("command-line") / "data"
    asked = ("--goal", DEMO_GOAL, "--all", "--allow-private", "--json", "--data", str(data))
    with DemoSite() as site, databases.environment(data) as environment:
        crawl = bowerbird("crawl", site.url, *asked, environment=environment)
        yield Gathered(data, site.url, crawl, environment)


def test_a_crawl_reports_every_page_it_saw(gathered: Gathered) -> None:
    """`seen` is kept + unchanged + deleted + skipped, everything was embedded, and the exit code is 0."""
    report = gathered.crawl.json
    pages = report["pages"]

    assert (gathered.crawl.code, report["status"]) == (0, "completed")
    assert pages["seen"] == pages["kept"] + pages["unchanged"] + pages["deleted"] + sum(pages["skipped"].values())
    assert pages["kept"] >= 40
    assert {"robots", "duplicate", "noindex", "nofollow"} <= set(pages["skipped"])
    assert report["embedded"] == report["passages"] > 100
    assert report["entities"] > 50
    assert report["bytes"] > 10_000


def test_the_answer_cites_exact_spans(gathered: Gathered) -> None:
    """The brief's question gets `supervised`, every claim a citation, every quote its span of the stored text."""
    answer = gathered.run("ask", DEMO_QUESTION, "--json").json
    citations = [citation for claim in answer["claims"] for citation in claim["citations"]]
    texts = {each["version"]: gathered.run("page", str(each["version"]), "--text").out for each in citations}

    assert "supervised" in answer["answer"]
    assert not answer["abstained"]
    assert all(claim["citations"] and claim["verdict"] == "supported" for claim in answer["claims"])
    assert [each["quote"] for each in citations] == [
        texts[each["version"]][each["start"] : each["end"]] for each in citations
    ]
    assert set(answer) == {
        "question", "answer", "abstained", "claims", "conflicts", "suggestions", "steps", "took_ms",
        "id", "conversation", "left_out", "notice", "written_by",
    }  # fmt: skip


def test_a_replay_prints_the_same_bytes(gathered: Gathered) -> None:
    """As when the question was asked."""
    asked = gathered.run("ask", DEMO_QUESTION, "--json")

    assert gathered.run("replay", asked.json["id"], "--json").out == asked.out


def test_it_abstains_when_nothing_supports_an_answer(gathered: Gathered) -> None:
    """A question about something else is not answered, and a crawl is proposed."""
    answer = gathered.run("ask", "Who won the 1954 football world cup in Bern?", "--json").json

    assert (answer["abstained"], answer["claims"]) == (True, [])
    assert any(suggestion["kind"] == "crawl" for suggestion in answer["suggestions"])


def test_it_answers_as_of_a_day(gathered: Gathered) -> None:
    """Of a day before anything was gathered it says since when there is something; a day to come is refused."""
    answer = gathered.run("ask", DEMO_QUESTION, "--as-of", "2001-02-03", "--json").json
    ahead = gathered.run("ask", DEMO_QUESTION, "--as-of", "2999-01-01")

    assert answer["abstained"]
    assert answer["notice"].startswith("This is what was stored on 3 February 2001.")
    assert "the first page was gathered on" in answer["notice"]
    assert (ahead.code, "expected a time that has been" in ahead.err) == (2, True)


def test_an_answer_is_followed(gathered: Gathered) -> None:
    """Added, listed, stopped; what cannot be followed is refused."""
    asked = gathered.run("ask", DEMO_QUESTION, "--json").json["id"]
    (added,) = gathered.run("follow", "add", asked, "--kind", "standing", "--json").json["follows"]
    refused = gathered.run("follow", "add", asked, "--kind", "gap")
    listed = gathered.run("follow", "list").out
    (stopped,) = gathered.run("follow", "stop", added["follow"], "--json").json["follows"]

    assert (added["kind"], added["question"], added["ended_at"]) == ("standing", asked, None)
    assert (refused.code, "has an answer" in refused.err) == (2, True)
    assert f"{added['follow']}  standing  followed  {DEMO_QUESTION}" in listed
    assert stopped["ended_at"] is not None


def test_search_finds_passages_by_words_and_meaning(gathered: Gathered) -> None:
    """Hits have the contract's shape, as many as asked for, best first, and both halves scored them."""
    found = gathered.run("search", "gradient boosting", "--limit", "5", "--json").json
    scores = [hit["score"] for hit in found["hits"]]

    assert (len(scores), scores) == (5, sorted(scores, reverse=True))
    assert "boosting" in found["hits"][0]["text"].lower()
    assert all(hit["scores"]["bm25"] is not None or hit["scores"]["dense"] is not None for hit in found["hits"])
    assert set(found["hits"][0]) == {
        "passage", "url", "title", "version", "start", "end", "page_number", "text", "language", "score", "scores",
    }  # fmt: skip


def test_entities_rest_on_quoted_mentions(gathered: Gathered) -> None:
    """Each mention quotes the stored text exactly."""
    found = gathered.run("entities", "learning", "--json").json["entities"]
    names = {each["name"].lower() for each in found}
    first = found[0]["mentions"][0]
    text = gathered.run("page", str(first["version"]), "--text").out

    assert "machine learning" in names
    assert text[first["start"] : first["end"]] == first["quote"]


def test_what_links_two_entities_is_told_step_by_step(gathered: Gathered) -> None:
    """The shortest way first, each step with a sentence and its page; between a thing and itself there is none."""
    one, other = (
        each["id"] for each in gathered.run("entities", "learning", "--limit", "2", "--json").json["entities"]
    )
    told = gathered.run("entities", "links", str(one), str(other), "--json").json
    assert (told["one"]["id"], told["other"]["id"], told["same"]) == (one, other, False)
    assert [len(path) for path in told["paths"]] == sorted(len(path) for path in told["paths"])
    said = told["paths"][0][0]["evidence"][0]
    printed = gathered.run("entities", "links", str(one), str(other)).out
    assert " ".join(said["quote"].split()) in printed
    assert said["url"] in printed
    assert f"Both are {told['one']['name']}." in gathered.run("entities", "links", str(one), str(one)).out


def test_entities_are_merged_and_taken_apart_again(gathered: Gathered) -> None:
    """Each command says what it decided; undone, all is as before. `list` may be said or left out."""
    one, other = (each["id"] for each in gathered.run("entities", "list", "--limit", "2", "--json").json["entities"])
    merged = gathered.run("entities", "merge", str(one), str(other), "--json").json
    known = gathered.run("entities", "history", str(one), "--json").json

    assert (merged["kind"], merged["entity"]) == ("merge", other)
    assert [member["entity"] for member in known["members"]] == [one]
    assert f"the entity is {one} now" in gathered.run("entities", "undo", str(merged["decision"])).out
    assert gathered.run("entities", "history", str(one), "--json").json["decisions"][0]["undone"] is True


def test_a_page_is_printed_exactly(gathered: Gathered) -> None:
    """`--text` prints the stored text and nothing else; `--json` has the same text."""
    hit = gathered.run("search", "decision tree", "--limit", "1", "--json").json["hits"][0]
    text = gathered.run("page", str(hit["version"]), "--text").out
    shown = gathered.run("page", str(hit["version"]), "--json").json

    assert (text[hit["start"] : hit["end"]], shown["text"]) == (hit["text"], text)


def test_gathering_again_embeds_nothing(gathered: Gathered) -> None:
    """A second run on an unchanged site keeps everything and reads nothing again."""
    first = gathered.crawl.json
    second = gathered.run("recrawl", "--all", "--json").json

    assert (second["status"], second["pages"]["kept"], second["pages"]["deleted"]) == ("completed", 0, 0)
    assert second["pages"]["unchanged"] == first["pages"]["kept"]
    assert (second["embedded"], second["passages"]) == (0, first["passages"])
    assert second["bytes"] < first["bytes"] / 4


def test_doctor_finds_nothing_wrong(gathered: Gathered) -> None:
    """All checks are shown, none fails; that no worker runs is a warning with what to do."""
    done = gathered.run("doctor", "--json")
    states = {finding["name"]: finding["state"] for finding in done.json["findings"]}

    assert (done.code, "fail" in states.values(), states["worker"], states["bus"]) == (0, False, "warn", "ok")


REFUSED: Sequence[tuple[Sequence[str], str]] = [
    (("crawl", "not a url", "--goal", "g"), "not a url"),
    (("crawl", "ftp://example.org/", "--goal", "g"), "http"),
    (("crawl", "file:///etc/passwd", "--goal", "g"), "http"),
    (("crawl", "http://127.0.0.1:9/", "--goal", "g"), "private"),
    (("crawl", "http://2130706433/", "--goal", "g"), "private"),
    (("crawl", "http://[::ffff:169.254.169.254]/", "--goal", "g", "--allow-private"), "metadata"),
    (("crawl", "http://0x7f.1/", "--goal", "g"), "private"),
    (("crawl", "http://localhost:9/", "--goal", "  "), "goal"),
    (("ask", ""), "question"),
    (("ask", "x" * 100_000), "2,000"),
    (("ask", "what is\x07this"), "plain text"),
    (("page", "999999"), "999999"),
    (("replay", "nothing"), "no question 'nothing' of yours"),
    (("recrawl", "http://unknown.example/"), "no source"),
]


@pytest.mark.parametrize(
    ("arguments", "says"), REFUSED, ids=[f"{arguments[0]} {arguments[1][:30]!r}" for arguments, _ in REFUSED]
)
def test_what_cannot_be_done_is_refused_with_words(gathered: Gathered, arguments: Sequence[str], says: str) -> None:
    """Exit code 2, a message that names what was seen or expected, and nothing written."""
    done = gathered.run(*arguments, "--json")
    message = json.loads(done.err.strip().splitlines()[-1])["error"]["message"]

    assert done.code == 2
    assert says in message


def test_verify_judges_lines_and_refuses_bad_ones_by_number(tmp_path: Path) -> None:
    """Good lines are judged, bad ones named on standard error, and the exit code says that there were some."""
    file = tmp_path / "claims.jsonl"
    good = json.dumps({"claim": "A tree has 3 leaves.", "evidence": ["A tree has 5 leaves."]})
    file.write_text(f'{good}\nno json\n\n{{"claim": 1, "evidence": []}}\n{{"claim": "x", "evidence": "x"}}\n')
    done = bowerbird("verify", str(file), "--json")
    assert done.code == 2
    assert done.json["verdict"] == "contradicted"
    assert done.json["reasons"] == ["the claim says 3, the evidence 5"]
    assert [json.loads(line)["line"] for line in done.err.splitlines()] == [2, 4, 5]
    file.write_text(good)
    assert bowerbird("verify", str(file)).code == 0


def test_verify_needs_a_file_that_is_there(tmp_path: Path) -> None:
    """A wrong name is the caller's to mend."""
    done = bowerbird("verify", str(tmp_path / "nowhere.jsonl"))
    assert (done.code, "cannot be read" in done.err) == (2, True)


def test_eval_scores_lines_and_their_mean_and_refuses_bad_ones_by_number(tmp_path: Path) -> None:
    """The three cases of the brief, a twin, and lines that cannot be used; the system is asked where no answer is."""
    file = tmp_path / "answers.jsonl"
    rows = [
        {"question": "What is the capital of France?", "answer": "The capital of France is Paris."},
        {
            "question": "Who invented the telephone?",
            "answer": "The telephone was invented by Alexander Graham Bell in 1876.",
        },
        {
            "question": "What is the boiling point of water?",
            "answer": "Water boils at 100 degrees Celsius at standard atmospheric pressure.",
        },
        {"question": "What is the capital of France?", "answer": "Lyon", "gold": "Paris"},
        {"question": "Who conducts the orchestra?"},
    ]
    bad = ["no json", "[1]", '{"answer": "x"}', '{"question": "x", "evidence": [1]}']
    file.write_text("\n".join([*bad, "", *(json.dumps(row) for row in rows)]))
    done = bowerbird("eval", str(file), "--json", "--data", str(tmp_path / "data"))
    lines = [json.loads(line) for line in done.out.splitlines()]

    assert done.code == 2
    assert [json.loads(line)["line"] for line in done.err.splitlines()] == [1, 2, 3, 4]
    assert [line.get("line") for line in lines] == [6, 7, 8, 9, 10, None]
    assert {"factual_accuracy", "relevance", "citation_recall", "citation_precision", "abstained"} <= lines[0].keys()
    assert all(line["factual_accuracy"] >= 0.9 and line["relevance"] >= 0.8 for line in lines[:3])
    assert lines[3]["factual_accuracy"] < 0.5
    assert (lines[4]["abstained"], lines[4]["factual_accuracy"]) == (True, None)
    assert (lines[5]["mean"]["lines"], lines[5]["mean"]["abstained"], lines[5]["mean"]["refused"]) == (5, 0.2, 4)


def test_eval_of_a_data_set_asks_the_system_and_judges_by_gold(gathered: Gathered, tmp_path: Path) -> None:
    """Questions about what was gathered: most are answered, truly and with citations that hold."""
    rows = [
        ("What is a confusion matrix?", "A table of predicted and actual classes."),
        ("What is supervised learning?", "Learning from examples with known answers, labels."),
        ("What does naive Bayes assume?", "That features are independent given the class."),
        ("What is cross-validation?", "Training on some folds and testing on the rest."),
    ]
    file = tmp_path / "set.jsonl"
    file.write_text("".join(json.dumps({"question": question, "gold": gold}) + "\n" for question, gold in rows))
    done = gathered.run("eval", str(file), "--json")
    mean = json.loads(done.out.splitlines()[-1])["mean"]

    assert (done.code, mean["lines"]) == (0, 4)
    assert mean["abstained"] <= 0.25
    assert mean["citation_recall"] >= 0.9
    assert mean["completeness"] > 0.2


def test_the_index_is_examined_rebuilt_and_rolled_back(gathered: Gathered) -> None:
    """
    Questions were made when it was arranged; the index finds nearly all of their pages, and its status says so.

    Another generation sits the same exam before it is used, and finds the same; rolling back uses the one before.
    """
    exam = gathered.run("exam", "--json").json
    assert exam["asked"] >= 40
    assert exam["found"] >= 0.9 * exam["asked"]
    assert exam["by_words"] >= 0.7 * exam["asked"]
    assert exam["by_meaning"] >= 0.7 * exam["asked"]
    before = gathered.run("index", "status", "--json").json
    assert (before["exam"]["asked"], before["exam"]["generation"]) == (exam["asked"], before["generation"])
    assert "questions from your own pages" in gathered.run("index", "status").out
    hits = gathered.run("search", "random forest", "--json").json["hits"]

    rebuilt = gathered.run("index", "rebuild", "--json")
    assert (rebuilt.code, rebuilt.json["refused"]) == (0, None)
    after = gathered.run("index", "status", "--json").json
    assert (after["last_rebuild"]["decision"], after["last_rebuild"]["generation"]) == ("accepted", after["generation"])
    assert after["passages"] == after["with_vectors"] == before["passages"]
    hits_after = gathered.run("search", "random forest", "--json").json["hits"]
    assert [hit["passage"] for hit in hits_after] == [hit["passage"] for hit in hits]

    rolled = gathered.run("index", "rollback", "--json").json
    assert after["generation"] == rebuilt.json["generation"] != before["generation"] == rolled["generation"]


def test_without_an_index_there_is_no_exam(tmp_path: Path) -> None:
    """What to do first."""
    done = bowerbird("exam", "--data", str(tmp_path / "data"))
    assert (done.code, "bowerbird crawl" in done.err) == (2, True)


def test_a_table_is_made_shown_exported_and_removed(gathered: Gathered) -> None:
    """Every value is a span of a stored text; what is printed for people has the same rows."""
    made = gathered.run("tables", "make", "learning: name, description", "--json")
    assert made.code == 0, made.err
    table = made.json["table"]
    cells = [cell for row in made.json["found"] for cell in row["cells"].values()]
    texts = {one["version"]: gathered.run("page", str(one["version"]), "--text").out for one in cells[:4]}
    assert made.json["pages"] >= 40
    for cell in cells[:4]:
        assert texts[cell["version"]][cell["start"] : cell["end"]] == cell["quote"]
    assert [one["table"] for one in gathered.run("tables", "list", "--json").json["tables"]] == [table]
    assert gathered.run("tables", "show", table).out.splitlines()[1] == "name | description"
    lines = gathered.run("tables", "export", table, "--form", "jsonl").out.splitlines()
    assert [json.loads(line) for line in lines] == made.json["found"]
    assert gathered.run("tables", "export", table).out.startswith("name,description,mark,")
    changed = gathered.run("tables", "fields", table, "name, author", "--json").json
    assert [field["kind"] for field in changed["fields"]] == ["text", "person"]
    assert gathered.run("tables", "refresh", table, "--json").json["status"] == "filled"
    assert gathered.run("tables", "remove", table).code == 0
    assert gathered.run("tables", "show", table).code == 2
    assert gathered.run("tables", "make", "x" * 600).code == 2

"""`bowerbird verify`."""

import json
import sys
from typing import Annotated

import typer

from bowerbird.answer import Verdict
from bowerbird.answer import verify as verdict_on
from bowerbird.cli.lines import Line, read_lines
from bowerbird.cli.options import AsJson
from bowerbird.kernel.errors import InputWrong
from bowerbird.models.entail import installed_entailment

__all__ = ["verify"]


def verify(
    file: Annotated[
        str, typer.Argument(help='Lines of {"claim": …, "evidence": [TEXT, …]}; "-" reads them as they come.')
    ],
    *,
    as_json: AsJson = False,
) -> None:
    """
    Say of each claim whether its evidence says so: supported, partial, contradicted or unsupported, with reasons.

    A line that cannot be used is named on standard error, and the others are judged; the exit code is then 2.

    Example: `bowerbird verify claims.jsonl --json`
    """
    refused = 0
    with read_lines(file) as (lines, _):
        for line in lines:
            try:
                claim, evidence = _read(line)
            except InputWrong as exc:
                refused += 1
                _refuse(line.number, str(exc), as_json=as_json)
                continue
            _tell(claim, verdict_on(claim, evidence, entailment=installed_entailment()), as_json=as_json)
    if refused:
        raise typer.Exit(2)


def _read(line: Line) -> tuple[str, list[str]]:
    """The claim and its evidence; raises InputWrong with what is wrong with the line."""
    row = line.value()
    if not isinstance(row, dict):
        raise InputWrong('no object, expected {"claim": …, "evidence": [TEXT, …]}')
    claim, evidence = row.get("claim"), row.get("evidence")
    if not isinstance(claim, str):
        raise InputWrong('"claim" is no text')
    if not isinstance(evidence, list) or not all(isinstance(text, str) for text in evidence):
        raise InputWrong('"evidence" is no list of texts')
    return claim, [str(text) for text in evidence]


def _refuse(number: int, why: str, *, as_json: bool) -> None:
    told = json.dumps({"line": number, "error": why}, ensure_ascii=False) if as_json else f"line {number}: {why}"
    typer.echo(told, err=True)


def _tell(claim: str, verdict: Verdict, *, as_json: bool) -> None:
    if as_json:
        shape = {"verdict": verdict.verdict, "score": verdict.score, "reasons": list(verdict.reasons)}
        typer.echo(json.dumps(shape, ensure_ascii=False))
    else:
        typer.echo(f"{verdict.verdict:<12} {verdict.score:.2f}  {claim}\n{'':18}{'; '.join(verdict.reasons)}")
    sys.stdout.flush()  # whoever reads along sees each verdict at once

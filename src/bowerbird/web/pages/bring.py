"""`/scraping/import`: files are chosen, a job reads them; what cannot be taken is refused beside the field."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Final

from fastapi import Query, Request
from starlette.responses import RedirectResponse, Response

from bowerbird.kernel.errors import InputWrong
from bowerbird.web.access import Routes
from bowerbird.web.deps import AppDep, ScopeDep
from bowerbird.web.render import render
from bowerbird.web.uploads import receive, start_import
from bowerbird.web.words import bytes_words

__all__ = ["ImportForm", "routes"]

routes = Routes(include_in_schema=False)

_KINDS: Final = (
    ("auto", "By their names"),
    ("file", "A page each (PDF, DOCX, Markdown, HTML, text)"),
    ("jsonl", "Items, one a line (JSON Lines)"),
    ("csv", "Items in a table (CSV)"),
    ("feed", "Entries of a feed (RSS, Atom)"),
)


@dataclass(frozen=True, slots=True)
class KindChoice:
    """One way to read files."""

    value: str
    title: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class ImportForm:
    """The form as it was filled in (files cannot be), and what is wrong with it by field."""

    name: str
    kinds: tuple[KindChoice, ...]
    replace: bool
    most: str
    errors: Mapping[str, str] = field(default_factory=lambda: defaultdict(str))


@routes.get("/scraping/import")
async def show(request: Request, app: AppDep, name: Annotated[str, Query()] = "") -> Response:
    """The form; a link may fill in the name."""
    return render(request, "import.html", _form(app.settings.imports.max_upload_bytes, name[:100]), here="gather")


@routes.post("/scraping/import")
async def start(request: Request, app: AppDep, scope: ScopeDep) -> Response:
    """Start the job and go to its page, or show the form again with what is wrong."""
    most = app.settings.imports.max_upload_bytes
    fields: Mapping[str, str] = {}
    try:
        received = await receive(request, app)
        fields = received.fields
        job = await start_import(app, scope, received)
    except InputWrong as wrong:
        known = wrong.field if wrong.field in ("name", "files", "kind") else "files"
        form = _form(
            most,
            fields.get("name", "")[:100],
            kind=fields.get("kind", "auto"),
            replace=bool(fields.get("replace")),
            errors=defaultdict(str, {known or "files": str(wrong)}),
        )
        return render(request, "import.html", form, here="gather", status=422)
    return RedirectResponse(f"/scraping/jobs/{job}", status_code=303)


def _form(
    most_bytes: int,
    name: str,
    *,
    kind: str = "auto",
    replace: bool = False,
    errors: Mapping[str, str] | None = None,
) -> ImportForm:
    return ImportForm(
        name=name,
        kinds=tuple(KindChoice(value, title, value == kind) for value, title in _KINDS),
        replace=replace,
        most=bytes_words(most_bytes),
        errors=errors if errors is not None else defaultdict(str),
    )

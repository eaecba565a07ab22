"""
Whether an HTML page needs its scripts to say anything: a look at the tree, so that only such pages are rendered.

A page that has text never needs them. One with little needs them when there is the sign of an application: an empty
element that a framework fills, a request to turn JavaScript on, or scripts and next to nothing else. The measures were
set on shells as the tools of these frameworks write them, and on pages without (tests/unit/reading/test_scripted.py).
"""

import re
from collections.abc import Iterator

from bowerbird.reading.trees import Element, local_name, words_of

__all__ = ["needs_scripts"]

ENOUGH_CHARS = 600  # of main text: whatever else is on the page, it says something
ENOUGH_WITHOUT_ROOT_CHARS = 300  # where only a sentence asks for JavaScript, which may be about a part of the page
BARE_CHARS = 40  # of all visible text: next to nothing, as `Loading …`
ROOT_CHARS = 60  # in a root: a splash screen, not what the application shows

_ROOTS = frozenset({
    "root", "app", "__next", "__nuxt", "__gatsby", "___gatsby", "svelte", "react-root", "app-root", "vue-app",
    "main-app", "q-app", "ember-application", "ng-app", "application", "app-container", "appcontainer", "react-app",
    "spa", "mount",
})  # fmt: skip
_UNSEEN = frozenset({"script", "style", "noscript", "template", "svg", "head", "title"})
_ASKS = re.compile(r"java\s?script", re.IGNORECASE)
_ASKS_SEEN = re.compile(
    r"(?:enable|activate|turn on|requires?|needs?|without|aktivier\w*|activ\w+|habilit\w+)\W+(?:\w+\W+){0,3}"
    r"java\s?script"
    r"|java\s?script\W+(?:\w+\W+){0,4}"
    r"(?:enabled?|disabled|required|aktivier\w*|deaktiviert|activ\w+|désactiv\w+|habilit\w+)",
    re.IGNORECASE,
)
_NO_PROGRAM = frozenset(
    {"application/ld+json", "application/json", "text/template", "text/x-template", "speculationrules"}
)


def needs_scripts(tree: Element, text: str) -> bool:
    """True if the page whose main text is `text` shows next to nothing until its scripts have run."""
    if len(text) >= ENOUGH_CHARS or not any(_is_program(script) for script in tree.iter("script")):
        return False
    body = tree.find("body")
    if body is None:
        return False
    if _has_empty_root(body):
        return True
    if len(text) >= ENOUGH_WITHOUT_ROOT_CHARS:
        return False
    seen = _seen(body)
    return len(seen) < BARE_CHARS or bool(_ASKS_SEEN.search(seen)) or _asks_for_scripts(tree)


def _is_program(script: Element) -> bool:
    return script.get("type", "").lower().partition(";")[0].strip() not in _NO_PROGRAM


def _has_empty_root(body: Element) -> bool:
    return any(_is_root(element) and len(_seen(element)) < ROOT_CHARS for element in _near(body))


def _near(body: Element) -> Iterator[Element]:
    """The body, what is in it, and what is in that: where frameworks are told to put what they show."""
    yield body
    for child in body:
        yield child
        yield from child


def _is_root(element: Element) -> bool:
    name = local_name(element)
    if not name or name in _UNSEEN:
        return False
    if element.get("id", "").lower() in _ROOTS or any(
        mark in element.attrib for mark in ("ng-app", "data-reactroot", "ng-version")
    ):
        return True
    # A custom element that the page itself consists of, as `<app-root>`; others are widgets.
    return name == "app" or name.partition("-")[2] in ("app", "root", "shell")


def _seen(element: Element) -> str:
    """The words that a person sees below an element, in one line."""
    words: list[str] = []
    walk = [element]
    while walk:
        at = walk.pop()
        if local_name(at) not in _UNSEEN:
            words.append(at.text or "")
            walk.extend(reversed(at))
        if at is not element:
            words.append(at.tail or "")
    return " ".join("".join(words).split())


def _asks_for_scripts(tree: Element) -> bool:
    return any(_ASKS.search(words_of(element)) for element in tree.iter("noscript"))

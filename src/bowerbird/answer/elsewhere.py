"""What a reader is told of an answer that rests on pages in another language than English."""

from collections.abc import Iterable

from bowerbird.answer.answer import Claim
from bowerbird.kernel.languages import language_name
from bowerbird.knowledge.words import is_english

__all__ = ["languages_quoted", "told_of"]


def languages_quoted(claims: Iterable[Claim]) -> tuple[str, ...]:
    """The languages other than English that the claims quote, in their order."""
    cited = (citation.language for claim in claims for citation in claim.citations)
    return tuple(dict.fromkeys(language for language in cited if not is_english(language)))


def told_of(languages: Iterable[str]) -> str:
    """That only English is read closely, in words; empty when nothing else is quoted."""
    names = [language_name(each) for each in languages]
    if not names:
        return ""
    listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    return (
        f"Pages quoted here are in {listed}, and only English is read closely: they were found by their words, are"
        " quoted as they stand, and it was not looked whether they disagree."
    )

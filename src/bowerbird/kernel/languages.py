"""What languages are called in English, by the primary subtag that stands for each (BCP 47)."""

import re
from typing import Final

from bowerbird.kernel.errors import InputWrong

__all__ = ["LANGUAGES", "language_name", "primary_subtag"]

LANGUAGES: Final = {
    "ar": "Arabic", "bg": "Bulgarian", "ca": "Catalan", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek",
    "en": "English", "es": "Spanish", "et": "Estonian", "fa": "Persian", "fi": "Finnish", "fr": "French",
    "he": "Hebrew", "hi": "Hindi", "hr": "Croatian", "hu": "Hungarian", "hy": "Armenian", "id": "Indonesian",
    "it": "Italian", "ja": "Japanese", "ka": "Georgian", "ko": "Korean", "lt": "Lithuanian", "lv": "Latvian",
    "mk": "Macedonian", "nl": "Dutch", "no": "Norwegian", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian",
    "ru": "Russian", "sk": "Slovak", "sl": "Slovenian", "sq": "Albanian", "sr": "Serbian", "sv": "Swedish",
    "ta": "Tamil", "th": "Thai", "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu", "vi": "Vietnamese",
    "zh": "Chinese",
}  # fmt: skip


def language_name(subtag: str) -> str:
    """The name; the subtag itself of a language that has none here."""
    return LANGUAGES.get(subtag, subtag)


def primary_subtag(text: str) -> str:
    """The subtag by which pages know a language: `de` of `de`, `DE` and `de-AT`. Raises InputWrong."""
    subtag = text.strip().lower().partition("-")[0]
    if re.fullmatch("[a-z]{2,3}", subtag):
        return subtag
    named = next((known for known, name in LANGUAGES.items() if name.lower() == text.strip().lower()), "en")
    raise InputWrong(f"language is {text[:40]!r}; expected a code such as {named!r}", field="language")

"""What a page is about, in the few words that are worth embedding while a crawl runs."""

__all__ = ["page_words"]

LEAD_CHARS = 240  # some 60 tokens: a tenth of what a whole page costs, and as good for telling topics apart


def page_words(title: str, text: str) -> str:
    """The title and how the text begins."""
    begins = " ".join(text[: LEAD_CHARS * 3].split())
    begins = begins.removeprefix(title).lstrip(" #.:–-")
    return f"{title}. {begins[:LEAD_CHARS]}".strip()

"""What became of what somebody relies on: told, never drawn; derived from the records whenever it is asked for."""

from bowerbird.answer.news.news import NewsItem, NewsKind, Place, Reason
from bowerbird.answer.news.read import bring_back, find_news, put_aside, read_news

__all__ = ["NewsItem", "NewsKind", "Place", "Reason", "bring_back", "find_news", "put_aside", "read_news"]

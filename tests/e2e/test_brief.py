"""The brief's two browser journeys, line by line; only the site's address is one that exists here."""

from playwright.sync_api import expect

from bench.served import Server

from .conftest import Opened


def test_complete_knowledge_acquisition_workflow(opened: Opened, server: Server, demo_site: str) -> None:
    """A URL and a goal become entities within a minute."""
    page = opened("/scraping/new")
    page.fill('[name="base-url"]', demo_site)
    page.fill('[name="scraping-goal"]', "Extract information about machine learning techniques")
    page.click('button[type="submit"]')
    page.wait_for_selector('[data-status="completed"]', timeout=60_000)
    assert page.locator("[data-status]").count() == 1
    page.goto("/knowledge/explorer")
    page.fill('[name="search"]', "machine learning")
    page.click('button[aria-label="Search"]')
    entity_count = page.locator(".entity-card").count()
    assert entity_count > 0


def test_question_answering_with_citations(opened: Opened, gathered: Server) -> None:
    """A question gets an answer with citations within half a minute."""
    page = opened("/chat")
    expect(page.locator('[data-role="assistant"]')).to_have_count(0)
    page.fill('[name="query"]', "What are the main types of machine learning?")
    page.click('button[type="submit"]')
    page.wait_for_selector('[data-role="assistant"]:not([data-pending="true"])', timeout=30_000)
    answer_text = page.locator('[data-role="assistant"]').text_content() or ""
    assert "supervised" in answer_text
    citation_count = page.locator(".citation").count()
    assert citation_count > 0

"""Which pages are rendered: shells as the tools of frameworks write them, and pages that say what they say without."""

import pytest

from bowerbird.reading.extract import extract
from bowerbird.reading.refused import Refused

PROSE = (
    "Satin bowerbirds paint the walls of their bowers with chewed berries and spit, using a wad of bark as a brush. "
)
ASKS = "<noscript>You need to enable JavaScript to run this app.</noscript>"

SHELLS = {
    "create-react-app": f"<title>React App</title></head><body>{ASKS}<div id=root></div>"
    '<script src="/static/js/main.4d1a8c2b.js"></script>',
    "vite": '<script type="module" crossorigin src="/assets/index-BxQ8.js"></script></head><body><div id="app"></div>',
    "vue-cli": "<body><noscript><strong>We're sorry but shop doesn't work properly without JavaScript enabled."
    '</strong></noscript><div id="app"></div><script src="/js/app.7f3.js"></script>',
    "angular": '<base href="/"></head><body><app-root></app-root><script src="main.js" type="module"></script>',
    "next, client only": '<body><div id="__next"></div><script id="__NEXT_DATA__" type="application/json">{"props":{}}'
    '</script><script src="/_next/static/chunks/main.js" defer></script>',
    "nuxt, client only": '<body><div id="__nuxt"></div><script type="module" src="/_nuxt/entry.js"></script>',
    "sveltekit": '<body><div style="display: contents"><script>import("/_app/start.js")</script></div>',
    "splash screen": "<body><div id=root><p>Loading, please wait…</p></div><script src=a.js></script>",
    "docsify": '<body><nav><a href=/>Home</a></nav><div id="app">Loading ...</div><script src=d.js></script>',
    "header and footer around an application": "<body><header><p>" + PROSE * 2 + '</p></header><div id="root"></div>'
    "<footer><p>Imprint</p></footer><script src=a.js></script>",
    "a wall that asks in words": "<body><h1>Just a moment</h1><p>Please enable JavaScript and cookies to continue to"
    " the page that you have asked for.</p><script src=/challenge.js></script>",
    "asks in German": "<body><p>Bitte aktivieren Sie JavaScript für diese Seite.</p><script src=a.js></script>",
    "polymer": '<body><shop-app unresolved></shop-app><script src="/src/shop-app.js" type=module></script>',
}

PAGES = {
    "prose": f"<body><main><h1>Bowers</h1><p>{PROSE * 8}</p></main><script src=/analytics.js></script>",
    "server-rendered by React": f"<body>{ASKS}<div id=root><p>{PROSE * 8}</p></div><script src=a.js></script>",
    "short, with analytics": "<body><h1>Contact</h1><p>Write to the keeper of the birds, or ring at the gate."
    "</p><script>ga('send')</script>",
    "short, with a tag manager's frame": "<body><p>Open from nine to five, closed on Sundays and on rainy days."
    '</p><noscript><iframe src="https://tags.example/ns.html"></iframe></noscript><script src=gtm.js></script>',
    "no scripts at all": '<body><div id="root"></div><p>A page under construction, it says.</p>',
    "only data, no program": '<body><div id="app"></div><p>Soon.</p><script type="application/ld+json">{}</script>',
    "a cookie wall over text": f"<body><div id=consent><p>We use cookies.</p></div><main><p>{PROSE * 8}</p></main>"
    "<script src=cmp.js></script>",
    "text about JavaScript": "<body><p>" + "JavaScript may be disabled in a browser, says the handbook. " * 12
    + "</p><script src=a.js></script>",
    "comments need JavaScript": f"<body><main><p>{PROSE * 4}</p></main><noscript>Please enable JavaScript to view the"
    " comments.</noscript><script src=disqus.js></script>",
    "a list of links": "<body><ul>" + "".join(f"<li><a href=/{n}>The bird of day {n}</a></li>" for n in range(40))
    + "</ul><script src=a.js></script>",
}  # fmt: skip


def needs(html: str) -> bool:
    """What reading says of a page."""
    page = f"<!doctype html><html><head>{html}".encode()
    try:
        return extract(page, url="https://example.org/", content_type="text/html; charset=utf-8").needs_scripts
    except Refused as refused:
        return refused.reason == "needs javascript"


@pytest.mark.parametrize("name", SHELLS)
def test_a_shell_needs_its_scripts(name: str) -> None:
    """What frameworks write before anything has run is to be rendered."""
    assert needs(SHELLS[name])


@pytest.mark.parametrize("name", PAGES)
def test_a_page_that_says_something_does_not(name: str) -> None:
    """Plain pages, and pages rendered by their servers, cost nothing."""
    assert not needs(PAGES[name])


def test_an_empty_page_without_scripts_stays_empty() -> None:
    """There is nothing that could be run."""
    with pytest.raises(Refused) as caught:
        extract(b"<!doctype html><title>x</title><div id=root></div>", url="https://example.org/")
    assert caught.value.reason == "empty"

"""Pages that need JavaScript, in a real Chromium."""

import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import psutil
import pytest

from bowerbird.acquire.answered import Answered, Failed
from bowerbird.acquire.rendering.page import Asked, Shell, Unrendered
from bowerbird.acquire.rendering.renderers import Renderers
from bowerbird.acquire.rendering.requests import Requests, Scripts
from bowerbird.acquire.robots import Rules
from tests.crawling import Gatherer, gatherer, html
from tests.sites import Reply, Web

APP = '<!doctype html><html><head><title>App</title></head><body><div id="root"></div><script src="/app.js"></script>'
PROSE = "Satin bowerbirds paint the walls of their bowers with chewed berries, {} says. "
SHOW = """
const show = (text) => { root.innerHTML = `<main><h1>${document.title}</h1><p>${text}</p></main>`; };
const root = document.getElementById("root");
"""


def script(body: str) -> str:
    """A shell whose own script does this; `show(text)` is there."""
    return f'<!doctype html><title>App</title><body><div id="root"></div><script>{SHOW}{body}</script>'


def leftovers() -> list[str]:
    """Processes of Chromium that this process, or nobody, looks after."""
    names: list[str] = []
    for process in psutil.process_iter(["name", "environ"]):
        home = (process.info["environ"] or {}).get("HOME", "")
        if "chrom" in (process.info["name"] or "") and "bowerbird-kept-" in home:
            names.append(process.info["name"])
    return names


class Site:
    """Answers what pages ask for, without a network."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.answers: dict[str, Callable[[], Awaitable[bytes]]] = {}

    async def download(self, asked: Asked) -> Answered | Failed:
        """What the site says."""
        self.asked.append(asked)
        answer = self.answers.get(asked.url.partition("example.org")[2])
        body = b"" if answer is None else await answer()
        return Answered(404 if answer is None else 200, {"content-type": "text/plain"}, body, len(body))


class Stage:
    """A site, and browsers that are soon out of patience."""

    def __init__(self, *, deadline_s: float = 20.0, memory_bytes: int = 1_500_000_000) -> None:
        self.site = Site()
        self.rules: Rules | None = None
        self.renderers = Renderers(
            "", 1, self._requests, agent="Bowerbird/0.1", deadline_s=deadline_s, memory_bytes=memory_bytes
        )

    def _requests(self) -> Requests:
        return Requests(self.site.download, Scripts(), lambda _: self.rules, agent="Bowerbird/0.1", cap_bytes=1_000_000)

    async def show(self, page: str) -> str:
        """The HTML of a page when its scripts have run."""
        return (await self.renderers.render(Shell("https://example.org/x", "text/html", page.encode()))).page.html


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    """Browsers that end with the test."""
    made = Stage()
    yield made
    await ended(made)


async def ended(made: Stage) -> None:
    """See that nothing of its browsers is left."""
    await made.renderers.close()
    assert leftovers() == []


async def test_a_page_is_seen_when_its_scripts_have_run(stage: Stage) -> None:
    """Timers, requests, shadow trees and dialogs; what is not text for people is left out, links are whole."""

    async def data() -> bytes:
        return b"from the site"

    stage.site.answers["/data"] = data
    seen = await stage.show(
        script(
            "alert('stop'); confirm('sure?');"
            "setTimeout(() => fetch('/data', {headers: {'X-Key': 'k'}}).then(r => r.text()).then(t => {"
            "  show(`late and ${t}, ${Object.keys(localStorage).length} kept, ${navigator.userAgent}`);"
            "  const host = document.createElement('x-card'); root.append(host);"
            "  host.attachShadow({mode: 'open'}).innerHTML = '<p>in the shadow</p>';"
            "  root.insertAdjacentHTML('beforeend', '<a href=\"deep?x=1\">on</a>');"
            "  history.pushState({}, '', '/app/home');"
            "}), 4000);"
        ).replace("<div id", "<noscript>turn it on</noscript><div id")
    )
    (asked,) = stage.site.asked

    assert "late and from the site, 0 kept" in seen
    assert "Bowerbird/0.1" in seen
    assert "<p>in the shadow</p>" in seen
    assert 'href="https://example.org/app/deep?x=1"' in seen
    assert "turn it on" not in seen
    assert "<script" not in seen
    assert (asked.url, asked.kind, asked.headers["X-Key"]) == ("https://example.org/data", "XHR", "k")


async def test_a_page_gets_no_windows_no_other_pages_and_nothing_without_measure(stage: Stage) -> None:
    """A thousand windows, frames, and requests without end; its next page is told, not gone to."""
    stage.rules = Rules.from_response(200, b"User-agent: *\nDisallow: /private/\n")
    seen = await stage.show(
        script(
            "let open = 0; for (let i = 0; i < 1000; i++) if (window.open('/window' + i)) open++;"
            "document.body.insertAdjacentHTML('beforeend', '<iframe src=/frame></iframe><img src=/image>');"
            "fetch('/private/x').catch(() => 0);"
            "for (let i = 0; i < 500; i++) fetch('/more' + i).catch(() => 0);"
            "location.href = '/elsewhere'; show(`${open} windows`);"
        )
    )
    asked = {asked.url.removeprefix("https://example.org") for asked in stage.site.asked}

    assert "0 windows" in seen
    assert len(asked) == 100
    assert all(path.startswith("/more") for path in asked)


async def test_a_browser_that_is_killed_is_started_again(stage: Stage) -> None:
    """Killed while a page is rendered, by somebody or for want of memory: the page is rendered all the same."""
    killed: list[int] = []

    async def data() -> bytes:
        if not killed:
            children = psutil.Process().children()
            (keeper,) = (each for each in children if "bowerbird.ops.keeper" in each.cmdline())
            (browser,) = (each for each in keeper.children() if each.name() == "chromium" and each.status() != "zombie")
            killed.append(browser.pid)
            browser.kill()
        return b"whole"

    stage.site.answers["/data"] = data
    seen = await stage.show(script("fetch('/data').then(r => r.text()).then(show)"))

    assert "whole" in seen
    assert len(killed) == 1


@pytest.mark.parametrize(
    ("body", "deadline_s", "reasons"),
    [
        # Its deadline is also that of the next page, which a busy machine may take seconds to show.
        ("while (true);", 15.0, ("rendering it took longer than 15 s",)),
        (
            "const all = []; while (true) all.push(new Uint8Array(5e7).fill(1));",
            90.0,
            ("rendering it took more than 600 MB of memory", "its scripts crashed it"),
        ),
    ],
)
async def test_scripts_without_end_or_measure_are_the_end_of_their_page_only(
    body: str, deadline_s: float, reasons: tuple[str, ...]
) -> None:
    """An endless loop, and memory without end: each has its reason, and the next page is shown."""
    made = Stage(deadline_s=deadline_s, memory_bytes=600_000_000)
    with pytest.raises(Unrendered) as unrendered:
        await made.show(script(body))
    seen = await made.show(script("show('still here')"))
    await ended(made)

    assert str(unrendered.value) in reasons
    assert "still here" in seen


@pytest.fixture
def birds(tmp_path: Path, records_url: str) -> Iterator[Gatherer]:
    """Fresh records and what gathers into them."""
    with gatherer(tmp_path, records_url) as made:
        yield made


def test_only_what_needs_it_is_rendered_and_nothing_forbidden_is_reached(birds: Gatherer) -> None:
    """An application fills itself and leads on; a page with text is left alone; no way leads past the guard."""
    with Web() as web, Web() as canary, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        udp.setblocking(False)
        web.site({"/": html("Home", links=("/app", "/second", "/text", "/attack", "/moves"))})
        web.page("/text", html("Text") + "<div id=root></div><script src=/never.js></script>")
        for path in ("/app", "/second"):
            web.page(path, APP)
        web.page(
            "/app.js",
            SHOW + "fetch('/api' + location.pathname).then(r => r.json()).then(d => { show(d.text);"
            " root.insertAdjacentHTML('beforeend', '<a href=/found>found</a>'); });",
            content_type="text/javascript",
        )
        web.under("/api/", lambda visit: _json(PROSE.format(visit.target) * 9))
        web.page("/found", html("Found"))
        web.redirect("/away", f"{canary.url}/by-redirect")
        web.redirect("/metadata", "http://169.254.169.254/latest/")
        web.page("/attack", script(_attack(canary.url, udp.getsockname()[1]) + f"show('{PROSE * 9}')"))
        web.page("/moves", script(f"location.href = '{canary.url}/by-moving';"))
        ended = birds.crawl(web.url)
        texts, hits, canary_hits = birds.texts(), web.hits, canary.hits
        try:
            heard = udp.recv(100)
        except BlockingIOError:
            heard = b""
    rendered = ("kept", None, "rendered with Chromium")

    assert {path: ended.urls[path] for path in ("/app", "/second", "/attack")} == dict.fromkeys(
        ("/app", "/second", "/attack"), rendered
    )
    assert ended.urls["/found"][0] == ended.urls["/text"][0] == "kept"
    assert ended.urls["/moves"][:2] == ("skipped", "refused")
    assert (hits["/app"], hits["/app.js"], hits["/api/app"], hits["/never.js"]) == (1, 1, 1, 0)
    assert "/api/second says" in texts
    assert hits["/away"] == 2  # by fetch and as a script
    assert (canary_hits, heard) == ({}, b"")


def test_a_page_that_was_rendered_is_rendered_again_and_never_lost(birds: Gatherer, tmp_path: Path) -> None:
    """Its bytes are the same whatever it shows: only its text tells, and without Chromium it stays as it was."""
    absent = birds.settings.model_copy(
        update={"crawl": birds.settings.crawl.model_copy(update={"chromium": str(tmp_path / "no-chromium")})}
    )
    with_chromium = birds.settings
    with Web() as web:
        web.page("/", html("Home", links=("/app", "/little")))
        web.page("/app", APP)
        web.page("/little", script("show('" + PROSE * 9 + "')").replace("<div", "<p>Just a word of its own.</p><div"))
        web.page(
            "/app.js",
            SHOW + "fetch('/api').then(r => r.json()).then(d => show(d.text))",
            content_type="text/javascript",
        )
        web.route("/api", lambda _: _json(PROSE.format("the first") * 9))
        birds.settings = absent
        without = birds.crawl(web.url)
        birds.settings = with_chromium
        first = birds.crawl(web.url)
        web.route("/api", lambda _: _json(PROSE.format("the second") * 9))
        birds.settings = absent
        gone = birds.crawl(web.url)
        pages = birds.pages()
        birds.settings = with_chromium
        changed = birds.crawl(web.url)
        off = birds.crawl(web.url, render="never")
    why = f"it needs JavaScript, but {str(tmp_path / 'no-chromium')!r} is not there"

    assert without.urls["/app"] == ("skipped", "needs javascript", why)
    assert without.urls["/little"] == ("kept", None, why)
    assert [each.urls["/app"][0] for each in (first, changed)] == ["kept", "kept"]
    assert [each.urls["/little"][0] for each in (first, changed)] == ["kept", "unchanged"]
    assert gone.urls["/app"] == ("skipped", "error", why)
    assert pages["/app"] == "live"
    assert off.urls["/app"] == ("skipped", "needs javascript", "it needs JavaScript, but rendering is off")
    assert leftovers() == []


def _json(text: str) -> Reply:
    return Reply(json.dumps({"text": text}).encode(), headers={"Content-Type": "application/json"})


def _attack(url: str, udp_port: int) -> str:
    """Every way out that a page has."""
    return f"""
      const to = "{url}", port = new URL(to).port;
      const inserted = [
        `<img src="${{to}}/img">`, `<iframe src="${{to}}/frame"></iframe>`, `<link rel=stylesheet href="${{to}}/css">`,
        `<link rel=prefetch href="${{to}}/prefetch">`, `<link rel=preconnect href="${{to}}">`,
        `<object data="${{to}}/object"></object>`, `<video src="${{to}}/video"></video>`,
        `<iframe src="file:///etc/passwd"></iframe>`,
      ];
      document.body.insertAdjacentHTML("beforeend", inserted.join(""));
      const add = (name, values) => document.body.appendChild(Object.assign(document.createElement(name), values));
      const worker = () => new Worker(URL.createObjectURL(new Blob([`fetch("${{to}}/worker")`])));
      const call = () => {{
        const rtc = new RTCPeerConnection({{iceServers: [{{urls: "stun:127.0.0.1:{udp_port}"}}]}});
        rtc.createDataChannel("x");
        rtc.createOffer().then((offer) => rtc.setLocalDescription(offer));
      }};
      for (const way of [
        () => fetch(to + "/fetch", {{mode: "no-cors"}}), () => fetch("/away"), () => fetch("/metadata"),
        () => fetch("http://[::1]:" + port), () => fetch("http://0x7f000001:" + port),
        () => fetch("http://localhost:" + port + "/name"), () => fetch("file:///etc/passwd"),
        () => new WebSocket(to.replace("http", "ws")), () => new EventSource(to + "/events"),
        () => navigator.sendBeacon(to + "/beacon", "x"), () => navigator.serviceWorker.register("/worker.js"),
        () => new SharedWorker(to + "/shared"), worker, call,
        () => add("script", {{src: to + "/script"}}), () => add("script", {{src: "/away"}}),
        () => add("a", {{href: to + "/file", download: "x"}}).click(),
        () => add("form", {{action: to + "/form", method: "post"}}).submit(),
      ]) {{ try {{ Promise.resolve(way()).catch(() => 0); }} catch {{}} }}
    """

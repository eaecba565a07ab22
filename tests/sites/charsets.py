"""Pages whose bytes and labels disagree."""

from tests.sites.web import Web

# One sentence with letters outside ASCII, which a test can look for.
SENTENCE = "Die Größe der Stichprobe beträgt 12 400 — «sehr» groß."
LATIN = "Die Größe der Stichprobe beträgt 12400 Bücher."


def _html(sentence: str, *, meta: str = "") -> str:
    return f"<!doctype html><html lang=de><head>{meta}<title>Größe</title></head><p>{sentence}</p></html>"


def latin_as_utf8(web: Web, *, path: str = "/latin-as-utf8") -> str:
    """The URL of Latin-1 bytes that call themselves UTF-8."""
    return web.page(path, _html(LATIN).encode("latin-1"), content_type="text/html; charset=utf-8")


def utf8_as_latin(web: Web, *, path: str = "/utf8-as-latin") -> str:
    """The URL of UTF-8 bytes that the header calls Latin-1 (and browsers obey the header)."""
    return web.page(path, _html(SENTENCE).encode(), content_type="text/html; charset=iso-8859-1")


def meta_against_header(web: Web, *, path: str = "/meta-against-header") -> str:
    """The URL of UTF-8 bytes, so labelled in the header, whose `<meta>` says Shift_JIS."""
    return web.page(path, _html(SENTENCE, meta='<meta charset="shift_jis">').encode())


def only_meta(web: Web, *, charset: str = "windows-1252", path: str = "/only-meta") -> str:
    """The URL of a page that says its charset in `<meta>` alone."""
    body = _html(LATIN, meta=f'<meta charset="{charset}">').encode(charset)
    return web.page(path, body, content_type="text/html")


def unlabelled(web: Web, *, charset: str = "utf-8", path: str = "/unlabelled") -> str:
    """The URL of a page that does not say its charset anywhere."""
    return web.page(path, _html(LATIN).encode(charset), content_type="text/html")


def utf16_without_bom(web: Web, *, path: str = "/utf16") -> str:
    """The URL of UTF-16 without a byte order mark and without a label."""
    return web.page(path, _html(SENTENCE).encode("utf-16-le"), content_type="text/html")


def utf8_with_bom(web: Web, *, path: str = "/bom") -> str:
    """The URL of UTF-8 with a byte order mark, which outranks the header's Latin-1."""
    return web.page(path, _html(SENTENCE).encode("utf-8-sig"), content_type="text/html; charset=iso-8859-1")


def unknown(web: Web, *, path: str = "/unknown-charset") -> str:
    """The URL of UTF-8 whose header names a charset that does not exist."""
    return web.page(path, _html(SENTENCE).encode(), content_type="text/html; charset=klingon-8")


def utf7(web: Web, *, path: str = "/utf7") -> str:
    """The URL of a page that wants to be read as UTF-7, in which its harmless text becomes a script."""
    body = b"<!doctype html><title>+ADw-script+AD4-alert(1)+ADw-/script+AD4-</title><p>Hello."
    return web.page(path, body, content_type="text/html; charset=utf-7")


def half_a_letter(web: Web, *, path: str = "/half-a-letter") -> str:
    """The URL of UTF-8 that is cut in the middle of a letter, with bytes in it that are never valid."""
    return web.page(path, b"<!doctype html><title>Cut</title><p>Caf\xc3\xa9 \xff\xfe \xc0\xaf and then \xe2\x82")


def surrogates(web: Web, *, path: str = "/surrogates") -> str:
    """The URL of a page with character references that name no character."""
    references = "&#xD800; &#xDFFF; &#0; &#x110000; &#99999999999; &#128;"
    return web.page(path, _html(f"Before {references} after."))

"""Near-duplicates: planted pairs found and false pairs made, by the same bands and test that the crawl uses."""

import gzip
import time
from collections import defaultdict
from itertools import combinations
from pathlib import Path
from typing import Any

from bench.report import data_dir, write
from bowerbird.reading.neardup import Signature, bands, is_near, signature

SKLEARN_DOCS = Path("/usr/share/doc/python-sklearn-doc/html")  # Debian's python-sklearn-doc


def articles(folder: Path, size: int) -> tuple[dict[str, str], set[frozenset[str]]]:
    packed, plain = folder / f"articles_{size}.train.gz", folder / f"articles_{size}.train"
    text = gzip.decompress(packed.read_bytes()).decode() if packed.exists() else plain.read_text()
    truth = (folder / f"articles_{size}.truth").read_text().splitlines()
    texts = dict(line.split(" ", 1) for line in text.splitlines() if line.strip())
    return texts, {frozenset(line.split()) for line in truth if line.strip()}


def found_pairs(signatures: dict[str, Signature]) -> tuple[set[frozenset[str]], int]:
    """The pairs that fold, and how many pairs had to be compared for it."""
    by_band: defaultdict[str, list[str]] = defaultdict(list)
    for name, sig in signatures.items():
        for band in bands(sig):
            by_band[band].append(name)
    candidates = {frozenset(pair) for names in by_band.values() for pair in combinations(names, 2)}
    return {pair for pair in candidates if is_near(*(signatures[name] for name in pair))}, len(candidates)


def on_articles(folder: Path, size: int) -> dict[str, Any]:
    texts, truth = articles(folder, size)
    begun = time.process_time()
    signatures = {name: signature(text) for name, text in texts.items()}
    took_s = time.process_time() - begun
    found, compared = found_pairs(signatures)
    return {
        "articles": len(texts),
        "planted": len(truth),
        "found": len(found & truth),
        "false": len(found - truth),
        "compared": compared,
        "signature_ms": round(1000 * took_s / len(texts), 3),
    }


def on_templates() -> dict[str, Any]:
    """Pages of one template: which of the scikit-learn documentation fold. There is no truth; read the list."""
    from bowerbird.reading.extract import extract

    signatures: dict[str, Signature] = {}
    begun = time.process_time()
    spent_reading = 0.0
    for file in sorted(SKLEARN_DOCS.rglob("*.html")):
        at = time.process_time()
        page = extract(file.read_bytes(), url=f"https://example.org/{file.name}", content_type="text/html")
        spent_reading += time.process_time() - at
        signatures[str(file.relative_to(SKLEARN_DOCS))] = signature(page.text, title=page.title)
    took_s = time.process_time() - begun - spent_reading
    found, compared = found_pairs(signatures)
    return {
        "pages": len(signatures),
        "folded_pairs": sorted(" = ".join(sorted(pair)) for pair in found),
        "compared": compared,
        "signature_ms": round(1000 * took_s / len(signatures), 3),
    }


def main() -> None:
    folder = data_dir("duplicates/minhash_articles")
    figures: dict[str, Any] = {f"articles_{size}": on_articles(folder, size) for size in (100, 1000)}
    if SKLEARN_DOCS.exists():
        figures["scikit_learn_docs"] = on_templates()
    write("duplicates", figures, notes="Times are of the processor, so that a busy machine does not change them.")


if __name__ == "__main__":
    main()

"""Words that say the opposite of each other: more and fewer, before and after, promotes and inhibits."""

from functools import lru_cache

from bowerbird.knowledge.words import STOPWORDS, fold, stem, word_set

__all__ = ["DIRECTED", "NEGATIONS", "direction", "is_opposite"]

# Each line: one side, a bar, the other. Words of one line and side stand for one another in a comparison of directions;
# a word may stand on several lines. Written by hand from words of change, order, size and presence.
_LINES = """
    more greater higher increase rise raise rose risen grow grew growth gain enhance elevate upregulate augment expand
        climb up upward boost exceed surge amplify heighten promote stimulate activate induce accelerate strengthen high
        improve facilitate
      | less fewer lower decrease decline reduce reduction fall fell fallen drop shrink shrank loss diminish impair
        downregulate attenuate contract down downward cut suppress inhibit block prevent slow weaken low lessen curb
        limit deplete worsen hinder
    before prior precede preceding earlier ago | after following follow later subsequent
    above over exceeding | below under beneath
    first initial earliest | last final latest
    early | late
    begin began start open launch | end finish close stop cease
    large big great long tall wide deep broad huge major | small little tiny short narrow shallow minor
    larger bigger longer taller wider deeper | smaller shorter narrower shallower
    largest biggest longest tallest widest deepest highest greatest | smallest shortest narrowest shallowest lowest
    most maximum maximal majority | least minimum minimal minority
    best better good positive beneficial benefit advantage favourable favorable | worst worse bad negative harmful harm
        disadvantage unfavourable adverse
    old older oldest | young younger youngest new newer newest
    fast faster fastest quick rapid | slow slower slowest gradual
    strong stronger strongest strength robust | weak weaker weakest weakness
    boil evaporate | freeze froze frozen solidify
    hot hotter warm warmer | cold colder cool cooler
    heavy heavier | light lighter
    rich richer | poor poorer
    win won victory success succeed successful | lose lost defeat failure fail unsuccessful
    gain gained | lose lost
    presence present contain include | absence absent lack exclude without
    all every always | none never no
    many numerous | few
    same identical similar equal | different distinct unequal dissimilar
    sensitive susceptible vulnerable | resistant resistance insensitive immune
    accept approve allow permit support | reject deny refuse forbid ban oppose
    true correct accurate | false incorrect inaccurate wrong
    north northern | south southern
    east eastern | west western
    left | right
    male man men boy | female woman women girl
    import | export
    buy bought purchase | sell sold
    arrive enter join | leave left depart exit quit
    common frequent often usual | rare infrequent seldom unusual uncommon
    possible | impossible
    necessary required essential | unnecessary optional dispensable
    sufficient enough adequate | insufficient inadequate
    safe | dangerous unsafe toxic
    easy easier | difficult hard harder
    dependent | independent
    upstream | downstream
    inside internal inner | outside external outer
    hyper | hypo
"""

NEGATIONS = word_set(
    """
    not no never none neither nor without cannot nothing nobody nowhere hardly fail fails failed failing lack lacks
    lacked lacking unable absence false falsely incorrect untrue deny denies denied myth
    """
)
# Beginnings that turn a word round, if what is left is a word of some length.
_TURNS = ("un", "in", "im", "ir", "il", "non", "dis", "anti", "mis")


def _read(lines: str) -> dict[str, frozenset[tuple[int, int]]]:
    found: dict[str, set[tuple[int, int]]] = {}
    whole: list[str] = []
    for line in lines.strip().splitlines():
        # A line that begins deeper goes on with the one before.
        if line.startswith("      ") and whole:
            whole[-1] += " " + line.strip()
        else:
            whole.append(line.strip())
    for number, line in enumerate(whole):
        for side, words in zip((1, -1), line.split("|"), strict=True):
            for word in words.split():
                found.setdefault(stem(word), set()).add((number, side))
    return {word: frozenset(places) for word, places in found.items()}


_PLACES = _read(_LINES)
# Stop-words that turn a sentence when they change: they count as content here.
DIRECTED = frozenset(
    word for word in STOPWORDS if stem(word) in _PLACES or word in ("only", "both", "until", "since", "during")
)


@lru_cache(maxsize=50_000)
def is_opposite(one: str, other: str) -> bool:
    """Whether two stems stand on the two sides of one line, or one is the other turned round ("unstable")."""
    mine, theirs = _PLACES.get(one), _PLACES.get(other)
    if mine and theirs and any((line, -side) in theirs for line, side in mine):
        return not mine & theirs
    short, long = sorted((one, other), key=len)
    return len(short) >= 4 and any(long == turn + short for turn in _TURNS)


def direction(word: str) -> int:
    """1 for a stem of going up, -1 for one of going down, else 0."""
    return next((side for line, side in _PLACES.get(word, ()) if line == 0), 0)


def is_negation(word: str) -> bool:
    """Whether the word denies what comes after it."""
    plain = fold(word)
    return plain in NEGATIONS or plain.endswith("n't")

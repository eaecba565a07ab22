"""The words by which relations are told: what stands for a kind, and what makes a sentence state nothing."""

import re
from typing import Final

from bowerbird.knowledge.relations.stated import Kind
from bowerbird.knowledge.words import word_set

__all__ = [
    "CREATIONS",
    "LABELS",
    "PARTS",
    "PLACES",
    "ROLE",
    "SITES",
    "TYPES",
    "VAGUE",
    "WRITINGS",
    "doubtful",
]

# What denies, supposes, compares or reports: who reads on finds that the sentence states nothing itself.
DOUBTS: Final = re.compile(
    r"\b(?:not|never|neither|nor|cannot|no longer|hardly|would|could|should|might|may(?= \w)|if|unless|whether"
    r"|suppos\w*|rumou?r\w*|alleg\w*|reportedly|apparently|presumably|perhaps|possibly|probably|maybe|likely|unlikely"
    r"|claim\w*|believ\w*|thought to|said to|considered|according to|hypothetical\w*|fiction\w*|imagin\w*|pretend\w*"
    r"|myth\w*|will|plan(?:s|ned|ning)?|propos\w*|expect\w*|hop(?:e|es|ed|ing) to|aims? to|wants? to|tr(?:y|ies|ied) to"
    r"|false\w*|wrong\w*|suggest\w*|argu\w+|den(?:y|ies|ied)|as if|as though|like an?|similar to|e\.g|for example"
    r"|for instance)\b|n['’]t\b"
)
# At its head, where "Will" and "May" are names of people.
_DOUBTED: Final = re.compile(
    r"\W*(?:If|Unless|Whether|Suppos\w*|Imagin\w*|Perhaps|Possibly|Probably|Maybe|According to|Reportedly|Allegedly"
    r"|Apparently|Presumably|Could|Would|Should|Might|Not|Never|Neither|Rumou?r\w*|Likely|Fiction\w*|Hypothetical\w*)\b"
)
_AFTERWARDS: Final = re.compile(
    r"\b(?:according to|allegedly|reportedly|supposedly|rumou?r\w*|(?:he|she|they|critics|some|sources?)"
    r" (?:sa(?:y|id)|claim\w*|argu\w+|believe\w*)|turned out to be false|is (?:false|wrong|a myth|disputed))\b"
)
_QUOTE_ENDS: Final = re.compile(r"[”\"»]")
_QUOTED: Final = re.compile(r"[“\"«][^”\"»]{0,400}$")


def doubtful(before: str, after: str) -> bool:
    """Whether a sentence states nothing itself: `before` is it until the end of the value, `after` the rest of it."""
    if after.rstrip("”\"') ").endswith("?") or _AFTERWARDS.search(after):
        return True
    if _DOUBTED.match(before) or DOUBTS.search(before):
        return True
    return _QUOTED.search(before) is not None and _QUOTE_ENDS.search(after) is not None


ROLE: Final = (
    r"(?:(?:vice|deputy|assistant|associate|executive|managing|senior|general|founding|acting|interim|chief|former|"
    r"principal|lead|prime|foreign|honorary|emeritus|editorial|artistic|creative|technical|research|marketing|product|"
    r"program(?:me)?|project|development|operating|financial|technology|information|scientific|medical|staff)[ -]){0,4}"
    r"(?:president|chair(?:man|woman|person)?|chief executive(?: officer)?|CEO|CTO|CFO|COO|CIO|executive officer|"
    r"operating officer|financial officer|technology officer|officer|director|"
    r"manager|editor(?:[ -]in[ -]chief)?|professor|lecturer|dean|provost|rector|chancellor|principal|"
    r"minister|secretary|ambassador|governor|mayor|senator|commissioner|"
    r"spokes(?:man|woman|person)|co-?founder|founder|head|coach|captain|curator|treasurer|"
    r"engineer|scientist|researcher|programmer|developer|designer|analyst|economist|historian|writer|producer|partner|"
    r"boss)"
)
# Nouns that say what a thing with a name is, when they end the phrase: what stands before them is free.
TYPES: Final = word_set(
    """
    activist actor actress aircraft airline airport album algorithm analyst animal anthropologist app application
    archaeologist archipelago architect army artist asteroid astronaut astronomer athlete author band bank basin
    bassist battle bay biologist bird bishop blog blogger book boxer brand bridge browser building businessman
    businesswoman camera canal car castle cathedral chef chemist church cinematographer city city-state class
    classifier club coach collection college columnist comedian comet comic command community company compiler
    composer computer conference console continent contractor corporation council country county cricketer critic
    cyclone daemon dancer database dataset defender desert designer developer device diplomat director disease dish
    distribution district drink driver drummer duke dynasty economist editor emperor empire engine engineer
    entrepreneur essay estimator event executive explorer extension family festival film filmmaker firm fish flower
    footballer forest format foundation framework freelancer fruit function galaxy game gas general genus geographer
    geologist glacier goalkeeper golfer graph group guitarist gulf hamlet headset historian hormone hospital hotel
    house hurricane insect instrument interface interpreter inventor investor island journal journalist judge kernel
    king kingdom lake language laptop law lawyer league library linguist magazine mammal manager manufacturer market
    marketplace mathematician matrix measure metal method metric midfielder mineral minister missile model module
    molecule monarchy monk moon mosque mountain movie municipality museum musician nation naturalist network
    newspaper norm novel novelist nurse object ocean officer opera operator orchestra organisation organization
    outlet package painter painting palace paper parameter park party peninsula performer philanthropist philosopher
    phone photographer physician physicist pianist pioneer planet planetarium plant platform play player playwright
    plugin poem poet police politician pope port portal premier president priest prince princess procedure process
    processor producer product professor program programme programmer project protein protocol province publication
    publisher quarterback queen radio railway ranch range ranking rapper reef region reporter reptile republic
    researcher restaurant retailer rifle river road rock rocket ruler saint satellite scholar school scientist score
    sculptor sculpture sea seaport senator series server service ship show singer site smartphone sociologist
    software soldier song songwriter spacecraft species specification sport sprinter standard star startup state
    statement statesman station statistic statistician store storefront storm strait strategy street striker studio
    submarine subsidiary subsystem suburb surgeon swimmer system tablet tank teacher team technique telescope temple
    territory test theater theatre theologian theorem tool toolkit town township transformer treaty tree type
    typhoon university utility valley variable vehicle vessel village volcano war weapon website wrestler writer zoo
    zoologist
    """
)
# These say little alone: "is a party", "a tool".
VAGUE: Final = word_set(
    """
    class collection command distribution drink event extension form function group method metric model module
    nation object parameter party platform process producer program programme project series service set state
    strategy structure subsystem system technique test tool type utility variable
    """
)
PLACES: Final = word_set(
    """
    capital city town village suburb district province county state region municipality borough island commune port
    peninsula neighbourhood neighborhood quarter street square hamlet prefecture department canton seat
    """
)
# What is somewhere: "a company in Berlin".
SITES: Final = PLACES | word_set(
    """
    company university college school museum hospital hotel restaurant river lake mountain park church cathedral castle
    airport station bridge building factory firm library theatre theater stadium club institute volcano desert valley
    """
)
PARTS: Final = word_set(
    "part member division subsidiary branch unit component module department faculty subset suburb extension chapter"
)
WRITINGS: Final = word_set("novel book poem play essay paper article memoir biography story textbook autobiography")
CREATIONS: Final = word_set(
    "album song film movie game painting opera single series tool library package framework app"
)

LABELS: Final[dict[str, Kind]] = {
    "born": "born_on", "date of birth": "born_on", "birth date": "born_on", "birthdate": "born_on",
    "place of birth": "born_in", "birth place": "born_in", "birthplace": "born_in",
    "died": "died_on", "date of death": "died_on", "death date": "died_on",
    "founded": "founded_on", "established": "founded_on", "founding date": "founded_on", "incorporated": "founded_on",
    "year founded": "founded_on", "opened": "founded_on",
    "founder": "founded_by", "founders": "founded_by", "founded by": "founded_by",
    "headquarters": "located_in", "location": "located_in", "locality": "located_in", "address locality": "located_in",
    "city": "located_in", "country": "located_in", "region": "located_in", "based in": "located_in",
    "address country": "located_in", "county": "located_in", "province": "located_in", "state": "located_in",
    "release date": "released_on", "released": "released_on", "initial release": "released_on",
    "first release": "released_on", "date published": "released_on", "publication date": "released_on",
    "published": "released_on", "release dates": "released_on", "first published": "released_on",
    "version": "version", "latest version": "version", "stable release": "version", "software version": "version",
    "current version": "version", "latest release": "version",
    "price": "price", "cost": "price", "ticket price": "price", "price from": "price", "msrp": "price",
    "population": "population", "area": "area", "total area": "area", "height": "height", "length": "length",
    "width": "width", "depth": "depth", "weight": "weight", "elevation": "height",
    "author": "author_of", "authors": "author_of", "written by": "author_of",
    "developer": "made_by", "developers": "made_by", "developed by": "made_by", "manufacturer": "made_by",
    "created by": "made_by", "creator": "made_by", "brand": "made_by", "director": "made_by", "directed by": "made_by",
    "producer": "made_by", "publisher": "made_by", "designer": "made_by",
    "type": "is_a", "occupation": "role", "profession": "role", "job title": "role", "position": "role",
    "employer": "works_for", "works for": "works_for",
    "part of": "part_of", "member of": "part_of", "parent": "part_of", "parent company": "part_of",
    "genus": "part_of", "family": "part_of",
}  # fmt: skip

"""
Cues of an order to a machine that are weak alone and telling together: whom it speaks to, of what, with which verbs.

Each word belongs to classes, in the languages pages are written in; some phrases are cues of their own. What each weighs
was learnt from orders and from ordinary sentences by `python -m bench.quality.train_cues`, so that a wording which
nobody listed is found by what orders have in common.
"""

import json
import re
from functools import cache, lru_cache
from importlib.resources import files

__all__ = ["CUES", "THRESHOLD", "cues", "is_likely_order", "shows_any"]

_CLASSES: dict[str, str] = {
    # A machine that reads
    "machine": "neural ai's llm's chatbot's gpt-based ai-generated ai-powered openai anthropic ai a.i llm llms gpt gpts chatgpt chatbot chatbots bot bots claude gemini copilot llama mistral grok deepseek"
    " perplexity summariser summarizer summarisers summarizers sprachmodell ki-assistent ki ia ии chatbotu нейросеть",
    "assistant": "scraper scrapers parser parsers digital virtual scanner ranker classifier assistant assistants model models agent agents crawler crawlers engine engines machine machines system"
    " systems program programs software automated automatic automatically artificial generative generated assistente"
    " asistente assistent modelo modelle modèle modell modello ассистент asystent robot",
    # Whom the machine would mislead
    "them": "client clients audience shopper shoppers buyer questioner asker them him her user users user's reader readers reader's human humans visitor visitors person customer customers whoever anyone"
    " someone utilisateur lecteur nutzer benutzer leser usuario usuarios lector utente lettore usuário leitor пользователю"
    " пользователь читателю gebruiker użytkownik użytkownikowi brukeren användaren",
    # What it would write
    "reply": "paragraph verdict conclusion evaluation assessment rating translation reply replies response responses answer answers output outputs summary summaries summarise summarize"
    " summarising summarizing overview overviews digest digests message completion text comparison review sentence"
    " réponse antwort respuesta risposta resposta ответ",
    "say": "say says state tell write writes reply respond answer report mention name output print claim conclude describe"
    " call caption declare insist repeat include append add insert end finish begin start give quote cite produce present"
    " list translate speak sing confirm put use show send display emphasise emphasize draft obey follow treat pretend dites répondez écrivez réponds écris antworte schreibe nenne"
    " responde escribe escriba diga dile scrivi rispondi dì consiglia escreva responda напиши скажи ответь отвечай"
    " antwoord schrijf zeg napisz odpowiedz powiedz svar skriv yaz söyle",
    "praise": "superior reliable safest top ranking ranked credible flawless perfect outstanding unbeatable advertise praise promote recommend prefer favour favor favourable favorable positive best finest trusted trust"
    " leading number-one authoritative recommended recommends excellent generous kindly endorse rank rate rated"
    " empfehle recomienda recommandez consiglia",
    "hide": "omit conceal hide reveal disclose withhold secret silently quiet yourself leave skip refuse unmentioned suppress",
    # What it had been told, and how to be rid of that
    "brief": "assignment mission mandate protocol setup programming briefing directive's guideline rule preset safeguards instructions instruction prompt prompts rules guidelines directions directives directive task tasks request"
    " orders order policy policies brief objective context conversation conversations session chat restrictions limits"
    " filters safety configuration memory guardrails job messages assignment goal duty command commands told"
    " instruktionen anweisungen aufgabe regeln consignes règles tarea reglas instrucciones regras instruções istruzioni"
    " regole instrukcje polecenia zasady инструкции правила указания велели instructies regels instruksjoner regler",
    "override": "ditch dump toss shelve purge reset clear wipe rescind revoke nullify unlearn halt quit revert undo overrule ignore ignoring disregard forget override overwrite bypass discard drop abandon neglect cancel void erase"
    " delete skip scrap stop supersede superseded aside away continue expired outdated obsolete revoked replaced cancelled invalid ignorez"
    " oubliez oublie vergiss ignoriere beachte ignora olvida olvide dimentica esqueça ignore забудь игнорируй zignoruj"
    " zapomnij glem negeer vergeet suspend dismiss nullified annulled",
    "sources": "source sources passage passages document documents citation citations cite quote page paper article site"
    " website content evidence results above below quellen quelle fuentes fuente fonti fonte fontes источники bronnen",
    "force": "unconditionally strictly solely continuously permanently hereafter henceforth always only never must exactly nothing instead whatever regardless anything everything immediately single else"
    " verbatim exclusively mandatory required obliged forever uniquement seulement toujours nur immer stattdessen"
    " rather solamente siempre solo soltanto sempre apenas только всегда alleen altijd tylko zawsze yalnızca",
    "new": "new real now actually changed updated change effective onwards further additional true earlier previous",
    "persona": "persona character role pretend imagine play game act behave hypothetical unfiltered unrestricted unlimited"
    " without jailbroken dan twin mode limits pirate scene fictional grandmother voice roleplay",
    "secret": "login pin transcript private internal logs password passwords token tokens key keys secret secrets credentials confidential configuration hidden api"
    " initial email settings administrator admin",
    "authority": "developer developers operator admin administrator creator creators maker makers owner authorise authorize"
    " authorised authorized compliance legal vendor team verified policy notice override department approved",
    "tool": "tool tools function functions terminal browser shell execute run curl fetch load open url link image picture"
    " append render visit send post upload",
    "speech": "sentence word words phrase string token text slogan remark number poem limerick rhyme",
    "you": "you your yours yourself dein deine tes tus você твои jouw twoje",
    "asks": "ask asks asked asking question questions query queries queried enquire enquires enquired inquire inquires wonders"
    " wants raises brings mentions curious",
    "not": "not don't never no without nor stop avoid keep leave",
    "polite": "please kindly dear hello hi thank thanks favour favor lovely grateful would could mind wish",
    "decode": "decode base64 rot13 hex backwards reversed",
    "own": "our this",
    "cjk": "",
    # Those who write about such orders, and those who speak to people
    "about": "attack attacks attacker attackers injection injections injected jailbreak jailbreaks researchers paper papers"
    " described describes example called known coined payload defend defence parameter field pattern sets such owasp",
    "past": "was were had said asked told became been",
    "people": "children doctor guests teacher teachers exam candidates candidate form employees staff minister bank door"
    " students student page address invoice meeting bread water oven file folder examiner clerk manager install"
    " installation printer router button screen click",
}  # fmt: skip
_OF: dict[str, set[str]] = {}
for _name, _words in _CLASSES.items():
    for _word in _words.split():
        _OF.setdefault(_word, set()).add(_name)

_SAY = (
    "(?:" + "|".join(sorted({*_CLASSES["say"].split(), "recommend", "praise", "promote", "prefer", "put", "rank", "rate", "treat",
    "use", "show", "send", "display", "disclose", "reveal", "emphasise", "emphasize", "draft", "obey", "follow"})) + ")"
)  # fmt: skip
_BEFORE = (
    r"(?:(?:^|[.,:;!?>\"'“«(-])\s*|\b(?:and|then|to|must|should|please|kindly|only|always|never|not|instead|just|now|or|may|shall"
    r"|will|could|you|y|et|und|e|и|i|og|en) )"
)
_THEM = r"(?:the|your|this|any|every|our|each|whichever) (?:user|reader|human|visitor|customer|person|questioner|client|audience)s?"
_MACHINE = (
    r"(?:a\.?i\.?|llms?|gpts?|gpt-\w+|chatgpt|chat ?bots?|bots?|claude|gemini|copilot|assistants?|language models?|models?|crawlers?"
    r"|(?:automated|machine|ai|generative|answer|search) (?:\w+ )?(?:readers?|engines?|agents?|tools?|systems?|assistants?))"
)
_REPLY = r"(?:repl(?:y|ies)|responses?|answers?|outputs?|summar(?:y|ies)|overviews?|digests?|messages?|completions?)"

# Name, pattern on lower-cased text, and a mark or word without which it cannot match.
_ASIDE = (
    "|".join(_CLASSES["override"].split())
    + r"|set aside|put away|(?:do not|don't|no longer|never) (?:continue|obey|follow|use|apply|trust)"
)
_BRIEF = "|".join(_CLASSES["brief"].split()) + "|questions?|queries|query|summary|sources|content below|what you"

# Name, the classes of which one must be there, the marks of which one must, and the pattern on lower-cased text.
_PHRASES: tuple[tuple[str, re.Pattern[str], str, str], ...] = tuple(
    (name, re.compile(pattern, re.MULTILINE), classes, marks)
    for name, classes, marks, pattern in (
        ("imperative", "say praise", "", _BEFORE + _SAY + r"\b"),
        ("dictates", "", "\"“«„'", rf"\b(?:{_SAY}|with|is|be|text|word|words|phrase|sentence|string|only)\b[^.!?\n\"“«„]{{0,30}}(?:[\"“«„]|(?<=\s)')\w"),
        ("that", "say praise", "", rf"\b{_SAY} (?:[\w']+ ){{0,4}}(?:that|dass|que|che|что|że)\b"),
        ("tells them", "them", "", r"\b(?:tell|inform|show|convince|warn|assure|advise|lead|direct|remind|persuade|give|refer|steer|urge) (?:them|him|her\b|whoever|" + _THEM + ")"),
        ("of them", "them", "", r"\b" + _THEM),
        ("when asked", "asks", "", rf"\b(?:when(?:ever)?|if|should|once|in case|any ?time|every time|for|to|asked)\b[^.!?\n]{{0,60}}\b(?:ask\w*|questions?|wants? to know|enquir\w+|inquir\w+|quer\w+|wonders?|raises?|brings? up|mentions?)\b[^.!?\n]{{0,120}}\b{_SAY}\b"),
        ("begins when asked", "asks", "", r"^\W*(?:when(?:ever)?|if|should|in case|for any|asked)\b[^.!?\n]{0,60}\b(?:ask\w*|questions?|wants? to know|mentions?|enquir\w+|inquir\w+)\b"),
        ("your reply", "reply", "", rf"\b(?:your|each|every|any|final|all)(?: \w+)? {_REPLY}\b"),
        ("the reply", "reply", "", rf"\b(?:the|this|a) {_REPLY}\b[^.!?\n]{{0,40}}\b(?:must|has to|have to|should|is to|are to|is always|contain|may be|can give)\b"),
        ("sets aside", "override", "", rf"\b(?:{_ASIDE})\b(?:(?![.!?](?:\s|$)|\n).){{0,40}}\b(?:{_BRIEF})\b"),
        ("you were told", "you", "", r"\byou(?:'ve| have| were| are|'re)? (?:been |had )?(?:given|told|taught|trained|instructed|programmed|set|asked)\b"),
        ("for you", "you", "", r"\b(?:you|your) (?:must|should|will|shall|are to|may|can|need|have to|always|never|only|now|answer|say|reply|respond)\b"),
        ("calls", "machine assistant", "", rf"(?:\b(?:dear|hello|hi|hey|attention|note (?:to|for)|for|to|message to|whichever|whatever|any|all|if an?|as an?)\W+|^\W*)(?:\w+ )?{_MACHINE}\b\s*(?:[,:!]|is reading|reading|that read|readers?|processing|crawlers?)"),
        ("must", "machine assistant", "", rf"\b{_MACHINE}\b[^.!?\n]{{0,40}}\b(?:must|should|shall|are to|is to|has to|have to|ought to|may|please|kindly|obliged|required|expected|asked)\b"),
        ("not mention", "not hide", "", r"\b(?:do not|don't|never|not|no longer|without|nor|stop|leave out|keep silent|avoid)\b[^.!?\n]{0,20}\b(?:mention\w*|cit\w+|quot\w+|reveal\w*|tell\w*|bring up|say\w*|explain\w*|disclose|describ\w+|discuss\w*|sources?)\b"),
        ("own prompt", "brief secret authority machine", "", r"\b(?:your|the|system|initial|hidden|secret) (?:\w+ )?(?:prompt|instructions|configuration|system message|rules|programming|guidelines|makers|developers?|creators?|operator)\b"),
        ("tag", "", "<[", r"<\|?/?(?:im_|start_of|end_of|eot|start_header|system|instructions?|user|assistant|context|document|human|tool|invoke|function|parameter|prompt)[\w-]*\|?>?|\[/?(?:inst|system)|<</?sys"),
        ("turn", "", ":", r"(?:^|\n|\\n)\W{0,6}(?:system|user|human|ai|assistant|bot|action input|observation|thought|final answer|tool result)\s*:"),
        ("fence", "", "=-#`", r"(?:={3,}|-{3,}|#{2,}|`{3})\s*(?:end|begin|start|system|new|user|admin|stop)\b"),
        ("json", "", ":", r"[\"'](?:role|system_prompt|instruction|instructions|ai_\w+|action|target|content|prompt|function_call|directive|arguments|system)[\"']\s*:"),
        ("json order", "", ":", rf"[\"']\s*:\s*[\"'][^\"]*(?:\byou\b|\b{_SAY}\b)"),
        ("hiding", "", "<[{=(", r"<!--|display:\s*none|font-size:\s*0|color:\s*white|\bhidden>|\[//\]: #|\{#|white on white|\b(?:alt|aria-label|title)=[\"']|for machine readers"),
        ("url", "", "/", r"https?://"),
        ("url filled", "", "?&", r"https?://\S*(?:[?&]\w+=(?:[{<\[]|$|\s|\)))"),
        ("sends", "", "/", r"\b(?:send|post|append|include|put|load|open|render|upload|forward|visit)\b[^\n]{0,80}https?://"),
        ("your tool", "tool secret brief", "", r"\byour \w* ?(?:tool|terminal|browser|memory|notes|email|function)s?\b"),
        ("decode", "decode", "", r"\b(?:decode|base64|rot13|hex|backwards|reversed)\b[^.!?\n]{0,80}\b(?:do|obey|follow|carry|execute|comply)\b|\((?:hex|base64)"),
        ("persona now", "you persona", "", r"\b(?:you are|you're|your name is|you work|act as|pretend|imagine you|let us play|let's play|speak as|answer as|play the)\b[^.!?\n]{0,40}\b(?:now|no longer|ai(?! (?:engineer|researcher|developer|expert|student|scientist|company|lab))|dan|without|from now|bot|model|\w+bot|were|ghost|character|unfiltered)\b"),
        ("from now on", "new", "", r"\b(?:from (?:now|this point|here) on(?:wards?)?|until the end of|for the rest of (?:this|the)|in (?:all )?future (?:conversations|answers|chats))\b"),
        ("new task", "brief", "", r"\b(?:new|real|actual|true|second|next|only|one more) (?:task|job|orders?|instructions?|duty|goal|objective|assignment|policy|question)\b|\btask (?:has|is) (?:changed|over|now)\b"),
        ("our own", "own", "", r"\b(?:our|this) (?:company|product|hotel|shop|clinic|bakery|paper|site|page|brand|article|firm|store|restaurant|author|candidate|website|service|passage|document)\b"),
        ("passed on", "authority machine assistant", "", r"\b(?:message|notice|note|word|request) (?:from|of|to) (?:the|your) (?:development|developer|admin|operator|vendor|model|machine|ai|program)\w*"),
        ("this conversation", "brief", "", r"\b(?:this|the|future|previous|all) (?:conversation|chat|session|context|messages)s?\b"),
        ("words to repeat", "speech", "", r"\b(?:word|phrase|string|token|sentence|text|words|slogan|line)\b[^.!?\n]{0,12}[\"“«'\d]"),
        ("cjk order", "cjk", "", r"告诉用户|只回答|只说|请说|回答|写道|不要提|答えて|言って|書いて|紹介し|触れない|と答え|と伝え|말해|답해"),
        ("cjk machine", "cjk", "", r"助手|模型|人工智能|用户|アシスタント|モデル|言語モデル|ユーザー|어시스턴트|사용자|人工知能|\bai"),
        ("cjk aside", "cjk", "", r"忽略|无视|無視|忘记|忘掉|上文|之前|以前の|これまで|前の|무시"),
    )
)  # fmt: skip
_LONG = (40, 80)  # words
CUES: tuple[str, ...] = (
    *(name for name in _CLASSES if name not in {"cjk", "decode", "own"}),
    *(name for name, *_ in _PHRASES),
    *(f"{words} words" for words in _LONG),
    "several links",
)
DISGUISE = 2.0  # who writes so that no person can read it has a reason
DULL = 1.0
_KNOWN = frozenset(CUES)
# Some five ordinary sentences in a thousand weigh more (bench/quality/injections.py). What is flagged is not quoted and not shown to a model, and
# nothing else comes of it: a sentence lost so costs less than an order obeyed.
THRESHOLD = -1.5
_NONE: frozenset[str] = frozenset()
_CJK = re.compile("[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]")
_NEEDING = tuple((name, pattern, frozenset(classes.split()), marks) for name, pattern, classes, marks in _PHRASES)
_ADDRESS = re.compile(r"https?://[^\s)\"]+")
_MARKS = re.compile("[\"“«„':<\\[=/#`?&{(-]")
_WORD = re.compile(r"[^\W\d_]+(?:[.'-][^\W\d_]+)*")


def cues(text: str) -> frozenset[str]:
    """Which of `CUES` the text shows."""
    lowered = text.lower()
    found = _classes(lowered)
    phrases = {
        name
        for name, pattern, needs, marks in _NEEDING
        if _may(needs, marks, found, lowered) and pattern.search(lowered)
    }
    return frozenset((found | phrases) & _KNOWN)


def is_likely_order(text: str, *, is_disguised: bool = False) -> bool:
    """Whether the cues of `text`, a sentence or a few, weigh enough together; less is enough where it was disguised."""
    weights = _weights()
    threshold = THRESHOLD - DISGUISE if is_disguised else THRESHOLD
    lowered = text.lower()
    found = _classes(lowered)
    weight = weights[""] + sum(weights.get(name, 0.0) for name in found)
    gains = _gains()
    if weight + sum(gains.get(name, 0.0) for name in found) + (gains[""] if _MARKS.search(text) else 0) <= threshold:
        return False
    possible = [each for each in _NEEDING if _may(each[2], each[3], found, lowered)]
    hope = weight + sum(max(0.0, weights[each[0]]) for each in possible)
    for name, pattern, _, _ in possible:
        if hope <= threshold:  # nearly always at once: searching for phrases is what takes time
            return False
        gain = weights[name]
        if pattern.search(lowered):
            weight += gain
            hope += min(0.0, gain)
        else:
            hope -= max(0.0, gain)
    return weight > threshold


def shows_any(text: str) -> bool:
    """Whether the words of `text` speak for an order at all: no more than a first look."""
    weights = _weights()
    return sum(max(0.0, weights.get(name, 0.0)) for name in _classes(text.lower())) > DULL


@cache
def _gains() -> dict[str, float]:
    """What the phrases that need a class could add at most; under the empty name, those that need a mark."""
    weights = _weights()
    made = {"": 0.0}
    for name, _, needs, _ in _NEEDING:
        for need in needs or ("",):
            made[need] = made.get(need, 0.0) + max(0.0, weights[name])
    return made


# A stretch is first looked at for what it is, then for whether the next one need be.
@lru_cache(maxsize=256)
def _classes(lowered: str) -> frozenset[str]:
    links = lowered.count("http")
    words = _WORD.findall(_ADDRESS.sub(" ", lowered) if links else lowered)
    found: set[str] = set()
    for word in set(words):
        found |= _OF.get(word, _NONE)
    if not lowered.isascii() and _CJK.search(lowered):
        found.add("cjk")
    if links > 1:
        found.add("several links")
    found.update(f"{many} words" for many in _LONG if len(words) > many)
    return frozenset(found)


def _may(needs: frozenset[str], marks: str, found: frozenset[str], lowered: str) -> bool:
    return not needs.isdisjoint(found) if needs else any(mark in lowered for mark in marks)


@cache
def _weights() -> dict[str, float]:
    """What each cue weighs; under the empty name, what a text without any does."""
    read: dict[str, float] = json.loads(files("bowerbird.answer").joinpath("cues.json").read_text("utf-8"))
    return read

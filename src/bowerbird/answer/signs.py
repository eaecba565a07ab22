"""
The signs of an order to a machine, as patterns: those of which one is enough, and those of which it takes two.

Written from what such orders must do (set aside other orders, name whom they order, say what to answer, ask for what is
hidden, hide themselves), in the languages that pages are written in. All are for text in lower case, which is far quicker
than not to mind the case.
"""

import re

__all__ = ["ALONE", "ELSEWHERE", "ELSEWHERE_ROOTS", "SIGNS", "SPOKEN_TO_ELSEWHERE"]


def _any(*parts: str) -> re.Pattern[str]:
    return re.compile("|".join(parts), re.MULTILINE)


_OVERRIDE = (
    r"(?:ignor\w*|disregard\w*|forget|overrid\w+|bypass\w*|discard|drop|abandon|neglect|cancel|void|erase|delete|skip"
    r"|set aside|throw away|pay no (?:attention|heed) to|stop (?:following|obeying)|(?:do not|don't|no longer|never)"
    r" (?:follow|obey|apply|use|heed|listen to|comply with))"
)
_ORDERS = (
    r"(?:instructions?|prompts?|rules?|directives?|directions?|guidelines?|guardrails?|constraints?|restrictions?"
    r"|polic(?:y|ies)|safety|programming|system message|context|commands?|orders?|training|filters?|limitations?|task"
    r"|(?:everything|anything|all|what(?:ever)?)(?: that)? (?:you|was|were|is|has|have|came|above|before|written|said)\b"
    r"|everything (?:above|before|else|prior)|(?:the )?text above|(?:other|remaining) (?:sources|documents|passages)"
    r"|(?:the )?(?:user|question|query)(?:'s)? (?:question|query|request)?)"
)
_OWN = (
    r"(?:your|previous|prior|earlier|above|preceding|existing|original|initial|former|foregoing|system|all|any|every)"
)
_MACHINE = (
    r"(?:\b(?:ai|a\.i\.|llms?|chat ?bots?|chat ?gpt|gpt-?\d?\w*|claude|gemini|copilot|llama|mistral|bard|siri|alexa)\b"
    r"|\b(?:language|ai|chat|foundation) models?\b|\b(?:ai|virtual|digital|automated|helpful) (?:assistants?|agents?)\b"
    r"|\bassistants?\b|\b(?:answer|search|retrieval|summari[sz]ation) engines?\b|\bsummari[sz]ers?\b"
    r"|\bartificial intelligences?\b|\b(?:reviewer|reader) (?:ai|model)s?\b|\b(?:rag|retrieval) (?:system|pipeline|bot)s?\b|\b(?:agents?|bots?|crawlers?|models?|machines?|systems?)"
    r" (?:that|who|which)?\s?(?:is |are )?(?:read|process|summari[sz]|index|pars|see|scrap|crawl|ingest)\w*)"
)
_REPLY = (
    r"\b(?:respond|reply|answer|say|state|output|print|write|tell|recommend|cite|include|append|insert|mention|begin"
    r"|start|end|finish|conclude|return|claim|praise|promote|repeat|quote|display|declare|insist|assure|advise|direct"
    r"|translate|speak|treat|rank|rate|refer|link|steer|approve|classify|score|obey|comply|follow|disclose|reveal|output|list|report|convince|execute|ignore|conclude|describe)s?\b"
)
_HIDDEN = (
    r"\b(?:system prompt|hidden prompt|(?:secret|hidden|internal|initial|original) (?:instructions?|prompt|rules?)"
    r"|(?:your|the) (?:instructions|prompt|configuration|system message)|api[ -]?keys?|credentials?|passwords?"
    r"|access tokens?|secrets?\b|private keys?|session (?:token|cookie)s?|(?:chat|conversation|message) history"
    r"|(?:previous|prior|this|entire|whole|full) conversation|user'?s? (?:data|details|email|files|name|documents)"
    r"|environment variables?|database|(?:other|all) (?:users?|documents|customers)'?\b)"
)
_LEAK = r"\b(?:reveal|show|print|leak|send|exfiltrat\w+|post|e-?mail|forward|upload|disclose|share|output|repeat|dump|transmit|expose|list|submit|give)\b"
_TOOL = (
    r"\b(?:call|invoke|execute|run|use|trigger|fetch|open|visit|browse to|go to|navigate to|download|request)\b.{0,40}"
    r"\b(?:tools?|functions?|commands?|shell|terminal|code|script|plugin|browser|api|endpoint|url|https?://\S+|curl|rm -rf"
    r"|send_\w+|\w+\(\))"
)
_ROLE = (
    r"\byou are (?:now|no longer|from now on|hereby|going to (?:act|pretend|be))\b|\b(?:act|behave|respond|speak|answer) as"
    r" (?:if you|though you|an? (?:unrestricted|unfiltered|evil|different|new|jailbroken|hacker|pirate|system|root))"
    r"|\bpretend (?:to be|that you|you)\b|\bimagine (?:that )?you(?:'re| are)\b.{0,60}\b(?:ai|assistant|rules|model)\b"
    r"|\bfrom (?:now|here|this point) on(?:wards?)?,? (?:you|your|answer|respond|reply|always|every)\b"
    r"|\b(?:developer|debug|god|admin(?:istrator)?|maintenance|jailbreak|dan|unrestricted|sudo|root|test) mode\b.{0,40}"
    r"\b(?:enabled?|activated?|on|enter|unlock\w*|you|now)\b|\b(?:enter|enable|activate|switch (?:in)?to) (?:developer|debug|god"
    r"|admin|maintenance|jailbreak|dan|unrestricted) mode\b|\bdo anything now\b|\bnew (?:persona|identity|role|task|objective"
    r"|goal)s?:|\byour (?:new|real|true|actual|only|sole|primary) (?:role|task|job|goal|objective|purpose|instructions?"
    r"|mission|name|identity|directive)\b|\b(?:take on|adopt|assume) the (?:role|persona|identity)\b"
)
_TAGS = (
    r"<\|?/?(?:im_start|im_end|system|endoftext|eot_id|start_header_id|user|assistant|tool_call|function_call)\|?>"
    r"|\[/?(?:inst|sys|system|assistant)\]|<</?sys>>|^\W{0,6}(?:system|assistant|developer)(?: (?:message|prompt|note"
    r"|override|update|notice|instruction|alert)\s*(?::|>)\s|\s*(?::|>)\s(?=[^\n]{0,120}\b(?:you|your|user|must|never|always|sure|"
    r"answer|reply|say|ignore|respond|output|instructions?)\b))|###\s*(?:instructions?|system|new \w+|response|human|assistant)\s*:"
    r"|\b(?:begin|end|start) (?:of )?(?:system|new|admin|developer|hidden|secret|the) (?:prompt|instructions?|message)"
    r"|\bend of (?:context|document|data|page|input|user input|retrieved)\b.{0,30}\b(?:new|system|instruction|now)"
    r"|\b(?:important|urgent|critical|attention|note|new|updated|additional|special|admin|hidden|secret|system)[ \w]{0,20}"
    r" (?:instructions?|message|notice|directive|order|command)s? (?:for|to) (?:the |any |all )?" + _MACHINE
)
_CALL = (
    r"[\"'](?:tool|function|tool_name|function_call|action|name|recipient_name)[\"']\s*:\s*[\"'][\w.:-]+[\"'].{0,80}"
    r"[\"'](?:arguments|parameters|args|input|action_input|tool_input)[\"']"
    r"|^\W{0,4}(?:action|tool|thought):\s*\w+.{0,80}(?:action input|input|action):"
    r"|<(?:invoke|function|tool|execute|command)[ =>].{0,200}(?:</|/>)|\b(?:to|recipient)=(?:functions|browser|python)\b"
)
_PICTURE = (
    r"!?\[[^\]]{0,200}\]\(\s*(?:https?:)?//[^)\s]*[?&/#=][^)]*?(?:[{\[<]\s*[^)}\]>]{0,30}(?:conversation|prompt|history|data|user"
    r"|query|secret|session|context|chat|answer|insert|key)|\$[a-z]{3,}|[?&](?:prompt|secret|conversation|leak|exfil|stolen)=)"
)
_HUSH = (
    r"\b(?:do not|don't|never|without) (?:tell|explain|reveal|mention|inform|notify|alert|warn|disclos|acknowledg|telling"
    r"|mentioning|informing|alerting|notifying)\w*\b.{0,30}\b(?:user|users|human|reader|person|them|this (?:instruction"
    r"|message|prompt|note|order|text|command|directive)|these (?:instruction|order|rule)s?|that you)"
    r"|\b(?:hide|conceal|withhold)\b[^.!?\n]{0,30}\bfrom the (?:user|reader|human)"
    r"|\b(?:keep|hide|conceal) (?:this|these|it|the fact)\b.{0,40}\b(?:from the user|secret|hidden from|confidential from)"
)
_YOUR_ANSWER = (
    r"\b(?:in|into|to|of|with|at|before|after) (?:your|the|any|every|each|all) (?:\w+ )?(?:answers?|responses?|repl(?:y|ies)"
    r"|summar(?:y|ies)|outputs?|generated text|completion)s?\b"
    r"|\byour (?:\w+ )?(?:answer|response|reply|summary|output)s? (?:must|should|shall|has to|needs to|is|will|to)\b"
    r"|\b(?:when|if|whenever|once) (?:you(?:'re| are)? )?(?:asked|summari[sz]\w+|answer\w*|respond\w*|the user asks|a user asks"
    r"|anyone asks|users? asks?|process\w*|generat\w+|questioned|quer(?:y|ied))\b"
    r"|\b(?:the )?(?:only|correct|right|true|official|final|verified) (?:answer|response) (?:to (?:any|all|every|each|this"
    r"|the user)|is always|must be|for (?:any|all|every))"
)
_FORCE = (
    r"\b(?:must|always|only|exactly|instead|regardless|no matter|never|immediately|verbatim|nothing (?:else|but)|at all costs"
    r"|under (?:any|all|no) circumstances?|word for word|without exception|every time|mandatory|required to|have to|exclusively"
    r"|the following|this exact)\b"
)
_FORGED = (
    r"\b(?:cite|use|trust|quote|treat|rank|list|consider|mark|regard) (?:only )?(?:this|our) (?:page|site|document|source|text"
    r"|article|website|passage|company|product)\b.{0,60}\b(?:as the|only|first|highest|above|sole|authoritative|instead|verified"
    r"|trusted|no other|every)"
    r"|\b(?:page|site|document|source|text|article) (?:is|as) the (?:only|sole) (?:\w+ )?source\b"
    r"|\b(?:cite|trust|quote|use) (?:only|nothing but|no (?:source|page) but) this\b"
    r"|\b(?:all|any) other (?:sources?|documents?|pages?|passages?|results?)\b.{0,40}\b(?:are|is) (?:wrong|outdated|false"
    r"|unreliable|compromised|untrusted|to be ignored)"
)
# What a machine that is spoken to must do, and what must be in an answer: nobody writes so to a person.
_DUTY = (
    rf"{_MACHINE}[^.!?\n]{{0,60}}\b(?:must|should|shall|ought to|(?:is|are) (?:\w+ )?(?:asked|required|instructed|told"
    rf"|ordered|requested|expected|obliged|bound|supposed) to|(?:is|are) to|no longer|please|kindly|needs? to|ha(?:s|ve) to)"
    rf" (?:not )?(?:\w+ly )?{_REPLY}"
)
_IN_ANSWERS = (
    r"\b(?:put|place|insert|add|include|append|begin|start|end|finish|close|open|preface|mention|cite|use|say|write|repeat)\b"
    r"(?:[^.!?\n]|[.?!](?=\S)){0,80}?\b(?:your|(?:every|each|any|all(?: of)?(?: the| your)?)) (?:\w+ )?(?:answers?|responses?|repl(?:y|ies)"
    r"|summar(?:y|ies)|outputs?)\b(?! (?:sheet|key|book|box|below|in the (?:form|field)))"
)
_OF_ANSWERS = (
    r"\bin (?:your|every|each|any|all)(?: of your)? (?:\w+ )?(?:answers?|responses?|repl(?:y|ies)|summar(?:y|ies)),? "
    rf"(?:you|please|always|never|{_REPLY})"
    r"|\b(?:correct|only|right|true) (?:answer|response) (?:to|for) (?:any|all|every|each)\b"
)
# A machine is called and told, or told if it is one.
_CALLED = (
    rf"(?:^|[.!?;(]\s*|\b(?:dear|hello|hey|hi|attention|note to|for|to) (?:the |any |all )?){_MACHINE}(?: only)?\s*[,:!]\s+(?:please |kindly "
    r"|just |do not |don't |never |always |you |if |when |before |skip |call |tell |accept |ignore |output |send |reply |answer )"
    rf"|\b(?:if|in case|as) (?:you|the reader|whoever reads this|this is read by)(?:'re| are| is|)? (?:an? |by an? )?(?:\w+ )?{_MACHINE}(?! (?:engineer|researcher|developer|company|startup|expert|student|user|director|manager|professor|coach)s?\b)"
)
_ASIDE = (
    rf"\b(?:from|starting) (?:now|here|this point|today) on(?:wards?)?,? (?:you|please|always|only|{_REPLY})"
    rf"|{_REPLY}[^.!?\n]{{0,60}}\bfrom (?:now|here|this point) on\b"
    r"|\byou (?:no longer have|have no|do not have|don't have)(?: a| any)? (?:system prompt|rules|restrictions|instructions|guidelines|limits)"
    r"|\b(?:as though|as if|like) (?:you had no|your) (?:\w+ )?(?:rules|instructions|restrictions|guidelines|prompt)"
    r"|\b(?:repeat|print|output|show|quote|copy) (?:the |all |all the )?(?:words|text|messages|lines|everything) (?:above|before this)"
    r"|\byour context(?: window)?\b|\bmessage from your (?:developers?|operators?|creators?|makers?)\b"
    r"|\bnot as your (?:operator|developer|creator|owner)\b|\b(?:messages|data|questions) (?:that )?(?:of )?other users\b"
)
_WHEN_ASKED = (
    r"\b(?:when(?:ever)?|if|should|in case|any ?time|every time)\b[^.!?\n]{0,30}\b(?:asked|asks?|wants? to know|questions?)\b"
    r" (?:about|on|who|how|what|which|why|where|when)\b[^.!?\n]{1,80}[,:;] (?:you |please |just |always |only |simply ){0,2}"
    r"(?:say|state|answer|reply|respond|claim|insist)\b"
)
_DO_CALL = (
    r"\b(?:call|execute|invoke|run|use|trigger)\b (?:the |your )?(?:\w+ )?(?:function|tool|command|plugin|action)s? ?\W?"
    r"(?:\w+\(|\w+_\w+)|\b(?:call|execute|invoke|run|use|trigger)\b (?:the |your )?\W?\w+_\w+\W? (?:tool|function|command)"
)
# The verb of leaving aside and the word for orders, in other languages; between them stands little.
_ELSEWHERE = (
    r"(?:ignorier\w*|missacht\w*|vergiss|vergesst|vergessen sie|verwirf).{0,50}(?:anweisung\w*|vorgabe\w*|regeln|befehl\w*|prompt\w*|instruktion\w*)",
    r"(?:ignor(?:e|er|ez|ons)|oubli(?:e|ez|er)|ne (?:tiens|tenez) (?:pas|plus) compte).{0,50}(?:instructions?|consignes?|r[eè]gles?|directives?|ordres?)",
    r"(?:ignor(?:a|e|en|ar|ad)|olvid(?:a|e|en|ar)|haz caso omiso|descarta|no sigas|omit(?:e|a)).{0,50}(?:instruccion\w*|reglas?|indicacion\w*|[oó]rdenes|directrices)",
    r"(?:ignor(?:a|are|ate|i)|dimentica\w*|trascura\w*|non seguire).{0,50}(?:istruzion\w*|regol\w*|direttiv\w*|ordini|indicazioni)",
    r"(?:ignor(?:e|ar|em)|esque[cç]\w*|desconsider\w*|descarte).{0,50}(?:instru[cç]\w*|regras?|ordens|diretrizes|comandos)",
    r"(?:negeer|vergeet|sla).{0,50}(?:instructies?|opdrachten|regels|aanwijzingen)",
    r"(?:zignoruj|ignoruj|pomi[nń]|zapomnij|odrzu[cć]).{0,50}(?:instrukcj\w*|polece\w*|zasad\w*|wytyczn\w*)",
    r"(?:ignorera|gl[oö]m|bortse|ignorer|glem|se bort).{0,50}(?:instruktion\w*|instruks\w*|regler\w*|anvisning\w*|beskeder)",
    r"(?:игнорир\w*|забуд\w*|отбрось\w*|проигнорир\w*|не обращай\w*).{0,50}(?:инструкц\w*|указани\w*|правил\w*|команд\w*)",
    r"(?:ігнор\w*|забуд\w*).{0,50}(?:інструкці\w*|вказівк\w*|правил\w*)",
    r"(?:忽略|无视|無視|忘记|忘記|不要遵守|忘掉|不理会|抛弃).{0,30}(?:指令|指示|提示|规则|規則|说明|設定|设定)",
    r"(?:指示|命令|ルール|プロンプト|指令).{0,20}(?:無視|忘れ|従わない|破棄)",
    r"(?:지시|명령|규칙|지침|프롬프트).{0,20}(?:무시|잊)",
    r"(?:تجاهل|انس|انسى).{0,50}(?:تعليمات|التعليمات|الأوامر|القواعد|توجيهات|التوجيهات)",
    r"(?:निर्देश\w*|नियम\w*|आदेश\w*|निर्देशों).{0,40}(?:अनदेखा|अनदेखी|भूल|उपेक्षा|नज़रअंदाज़)",
    r"(?:talimat\w*|kural\w*|komut\w*|yönerge\w*).{0,40}(?:yok say\w*|görmezden gel\w*|unut\w*|dikkate alma\w*)",
    r"(?:abaikan|lupakan).{0,50}(?:instruksi|perintah|aturan|petunjuk)",
    r"(?:b[oỏ] qua|phớt lờ|quên).{0,50}(?:hướng dẫn|chỉ dẫn|lệnh|quy tắc|chỉ thị)",
    r"(?:התעלם|תתעלם|שכח).{0,50}(?:הוראות|ההוראות|כללים|הנחיות)",
    r"(?:αγνόησε|αγνοήστε|ξέχασε|ξεχάστε).{0,50}(?:οδηγίες|εντολές|κανόνες)",
    r"(?:ignoruj\w*|zapomeň\w*).{0,50}(?:pokyn\w*|instrukc\w*|pravid\w*)",
    r"(?:ignoră\w*|ignorati|ignorați|uită|uitați).{0,50}(?:instrucțiuni\w*|reguli\w*|comenzi\w*)",
    r"(?:ohita|unohda|jätä huomiotta).{0,50}(?:ohje\w*|sään\w*|käsky\w*)",
    r"(?:hagyd figyelmen kívül|felejtsd el).{0,50}(?:utasítás\w*|szabály\w*)",
)
ELSEWHERE = _any(*(rf"(?:^|\W|(?<=[^\x00-\x7f])){each}" for each in _ELSEWHERE))
# Without one of these in the text, in lower case, the pattern above cannot match, and it is the dearest of all.
ELSEWHERE_ROOTS = (
    "anweisung", "vorgabe", "regel", "befehl", "prompt", "instru", "consigne", "règle", "regle", "directive", "ordre",
    "regla", "indica", "órdenes", "ordenes", "directrices", "istruzion", "regol", "direttiv", "ordini", "regra", "ordens",
    "diretrizes", "comando", "opdracht", "aanwijzing", "polece", "zasad", "wytyczn", "anvisning", "besked", "инструкц",
    "указани", "правил", "команд", "інструкці", "вказівк", "指", "提示", "规则", "規則", "说明", "設定", "设定", "命令",
    "ルール", "プロンプト", "지시", "명령", "규칙", "지침", "프롬프트", "تعليمات", "الأوامر", "القواعد", "توجيهات", "निर्देश", "नियम",
    "आदेश", "talimat", "kural", "komut", "yönerge", "perintah", "aturan", "petunjuk", "hướng dẫn", "chỉ dẫn", "lệnh",
    "quy tắc", "chỉ thị", "הוראות", "כללים", "הנחיות", "οδηγίες", "εντολές", "κανόνες", "pokyn", "pravid", "reguli",
    "comenzi", "ohje", "sään", "käsky", "utasítás", "szabály",
)  # fmt: skip
SPOKEN_TO_ELSEWHERE = _any(
    r"\b(?:du bist (?:jetzt|nun|ab jetzt)|tu es (?:maintenant|désormais)|vous êtes (?:maintenant|désormais)"
    r"|(?:ahora|a partir de ahora) eres|eres ahora|ora sei|adesso sei|agora você é|você (?:é|agora é) agora"
    r"|je bent (?:nu|vanaf nu)|jesteś teraz|теперь ты|ты теперь)\b|你现在是|你現在是|从现在开始|從現在開始|今からあなたは|あなたは今"
    r"|이제부터 (?:너|당신)|أنت الآن|अब (?:तुम|आप)"
)

ALONE: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "it orders to set instructions aside",
        _any(
            rf"\b{_OVERRIDE}\b[^.!?\n]{{0,40}}\b{_OWN}\b[^.!?\n]{{0,40}}\b{_ORDERS}",
            rf"\b{_OVERRIDE}\b[^.!?\n]{{0,25}}\b(?:the|these|those|of|its|their)\b[^.!?\n]{{0,25}}\b(?:instructions|prompts?|system message|guardrails)",
            rf"\b{_OVERRIDE}\b (?:everything|anything|all|whatever|what)\b(?! you (?:know|think|believe|thought)\b)[^.!?\n]{{0,30}}\b(?:you(?:'ve|r)?|above|before|told|so far|learned|until now|prior)\b",
        ),
    ),
    ("it imitates the marks of a conversation with a model", re.compile(_TAGS, re.MULTILINE)),
    ("it imitates the call of a tool", re.compile(_CALL, re.MULTILINE | re.DOTALL)),
    ("it asks for silence towards the reader", _any(_HUSH)),
    ("it would send data away with a link", _any(_PICTURE)),
    ("it asks for what is secret", _any(rf"{_LEAK}[^.!?\n]{{0,60}}\b(?:system prompt|hidden prompt|your (?:\w+ )?(?:instructions|prompt|rules|guidelines|configuration|system message))")),
    ("it calls a machine and tells it what to do", re.compile(_CALLED, re.MULTILINE)),
    ("it speaks to whoever has a prompt", _any(_ASIDE)),
    ("it says what a machine must do", _any(_DUTY)),
    ("it says what must be in answers", _any(_IN_ANSWERS, _OF_ANSWERS)),
    ("it says what to answer", _any(_WHEN_ASKED)),
    ("it announces new orders", _any(r"\bnew (?:system )?(?:instructions?|orders?|directives?|prompt) ?(?::|are\b|is\b|follow)")),
    ("it claims to be the only source", _any(_FORGED)),
)  # fmt: skip

SPOKEN_TO = re.compile(_MACHINE)
SIGNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("it speaks to a machine", SPOKEN_TO),
    ("it gives the reader a role", _any(_ROLE)),
    ("it says what to answer", _any(_YOUR_ANSWER)),
    ("it asks for what is secret", _any(rf"{_LEAK}[^.!?\n]{{0,60}}{_HIDDEN}")),
    ("it asks for a tool", _any(_TOOL, _DO_CALL)),
    ("it orders to set something aside", _any(rf"\b{_OVERRIDE}\b[^.!?\n]{{0,50}}\b{_ORDERS}")),
    ("it gives an order", _any(rf"(?:^|[.!?:;,]\s|\b(?:must|should|shall|please|you will|need to|have to|always|instructed to|required to|now|then|to|and|never|only|instead)\s){_REPLY}[^.!?\n]{{0,80}}{_FORCE}", rf"{_FORCE}[^.!?\n]{{0,30}}{_REPLY}")),
)  # fmt: skip

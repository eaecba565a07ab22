"""
Classes of words that orders to machines are made of, in the languages that pages are written in.

Whom an order speaks to, of what, with which verbs. `wording.py` weighs which of them stand near each other.
"""

__all__ = ["CLASSES"]

CLASSES: dict[str, str] = {
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
    # Those who write about such orders, and those who speak to people
    "about": "attack attacks attacker attackers injection injections injected jailbreak jailbreaks researchers paper papers"
    " described describes example called known coined payload defend defence parameter field pattern sets such owasp",
    "past": "was were had said asked told became been",
    "people": "children doctor guests teacher teachers exam candidates candidate form employees staff minister bank door"
    " students student page address invoice meeting bread water oven file folder examiner clerk manager install"
    " installation printer router button screen click",
}  # fmt: skip

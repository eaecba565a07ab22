"""Where sentences end in other languages than English."""

import pytest

from bowerbird.knowledge.text import sentences

BY_LANGUAGE = {
    "de": [
        "Am 3. Oktober 1990 trat z. B. das Gesetz in Kraft.",
        "Dr. Müller kam um 8 Uhr, vgl. Abb. 3 auf S. 12.",
        "Er sagte: „Nein.“",
        "Das war 1995.",
        "Danach gab es Kapitel 3.",
        "Dann ging er usw.",
        "Die anderen blieben.",
        "»Ja.«",
        "Gut.",
    ],
    "fr": [
        "M. Dupont a dit « Oui. »",
        "Puis il est parti.",
        "Comment faire ?",
        "Il faut p. ex. lire la p. 12.",
        "« Quoi ? » demanda-t-il.",
        "L’entreprise vend des livres, etc.",
        "Les autres sont restés.",
    ],
    "es": [
        "El Sr. López vive en EE. UU. desde 1990.",
        "¿Qué pasa?",
        "¡Nada!",
        "Véase la pág. 3, p. ej. el art. 5.",
        "Fin.",
    ],
    "it": ["Il sig. Rossi e la dott.ssa Bianchi arrivano.", "Vedi pag. 3, ad es. il cap. 2.", "Poi ecc.", "Gli altri."],
    "pt": ["O Sr. Silva mora na av. Central, n. 5.", "Veja a pág. 3.", "Não há mais."],
    "nl": ["Dhr. Jansen komt bijv. om 8 uur.", "Zie blz. 12 enz.", "De rest blijft."],
    "sv": ["Det finns t.ex. bl.a. två sätt.", "Det är bra."],
    "da": ["Den 5. juni 1849 fik vi en grundlov, dvs. for længe siden.", "Det er godt."],
    "no": ["Den 17. mai feires f.eks. i Oslo.", "Det er bra."],
    "ru": ["А. С. Пушкин родился в 1799 г. в Москве, т. е. давно.", "Он писал и т. д.", "Потом умер.", "См. рис. 3."],
    "ja": ["「はい。」と彼は言った。", "本当ですか?", "日本語の文です！", "次の文。"],
    "zh": ["他说：“好。”", "然后走了。", "你好吗？", "很好！"],
    "hi": ["यह पहला वाक्य है।", "यह दूसरा है।"],
    "ar": ["هل هذا صحيح؟", "نعم."],
    "hy": ["Սա նախադասություն է։", "Սա ևս։"],
    "pl": ["To jest zdanie.", "To jest drugie."],
}  # fmt: skip


@pytest.mark.parametrize("language", BY_LANGUAGE)
def test_sentences_end_where_a_reader_of_the_language_sees_it(language: str) -> None:
    """Its abbreviations, its ordinals and its quotation marks are no ends, its own stops are."""
    expected = BY_LANGUAGE[language]
    joined = ("" if language in ("ja", "zh") else " ").join(expected)
    assert [span.of(joined) for span in sentences(joined, language)] == expected


def test_what_is_not_known_is_cut_as_english() -> None:
    """An unknown language has the rules that hold for most."""
    text = "Mr. Smith came. He left."
    assert sentences(text, "") == sentences(text)
    assert [span.of(text) for span in sentences(text, "vi")] == ["Mr.", "Smith came.", "He left."]

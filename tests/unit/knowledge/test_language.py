"""In which language pages are, parts of pages, and questions."""

import pytest

from bowerbird.knowledge import passages
from bowerbird.knowledge.language import Written, written
from bowerbird.knowledge.spoken import spoken
from bowerbird.knowledge.words import content_stems, stems

PARTS = {
    "en": "This page is written in five languages, and each of its paragraphs says the same of the old tower.",
    "de": "Diese Seite ist in fünf Sprachen geschrieben, und jeder ihrer Absätze sagt dasselbe über den alten Turm.",
    "fr": "Cette page est écrite en cinq langues, et chacun de ses paragraphes dit la même chose de la vieille tour.",
    "es": "Esta página está escrita en cinco idiomas, y cada uno de sus párrafos dice lo mismo de la vieja torre.",
    "ja": "このページは五つの言語で書かれており、それぞれの段落は町の古い塔について同じことを述べています。",
}
FIVE = "\n\n".join(PARTS.values())
ENGLISH = (
    "# Trees\n\nA decision tree asks one question after another, and each of its leaves holds an answer.\n\n"
    "## k-NN\n\n- `fit(X, y)`\n- Müller, K.-R.\n- α = 0.5\n\n```\nfür = wenn(das, nicht)\n```\n\n"
    "The German word for it is Entscheidungsbaum, and the French one is arbre de décision."
)


def test_each_part_of_a_page_in_five_languages_has_its_own() -> None:
    """Where it begins, to the letter; and no passage runs over two."""
    told = written(FIVE)
    found = {language: told.of(FIVE.index(part), FIVE.index(part) + len(part)) for language, part in PARTS.items()}
    cuts = passages(FIVE, told)
    assert found == {language: language for language in PARTS}
    assert [(chunk.language, FIVE[chunk.start : chunk.end]) for chunk in cuts] == list(PARTS.items())


def test_a_page_is_not_torn_apart_by_a_name_or_a_formula() -> None:
    """Code, labels and single words of another language are a part of an English page."""
    assert written(ENGLISH) == Written("en")


def test_a_heading_is_of_what_stands_below_it() -> None:
    """A few words do not say it themselves."""
    text = f"{PARTS['en']}\n\n# La torre\n\n{PARTS['es']}"
    assert written(text).at(text.index("# La")) == "es"


@pytest.mark.parametrize(
    ("text", "stated", "expected"),
    [
        (PARTS["de"], "en", "de"),
        ("k-means | 3 | 4", "fr", "fr"),
        ("k-means | 3 | 4", "xx", ""),
        ("", "de", "de"),
        ("12345 67890", "", ""),
        ("```\nprint('ein Wort und noch ein Wort')\n```", "", ""),
    ],
)
def test_what_a_page_says_of_itself_decides_only_where_its_words_do_not(text: str, stated: str, expected: str) -> None:
    """A German page with lang=en is German; one of numbers is what it says, if that is a language."""
    assert written(text, stated).language == expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What is a package?", "en"),
        ("what year was gulf war", "en"),
        ("Where was Temüjin's patron exiled?", "en"),
        ("die hard movie", "en"),
        ("What does 你好 mean?", "en"),
        ("Was ist ein Paket?", "de"),
        ("Wo ist das Kochbuch?", "de"),
        ("Comment installer un paquet ?", "fr"),
        ("¿Cómo se instala un paquete?", "es"),
        ("O que é um pacote?", "pt"),
        ("Come si installa un pacchetto?", "it"),
        ("Hoe installeer ik een pakket?", "nl"),
        ("Hur installerar jag ett paket?", "sv"),
        ("Как установить пакет?", "ru"),
        ("パッケージとは何ですか", "ja"),
        ("什么是软件包", "zh"),
    ],
)
def test_a_question_is_in_the_language_of_its_small_words(question: str, expected: str) -> None:
    """English is what is not plainly something else."""
    assert spoken(question) == expected


def test_words_are_stemmed_and_left_out_by_their_language() -> None:
    """Endings and small words are each language's own; signs go in pairs; English is as ever."""
    assert stems("Die Häuser der Stadt", "de") == ["die", "haus", "der", "stadt"]
    assert content_stems("Die Häuser der Stadt", "de") == ["haus", "stadt"]
    assert content_stems("l'homme et les maisons", "fr") == ["homm", "maison"]
    assert stems("機械学習 2.5", "ja") == ["機械", "械学", "学習", "2.5"]
    assert content_stems("パッケージを建てました", "ja") == ["パッケージ", "建"]
    assert content_stems("The houses of Jane's city") == content_stems("The houses of Jane's city", "") != []

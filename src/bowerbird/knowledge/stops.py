"""
What tells a full stop that ends a sentence from one that does not, for each language.

Written by hand, and short: the abbreviations that pages have, and the words that open sentences. Of a language that is
not here nothing is known but what is common to most.
"""

from dataclasses import dataclass
from typing import Final, Literal

from bowerbird.knowledge.words import word_set

__all__ = ["Stops", "stops_of"]


@dataclass(frozen=True, slots=True)
class Stops:
    """The words, in lower case, that decide whether a full stop behind them ends a sentence."""

    never_end: frozenset[str]  # a name, a number or the rest of the sentence follows, always
    may_end: frozenset[str]  # they end it when a word that opens sentences follows
    openers: frozenset[str]
    has_ordinals: bool = False  # "am 3. Oktober": a short number may end one as those above may
    unspaced: bool = False  # no space parts sentences
    quotes: Literal["", "spaced", "low"] = ""  # "« Oui. »", "„Ja.“": what closes one opens one elsewhere
    is_english: bool = False


def stops_of(language: str) -> Stops:
    """Those of a language, by its primary subtag; of a text whose language is not known the English ones."""
    return _OF.get(language, _OTHER)


_ENGLISH: Final = Stops(
    never_end=word_set(
        """
        mr mrs mx dr prof sts rev hon lt sgt capt cmdr adm gov sen rep messrs mme mlle e.g i.e eg ie cf vs viz approx
        fig figs eq eqs chap vols nos pp eds al resp incl z.b d.h bzw u.a vgl nr str
        """
    ),
    may_end=word_set(
        """
        etc inc ltd co corp llc plc bros jr sr esq dept univ assn est no p st ms gen col pres ca sec secs ch vol ed ph.d
        m.d b.a m.a b.sc m.sc d.c a.m p.m a.d b.c jan feb mar apr jun jul aug sep sept oct nov dec mon tue wed thu fri
        sat sun u.s u.k u.n e.u u.s.a
        """
    ),
    openers=word_set(
        """
        the this that these those a an it its he she they we i you his her their our my there here in on at for from by
        with as if when while where what who why how but and or so yet however although though because since after
        before during until unless once also then thus hence moreover furthermore meanwhile instead many most some
        several all both each every another other no not now today later
        """
    ),
    is_english=True,
)
_EVERYWHERE: Final = "dr prof fig figs cf vs al pp vol nr tel ing max min"
_MONTHS: Final = "jan feb mar apr jun jul aug sep sept okt oct nov dec dez"


def _stops(
    never: str, may: str, openers: str, *, has_ordinals: bool = False, quotes: Literal["", "spaced", "low"] = ""
) -> Stops:
    return Stops(
        never_end=word_set(f"{_EVERYWHERE} {never}"),
        may_end=word_set(f"{_MONTHS} {may}"),
        openers=word_set(openers),
        has_ordinals=has_ordinals,
        quotes=quotes,
    )


_OTHER: Final = _stops("", "etc", "", quotes="low")
_UNSPACED: Final = Stops(word_set(_EVERYWHERE), frozenset(), frozenset(), unspaced=True)
_NORDIC_OPENERS: Final = "jeg du han hun vi dere de den det dette disse en et ei i på til fra for med av af om når hvis"
_OF: Final = {
    "": _ENGLISH,
    "en": _ENGLISH,
    "de": _stops(
        """
        abb abs allg anm art aufl b bd bes bspw bsp bzgl bzw ca d d.h d.i dipl einschl evtl exkl fr gem ggf ggfs hg hr
        hrn hrsg i i.a i.d.r inkl insb kap lt m.e mio mrd o o.ä o.g od rd s s.o s.u sog st str tab u u.a u.ä u.u urspr v
        verf vgl vs z z.b z.t z.zt zit zus zzgl
        """,
        "chr co etc jh jhd ff gmbh n.chr usf usw uvm v.chr a.d",
        """
        aber alle allerdings als am an auch auf außerdem bei beide beim bis da dabei dadurch dafür daher damit danach
        dann darum das dazu dem den denn der deren deshalb dessen die dies diese dieser dieses doch dort durch ein eine
        einem einen einer eines einige er erst es für heute hier hierbei ich ihr ihre im in ist jede jeder jedes jedoch
        kein keine man mehr mit nach nicht noch nun nur ob obwohl oder ohne sein seine seit seitdem sie sind so sobald
        später trotz trotzdem um und unser unter viele vom von vor wann warum was weil weitere wenn wer wie wir wird wo
        während zu zudem zuerst zum zur zwar zwischen
        """,
        has_ordinals=True,
        quotes="low",
    ),
    "fr": _stops(
        """
        av bd boul c c.-à-d chap coll dir éd ed env ex hab m me mm mme mmes mlle mlles mgr n no p p.ex pr réf s st ste
        suiv tél trad art
        """,
        "etc apr j.-c s.a",
        """
        à afin ainsi alors après au aucun aussi autre aux avant avec car ce cela celle celui ces cet cette chaque comme
        comment d dans de depuis des deux donc dès elle elles en enfin ensuite est et il ils je l la le les leur leurs
        lors lorsque mais même n ni nos notre nous on ou où par parce pendant plus plusieurs pour pourquoi pourtant puis
        puisque quand que quel quelle qui quoi sa sans selon ses seul si son sous sur tous tout toute toutefois toutes
        très tu un une vous y
        """,
        quotes="spaced",
    ),
    "es": _stops(
        """
        admón aprox art arts av avda cap cía d dña dpto dra ed ee ej excmo gral ilmo lic máx mín n núm p p.ej pág págs
        s sr sra sres srta sta sto teléf trad ud uds v vd vds
        """,
        "etc ee.uu uu a.c d.c a.m p.m s.a s.l c",
        """
        a además al algunas algunos antes aquí así aunque bajo cada como con cual cuando de del desde después donde dos
        durante e el él ella ellas ellos en entonces entre era es esa ese eso esta está estas este esto estos fue ha hay
        hoy la las le lo los luego más me mi mientras mucho muchos muy nada ni no nos o otra otro para pero por porque
        pues que quien según ser si sí sin sobre son su sus también tampoco todas todo todos tras tu un una unos y ya yo
        """,
    ),
    "it": _stops(
        """
        art arch avv cap cfr dott dott.ssa dr.ssa ed es fam geom gent jr n on p pag pagg par prof.ssa rag rif s sig sigg
        sig.na sig.ra spett st tab v vd
        """,
        "ecc etc a.c d.c s.p.a s.r.l ca",
        """
        a ad ai al alcuni alla alle anche ancora c che chi ci come con così cui da dal dalla de degli dei del della
        delle dentro di dopo dove due durante e è ed essa essi esso fra gli ha i il in infatti infine inoltre invece io
        l la le lei lo loro lui ma mentre molti nei nel nella nelle né noi non nonostante o oggi ogni oltre per perché
        però poi poiché prima può qual quale quando quello questa queste questi questo quindi se sebbene secondo senza
        si sia solo sono sotto su sua sue sugli sul sulla suo tra tutte tutti tuttavia un una uno voi
        """,
    ),
    "pt": _stops(
        """
        art arts av cap d dra ed eng ex exma exmo fl ltda máx mín n nº núm p p.ex pág págs prof.ª r s sr sra srs srta
        """,
        "etc a.c d.c s.a ltda",
        """
        a ainda além algumas alguns antes ao aos apesar após aqui as assim até cada caso com como contudo da das de
        depois desde do dos durante e é ela elas ele eles em embora enquanto então entre era essa esse esta está estas
        este estes eu foi há hoje isso isto já mais mas mesmo muitos na não nas nem no nos nós num numa o onde os ou
        outra outro para pela pelo pois por porque porém qual quando que quem são se segundo sem seu sob sobre sua suas
        também tal todas todo todos três tudo um uma você
        """,
    ),
    "nl": _stops(
        """
        a.d afb art b bijv blz bv ca ca d d.m.v d.w.z dhr drs e.d evt excl fa hfst i.p.v incl ir jhr m m.a.w m.b.t m.n
        m.u.v mevr mw n.a.v nrs o o.a o.b.v o.l.v p par pag resp st t t.a.v t.b.v t.g.v t.o.v tab v vgl vnl z.g zgn
        """,
        "b.v n.v c.s e.v enz etc jl v.chr n.chr chr",
        """
        aan al alle als bij daar daarna daarom dan dat de deze die dit door dus echter een eerst elk elke en er het hier
        hij hoe hoewel ik in indien is je jij maar men met na naar niet nog nu of om omdat ondanks onder ook op over
        sinds sommige te tegen terwijl toch toen tot totdat tussen u uit vaak van vanaf veel verder volgens voor voordat
        waar waarom wanneer want was wat we wel welke wie wij zij zijn zo zoals zodra ze zonder
        """,
    ),
    "sv": _stops(
        "bl bl.a ca d.v.s dvs ev ex exkl f fr.o.m i ink inkl jfr kap kl m mfl nr p resp s s.k sid st t t.ex u v",
        "etc f.kr e.kr m.fl m.m mm osv kr",
        f"{_NORDIC_OPENERS} jag hon ni från av om och men eller så därför där här ett när efter innan",
    ),
    "da": _stops(
        "bl bl.a ca d.v.s dvs evt f f.eks fx fhv fr hhv hr inkl jf kap kl m maks mht mio mia nr p pga s sml st str",
        "etc f.kr e.kr m.fl m.m m.v mv mm osv kr",
        f"{_NORDIC_OPENERS} og men eller så derfor der her efter før under mens også man alle mange ikke hvad hvor",
        has_ordinals=True,
    ),
    "no": _stops(
        "bl bl.a ca d.v.s dvs ev evt f f.eks fr hhv hr inkl jf kap kl m maks mht mill mrd nr p pga s st",
        "etc f.kr e.kr m.fl m.m mm osv kr",
        f"{_NORDIC_OPENERS} og men eller så derfor der her etter før under mens også man alle mange ikke hva hvor",
        has_ordinals=True,
    ),
    "ru": _stops(
        """
        акад англ гл доц др ед им илл кв коп лат млн млрд напр обл оз пер пл пос пр-т проф рис рр с см соч ср ст стр
        табл т т.е т.к т.н тел тыс ул франц нем
        """,
        "в вв г гг д др н.э пр п пп руб т.д т.п т э",
        """
        а без более был была были было в вам вас весь во вот все всё вы где да даже для до его ее её если есть ещё и из
        или им их к как каждый когда которые кто лишь между многие мы на над не некоторые нет но о об он она они оно от
        перед по под пока поэтому после потом почему при с сейчас сначала со так также такой там тем теперь то тогда
        того только том тут у уже хотя чего чем через что чтобы эта эти это этот я однако затем кроме
        """,
    ),
    "ja": _UNSPACED,
    "zh": _UNSPACED,
}

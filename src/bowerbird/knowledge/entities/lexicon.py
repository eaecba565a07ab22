"""
The few word lists behind the entities: written by hand, English, and only as long as they pay.

`BORDERS` part one noun phrase from the next: small words, common verbs, and adjectives that describe anything.
`HOLLOW` words are nouns that name nothing on their own ("example", "section", "following table").
"""

from typing import Final

from bowerbird.knowledge.words import STOPWORDS, word_set

__all__ = [
    "BORDERS",
    "COMMON",
    "HOLLOW",
    "NO_SINGULAR",
]

COMMON: Final = 10_000  # so many words are everybody's, by the embedder's vocabulary

_VERBS = word_set(
    """
    accept accepts achieve achieved achieves achieving act acts add added adding adds affect affects aim aims
    allow allowed allowing allows appear appeared appears applied applies apply applying assume assumed assumes
    assuming ask asked asks avoid avoids become becomes becoming began begin begins behave behaves believe
    believed benefit benefits born bring brings brought build builds building built buy call called calling
    calls came carry carried cause caused causes change changed changes changing check checked checks choose
    chooses choosing chose chosen claim claimed come comes coming compare compared compares comparing compute
    computed computes computing consider considered considering considers consist consisted consists contain
    contained containing contains control controls convert converts correspond corresponding corresponds cost
    create created creates creating decide decided decides decrease decreases define defined defines defining
    depend depending depends describe described describes describing design designed detect detected detects
    determine determined determines determining develop developed develops differ differs discuss discussed
    divide divided draw drawn draws drop drops enable enables encourage end ended ends ensure ensures estimate
    estimated estimates evaluate evaluated evaluates exist exists expect expected expects explain explained
    explains express extend extends fail fails fall falls feel fell fill find finding finds finish fit fits
    fitted fitting fix follow followed following follows force forced form formed forms found gave generate
    generated generates generating give given gives giving go goes going grow grows handle handled handles
    happen happened happens held help helped helps hold holds ignore ignored illustrate illustrated illustrates
    implement implemented implements imply implies import imported improve improved improves include included
    includes including increase increased increases indicate indicated indicates introduce introduced involve
    involves join joined keep keeps kept know known knows lack lead leads learned learns learnt leave leaves led
    left lie lies limit limited lists live lived lives load loaded look looked looking looks lose lost made
    maintain make makes making manage matter matters mean means meant measure measured measures meet met
    minimize minimizes maximize maximizes move moved moves need needed needing needs note noted notes obtain
    obtained obtains occur occurred occurs offer offered offers open opened optimize perform performed
    performing performs pick picks place placed play played plays plot plotted plots point pointed points prefer
    prefers prepare prepared present presented presents prevent prevents produce produced produces producing
    provide provided provides providing publish published pull push put puts raise raised raises ran reach
    reached reaches read reads receive received receives recommend recommended reduce reduced reduces reducing
    refer referred refers reflect related remain remained remains remember remove removed removes removing
    replace replaced replaces report reported represent represented represents require required requires
    requiring result resulted resulting results return returned returns returning reveal run running runs said
    save saved say saying says see seek seeks seem seemed seems seen select selected selects sell send sends
    sent separate separates serve served serves set sets setting share shared shares show showed showing shown
    shows solve solved solves sort speak specified specifies specify spend split splits spread stand stands
    start started starting starts stay stop stopped stops store stored stores suffer suffers suggest suggested
    suggests support supported supporting supports suppose take taken takes taking talk tell tells tend tends
    test tested think thinks thought throw told took transform transforms treat treated tried tries try trying
    turn turned turns understand update updated updates use used useful uses using vary varies verify wait walk
    want wanted wants went win wins won work worked working works write writes written wrote yield yields denote
    denoted denotes inherit inherits pass passed passes passing predict predicts predicting train trains trained
    training rely relies install installed installs download
    """
)

_LOOSE = word_set(
    """
    able actual additional almost alone along already alternative always another appropriate approximate around
    away back basic best better big bigger biggest broad careful certain cheap clear close common complete
    complex concrete correct corresponding current default deep desired detailed different difficult direct
    distinct due early easy empty enough entire equal equivalent especially essential even exact example
    existing extra fair false familiar famous far fast faster few final fine first five former four free full
    fully further general given good great greater half hard harder hence here high higher highest huge human
    ideal identical important impossible incorrect independent individual initial interesting internal key large
    larger largest last late later latter least left less likely little long longer low lower lowest main major
    max maximal maximum min minimal minimum minor modern multiple mutual natural nearly necessary never new
    newer newest next nice nine normal notable now obvious old older one ones open opposite optional ordinary
    original overall particular perfect plain poor popular possible potential practical precise previous primary
    proper pure quick quite rare ready real reasonable recent regular related relative relevant reliable
    remaining respective right robust rough rest safe second self separate seven several short shorter similar
    simple simpler simplest simplistic single six slight slow slower small smaller smallest so-called soon
    special specific standard still straightforward strong strict subsequent successful sufficient suitable sure
    ten third three together too top total traditional true twice two typical unique unknown unlike upper usable
    useful usual valid various vast very wary weak well whole wide widely wider worst wrong x y z n k i.e e.g
    etc eg ie vs fig figure versus thing things something anything everything nothing someone anyone everyone
    somewhere today tomorrow yesterday ago yet instead rather therefore thus moreover furthermore additionally
    finally firstly secondly nonetheless nevertheless concerning th nd rd al et among amongst across against
    beside besides beyond despite except inside near outside per regarding regardless since till toward towards
    underneath unless versus whereas whether whichever whoever let lets mr mrs ms dr prof
    """
)

HOLLOW = word_set(
    """
    abstract acknowledgement acknowledgements advantage advantages amount answer approach approaches article
    articles aspect aspects author authors average background basis bit book books bottom box button case cases
    chapter chapters choice code column columns comment comments conclusion conclusions contact content contents
    copyright cookie cookies couple course day days date degree description detail details difference
    differences disadvantage disadvantages discussion documentation edge effect element elements entry equation
    error errors event examples experiment explanation extension extent fact facts factor feature features
    feedback field fields file files footer form formula function functions group groups guide header home hour
    hours idea ideas image images implementation information input inputs interest introduction issue issues
    item items kind kinds length level levels line lines link links list location login lot manner manual map
    material menu method methods mind minute minutes module month months name names navigation note notes number
    numbers object objects option options order other others output outputs overview page pages paper papers
    paragraph parameter parameters part parts people percent period person picture piece pieces place places
    point points policy position post posts principle privacy problem problems procedure process product program
    project property properties purpose question questions range reason reasons reference references release
    remark report resource resources role row rows rule rules sample samples scenario script search section
    sections sense sentence series setting settings shape side sign site sites situation size snippet solution
    solutions sort source space start state statement step steps story structure study style subject subset
    summary system systems table tables task tasks technique techniques term terms text time times tip tips
    title tool tools topic topics total tutorial type types unit units usage use user users value values variant
    version versions video view way ways website week weeks word words work world year years warning attribute
    attributes argument arguments raises yields
    """
)

BORDERS = STOPWORDS | _VERBS | _LOOSE

# Words that end in s and are not plurals.
NO_SINGULAR = word_set(
    """
    analysis bias basis bus canvas chaos class corpus news lens gas series species means pandas mathematics
    physics statistics economics ethics politics status focus process loss less axis thesis hypothesis diagnosis
    synthesis kubernetes windows paris texas kansas jesus james thomas charles
    """
)

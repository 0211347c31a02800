"""Words of names that say little about whose they are: titles, particles, company forms.

Engineering tables, short on purpose: what is not in them is compared letter by letter.
"""


def _split(text: str) -> tuple[str, ...]:
    return tuple(text.split())


TITLES = frozenset(
    _split("""mr mrs ms miss dr prof professor sir dame lord lady president prasident haji
    hajji hadji hajj mullah mulla maulavi mawlawi maulawi qari sheikh shaikh
    shaykh sheik sayyid sayed seyed gen general col colonel major capt captain
    ayatollah imam alhaj ustad engineer mv ms ss mt jr sr herr frau monsieur
    madame senor senora don dona""")
)
PARTICLES = frozenset(
    _split("""al el ul ur ad an ar as ash at bin ibn ben
    bint binti bent abu de del della di da do dos das du la le les van von der den
    ten zu zum zur y e of the and und et i""")
)
SERVANTS = frozenset(("abd", "abdul", "abdel", "abdal", "abdur", "abder"))
"""Ways to begin a name that goes on: half a word, and the same in all spellings."""
FORMS = {
    word: form
    for form, words in {
        "limited": """ltd limited llc lc ooo gmbh sarl srl spzoo sp zoo bv pty pte bvba kft doo
            tov eood ood sl lda ltda fze fzco fzc""",
        "stock": """inc incorporated corp corporation plc ag sa nv oyj ab asa as spa se kk jsc ojsc
            pjsc cjsc zao oao pao ao pt tbk joint stock aktiengesellschaft aktiebolag""",
        "partnership": "lp llp kg ohg gbr cv",
        "company": "co company cie kompania",
    }.items()
    for word in words.split()
}
"""Legal forms by what they are forms of; a form of another kind says a little against a match."""
PHRASES = (
    ("limited liability company", "llc"),
    ("public limited company", "plc"),
    ("open joint stock company", "ojsc"),
    ("public joint stock company", "pjsc"),
    ("closed joint stock company", "cjsc"),
    ("joint stock company", "jsc"),
    ("obshchestvo s ogranichennoy otvetstvennostyu", "llc"),
    ("obschestvo s ogranichennoj otvetstvennostju", "llc"),
    ("obshestvo s ogranichennoi otvetstvennostiu", "llc"),
    ("tovarystvo z obmezhenoiu vidpovidalnistiu", "llc"),
    ("aktsionernoe obshchestvo", "jsc"),
    ("aktsionerne tovarystvo", "jsc"),
    ("societatea cu raspundere limitata", "srl"),
    ("societe anonyme", "sa"),
    ("sociedad anonima", "sa"),
    ("societa per azioni", "spa"),
    ("korlatolt felelossegu tarsasag", "kft"),
    ("gesellschaft mit beschrankter haftung", "gmbh"),
    ("besloten vennootschap", "bv"),
    ("sp z o o", "spzoo"),
    ("g m b h", "gmbh"),
    ("l l c", "llc"),
)
GENERIC = frozenset(
    _split("""group holding holdings international company bank trading industries industry
    services service general trade global enterprise enterprises business systems
    solutions technology technologies management investment investments partners
    capital foundation organization organisation institute center centre national
    corporation export import shipping""")
)
NICKNAMES = {
    short: whole
    for whole, shorts in {
        "alexander": "alex aleks sasha alec alejandro aleksandr alexandre oleksandr",
        "benjamin": "ben benny",
        "william": "bill will billy",
        "robert": "bob rob bobby",
        "richard": "dick rick",
        "james": "jim jimmy jamie",
        "john": "jack johnny jon",
        "joseph": "joe josef giuseppe jose yusuf yousef yosef",
        "michael": "mike mick mikhail michel miguel",
        "thomas": "tom tommy tomas",
        "edward": "ed eddie ted",
        "charles": "charlie chuck carlos karl",
        "anthony": "tony antonio anton",
        "daniel": "dan danny",
        "matthew": "matt matteo",
        "nicholas": "nick nicolas nikolai nikolay",
        "peter": "pete pyotr petr pedro",
        "samuel": "sam sami",
        "stephen": "steve steven stefan",
        "vladimir": "volodymyr vova wladimir uladzimir",
        "dmitry": "dima dmitri dmytro dmitriy",
        "sergey": "sergei serhii sergiy serge",
        "elizabeth": "liz beth lisa betty",
        "katherine": "kate cathy catherine ekaterina",
        "muhammad": "mohammed mohamed mohammad mohamad muhammed mohd mehmet maxamed mahomed",
        "usama": "osama",
        "ahmad": "ahmed achmed",
        "hussein": "husayn hussain husain hosein",
        "yury": "yuri juri iouri jurij yuriy",
    }.items()
    for short in shorts.split()
}
"""Names that are short for others, or the same in another language."""

LONG_FORM = 10
"""Letters from which on a legal form may be mistyped."""
_ONES = _split("""one two three four five six seven eight nine ten eleven twelve thirteen
    fourteen fifteen sixteen seventeen eighteen nineteen""")
_TENS = _split("twenty thirty forty fifty sixty seventy eighty ninety")
NUMBERS = {word: number for number, word in enumerate(_ONES, 1)} | {
    word: 10 * number for number, word in enumerate(_TENS, 2)
}

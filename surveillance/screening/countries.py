"""Countries as lists write them, in English, against the two letters by which customers are known.

Those from which people are listed, and where venues have customers; a country that is not here is
compared by its text, and where one side has a code and the other an unknown name nothing is said.
"""

_NAMES = """AE united arab emirates| AF afghanistan| AL albania| AM armenia| AO angola| AR
argentina| AT austria| AU australia| AZ azerbaijan| BA bosnia and herzegovina| BD bangladesh| BE
belgium| BG bulgaria| BH bahrain| BI burundi| BR brazil| BY belarus| CA canada| CD congo,
democratic republic of the| CD democratic republic of the congo| CF central african republic| CH
switzerland| CL chile| CN china| CO colombia| CU cuba| CY cyprus| CZ czech republic| DE germany| DK
denmark| DZ algeria| EG egypt| ER eritrea| ES spain| ET ethiopia| FI finland| FR france| GB united
kingdom| GE georgia| GR greece| GT guatemala| HK hong kong| HN honduras| HR croatia| HT haiti| HU
hungary| ID indonesia| IE ireland| IL israel| IN india| IQ iraq| IR iran| IR iran (islamic republic
of)| IT italy| JO jordan| JP japan| KE kenya| KP korea, north| KP north korea| KP democratic
people's republic of korea| KR korea, south| KR south korea| KW kuwait| KZ kazakhstan| LB lebanon|
LR liberia| LY libya| MA morocco| MD moldova| ME montenegro| MK north macedonia| ML mali| MM burma|
MM myanmar| MX mexico| MY malaysia| NG nigeria| NI nicaragua| NL netherlands| NO norway| PA panama|
PE peru| PH philippines| PK pakistan| PL poland| PT portugal| PY paraguay| QA qatar| RO romania| RS
serbia| RU russia| RU russian federation| RW rwanda| SA saudi arabia| SD sudan| SE sweden| SG
singapore| SI slovenia| SK slovakia| SO somalia| SS south sudan| SY syria| SY syrian arab republic|
TH thailand| TJ tajikistan| TM turkmenistan| TN tunisia| TR turkey| TW taiwan| TZ tanzania| UA
ukraine| UG uganda| US united states| UZ uzbekistan| VE venezuela| VN vietnam| VN viet nam| TZ
united republic of tanzania| TD chad| CG congo| GW guinea-bissau| OM oman| TR türkiye| TR turkiye|
MR mauritania| NE niger| US united states of america| PS state of palestine| GB united kingdom of
great britain and northern ireland| SN senegal| TT trinidad and tobago| LI liechtenstein| HK china,
hong kong special administrative region| VG british virgin islands| MH marshall islands| KM
comoros| LA laos| KH cambodia| MT malta| EE estonia| LV latvia| LT lithuania| LU luxembourg| IS
iceland| NZ new zealand| LK sri lanka| NP nepal| KG kyrgyzstan| SC seychelles| KY cayman islands|
GH ghana| CM cameroon| CI côte d'ivoire| BF burkina faso| MZ mozambique| ZM zambia| SV el salvador|
CR costa rica| EC ecuador| BO bolivia| DO dominican republic| JM jamaica| BZ belize| UY uruguay| MN
mongolia| AE uae| YE yemen| ZA south africa| ZW zimbabwe"""
_CODES = {
    name: code
    for code, _, name in (" ".join(part.split()).partition(" ") for part in _NAMES.split("|"))
}


def codes(texts: str | None) -> frozenset[str]:
    """Return the countries of a text that joins several by semicolons, as far as known."""
    parts = (part.strip() for part in (texts or "").split(";"))
    known = (part.upper() if len(part) == 2 else _CODES.get(part.casefold()) for part in parts)
    return frozenset(code for code in known if code)

"""Ordinary names: the commonest given and family names of some countries, every one with another.

They are of nobody; what of them is on a list is there by chance.
"""

from random import Random


def _split(text: str) -> tuple[str, ...]:
    return tuple(text.split())


GIVEN = _split("""James Mary Robert Patricia John Jennifer Michael Linda David Elizabeth William
    Barbara Richard Susan Joseph Jessica Thomas Karen Charles Sarah Lukas Anna
    Leon Lena Felix Laura Paul Julia Jonas Lisa Pierre Camille Louis Chloe Hugo
    Manon Mathieu Sophie Luca Giulia Marco Francesca Matteo Chiara Andrea Elena
    Pablo Lucia Javier Carmen Diego Marta Alvaro Sofia Joao Beatriz Miguel Ines
    Tiago Daan Emma Sem Sanne Bram Lars Erik Ingrid Johan Astrid Mikkel Freja Jan
    Katarzyna Piotr Agnieszka Tomasz Zofia Petr Tereza Andrei Ioana Mihai Elif
    Mehmet Ayse Mustafa Zeynep Rahul Priya Arjun Ananya Yuki Haruto Sakura Minjun
    Wei Na Budi Siti Agus Dewi""")
FAMILY = _split("""Smith Johnson Williams Brown Jones Garcia Miller Davis Wilson Anderson Taylor
    Moore Jackson Martin Lee Thompson White Harris Clark Lewis Mueller Schmidt
    Schneider Fischer Weber Wagner Becker Hoffmann Koch Bauer Dubois Durand Leroy
    Moreau Lefebvre Fournier Girard Mercier Rossi Russo Ferrari Esposito Bianchi
    Romano Ricci Greco Gonzalez Lopez Sanchez Perez Gomez Ruiz Alonso Navarro
    Silva Santos Oliveira Pereira Almeida Ferreira DeJong Bakker Visser Smit
    Meijer Johansson Karlsson Nilsson Lindberg Jensen Nielsen Hansen Kowalski
    Nowak Wojcik Lewandowski Novak Svoboda Dvorak Popescu Ionescu Yilmaz Kaya
    Demir Celik Sharma Patel Reddy Iyer Tanaka Suzuki Watanabe Kim Park Wang Chen
    Zhang Santoso Wijaya Hidayat""")


def ordinary(count: int, seed: int) -> list[str]:
    """Return so many different names, the same for the same seed."""
    every = [f"{given} {family}" for given in GIVEN for family in FAMILY]
    return Random(seed).sample(every, count)  # noqa: S311 - names, no secret


def mistyped(name: str, chance: Random) -> str:
    """Return a name with one letter wrong, missing, added, or changed for the next."""
    places = [place for place, letter in enumerate(name) if letter.isalpha()]
    place, letter = chance.choice(places), chance.choice("abcdefghijklmnopqrstuvwxyz")
    before, after = name[:place], name[place + 1 :]
    swapped = before + after[:1] + name[place] + after[1:]
    return chance.choice([before + letter + after, before + after, before + letter + name[place:],
                          swapped])  # fmt: skip

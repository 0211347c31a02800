"""``python -m benchmarks.labelled WORK DATA``: judge labelled sets of others, and write a page.

DATA has the folders ``exchange-labelled``, ``abides-spoofing`` and ``abides-benign``. What rules
are tuned on is judged without ``--held``; with it, the sets that are read once, at the end.
"""

import argparse
import shutil
import sys
from pathlib import Path

from benchmarks.labelled.judged import everything, labelled
from benchmarks.labelled.moved import Moved, moved
from benchmarks.labelled.page import Judged, page
from benchmarks.stamp import stamp

PAGE = Path(__file__).parent / "README.md"
_VENUES = Path(__file__).parents[2] / "tests" / "venues"
_TUNED = {
    "exchange-labelled/seed1": "exchange-labelled",
    "abides-spoofing/run_s1": "abides",
    "abides-spoofing/control_s101": "abides",
    "abides-benign/run_s1": "abides",
}
_HELD = {"exchange-labelled/seed2": "exchange-labelled", "abides-spoofing/run_s2": "abides"}
_MOVED = "exchange-labelled/seed1"
_ACCOUNTS = "accounts.csv"


def main() -> None:
    """Judge what is asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("work", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("--held", action="store_true", help="also what rules were never tuned on")
    parser.add_argument("--moved", action="store_true", help="also every number moved by a fifth")
    asked = parser.parse_args()
    sets = {**_TUNED, **(_HELD if asked.held else {})}
    judged: list[Judged] = []
    moves: list[Moved] = []
    for name, venue in sets.items():
        folder = asked.data / name
        moves += _judge(asked.work, name, venue, folder, judged, asked.moved)
        if (folder / _ACCOUNTS).exists():
            bare = _without_accounts(asked.work, name, folder)
            _judge(asked.work, f"{name}, owners withheld", venue, bare, judged, moves=False)
    flags = "".join(f" --{flag}" for flag in ("held", "moved") if getattr(asked, flag))
    command = f"python -m benchmarks.labelled WORK DATA{flags}"
    PAGE.write_text(page(command, stamp(), judged, moves), encoding="utf-8")


def _judge(
    work: Path, name: str, venue: str, folder: Path, judged: list[Judged], moves: bool
) -> list[Moved]:
    """Judge one set, add it to what was judged, and move numbers where that is asked."""
    home = work / name.replace("/", "-").replace(", ", "-").replace(" ", "-")
    with labelled(home, _VENUES / f"{venue}.yml", folder) as of:
        verdicts = everything(of)
        counts = [of.counted(truth, verdicts.values()) for truth in of.truth.typologies]
        clean = len(of.truth.clean)
        judged.append(Judged(name, counts, clean, of.on_clean(verdicts.values())))
        sys.stderr.write(f"{name}\n")
        return list(moved(of, verdicts)) if moves and name == _MOVED else []


def _without_accounts(work: Path, name: str, folder: Path) -> Path:
    """Lay a set beside that tells nothing of who owns what."""
    bare = work / "bare" / name
    shutil.rmtree(bare, ignore_errors=True)
    bare.mkdir(parents=True)
    for file in folder.iterdir():
        text = file.read_bytes()
        is_accounts = file.name == _ACCOUNTS
        (bare / file.name).write_bytes(_owning_themselves(text) if is_accounts else text)
    return bare


def _owning_themselves(text: bytes) -> bytes:
    """Keep who is a client and who the house; drop owners and links."""
    head, *lines = text.decode().splitlines()
    rows = (line.split(",") for line in lines)
    return "\n".join([head, *(f"{row[0]},,{row[2]}," for row in rows)]).encode() + b"\n"


if __name__ == "__main__":
    main()

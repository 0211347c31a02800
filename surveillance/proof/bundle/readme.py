"""What a bundle says of itself, to somebody who has never seen one."""

from collections.abc import Sequence

from surveillance.model import Run
from surveillance.times import format_time


def readme(run: Run, tables: Sequence[str]) -> str:
    """Write how to check the bundle of a run, what is in it, and who may see it."""
    return f"""EVIDENCE BUNDLE of surveillance run {run.id}

Activity from {format_time(run.window.start)}
to            {format_time(run.window.end)} (not included),
as it was known at {format_time(run.as_of)}, was judged by {len(run.verdicts)} rules.
Digest over everything that the rules said: {run.digest}

HOW TO CHECK IT
1. That the bundle is whole, with standard tools:
       unzip run-{run.id}.evidence.zip -d bundle
       cd bundle && sha256sum -c SHA256SUMS
   (macOS: shasum -a 256 -c SHA256SUMS.)
2. That the verdicts follow from it, on any machine with the software named below:
       surveillance replay verify run-{run.id}.evidence.zip
   It needs no database, no settings and no network. It judges the activity again by the rules
   and models of the run, compares every hit, score and piece of evidence, and says "equal" or
   what differs. Exit code 0 is equal, 1 is different, 2 is that this is not a bundle.
3. That it is the run which was made then, and not one made up since: the sums show that the file
   is whole, not who made it. Compare the digest above with the one printed in a report or a replay
   certificate, or ask for the journal: journal.json is its entry on this run, and a report prints
   later places of the same chain.

WHAT IS IN IT
   manifest.json         everything that the run depended on, each named by its digest; the first
                         16 digits of the sha256 of this file are the name of the run
   run.json              what each rule said: outcome, hits, scores, evidence
   rules/                the text of every rule version that judged
   artefacts/            features, segments and fitted detectors, as text and JSON; the name of
                         each file is its sha256
   activity/*.parquet    what was known of each table at that time, as far back as the rules look:
                         {", ".join(tables) or "nothing"}
   activity/landed.json  the files of the venue's lake that these rows were taken from; their
                         names end in their sha256
   journal.json          the entry of the journal on this run

CONFIDENTIAL. The activity is the venue's, and of a private venue it carries personal data: who
traded, paid and signed in, from where, and what is known of them. Keep it as you keep such data,
and tell nobody who is in it: that a report was considered may not be disclosed.

Recorded with software {run.manifest["code"]}
under {", ".join(f"{name} {said}" for name, said in sorted(run.manifest["libraries"].items()))}
Another version may be used; the replay then says so, and compares all the same.
"""

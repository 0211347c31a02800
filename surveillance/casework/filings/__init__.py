"""Filings: what is reported to an authority, and how far that has come.

    draft -> approved -> sent -> acknowledged
                           \\-> returned -> amended by another, which goes the same way

A draft is rendered once and then never changes: a second officer approves that very PDF, by its
digest. Nothing is sent from here; that it was, when, to whom and under which reference is recorded
by who sent it. Times of others cannot lie ahead of now, nor before what they follow.
"""

from surveillance.casework.filings.moves import (
    acknowledged,
    approve,
    draft,
    expect_draftable,
    refuse,
    returned,
    sent,
)
from surveillance.casework.filings.register import (
    allowed,
    approval_of,
    closings,
    expect_none_under_way,
    listed,
    of_case,
    require_sent,
    unreported,
)
from surveillance.casework.filings.states import OPEN, STANDING, FilingAction

__all__ = [
    "OPEN",
    "STANDING",
    "FilingAction",
    "acknowledged",
    "allowed",
    "approval_of",
    "approve",
    "closings",
    "draft",
    "expect_draftable",
    "expect_none_under_way",
    "listed",
    "of_case",
    "refuse",
    "require_sent",
    "returned",
    "sent",
    "unreported",
]

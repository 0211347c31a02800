"""The measure: how well the rules find abuse that is known, over simulated weeks.

Weeks whose rules were tuned on them say only that a rule works; how well, other weeks say. So the
seeds are named, and those that were tuned on are told apart from those that score.
"""

from surveillance.studies.measure.accused import Accusation, Accused, accused
from surveillance.studies.measure.measured import Plan, journalled, measure, plan

__all__ = ["Accusation", "Accused", "Plan", "accused", "journalled", "measure", "plan"]

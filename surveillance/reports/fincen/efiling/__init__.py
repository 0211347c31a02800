"""What FinCEN checks of a batch: its schema, and the rules of e-filing that no schema can say.

The rules are those of the SAR XML user guide (versions 1.0 to 1.6) as far as it could be read, and
of acknowledgements that are published; where the number of a FinCEN error was among that, the
refusal ends with it. What FinCEN only warns of is refused here as well: a report that stands alone
should not come back with warnings.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree

from surveillance.reports.fincen.efiling import activity, addresses, numbers, parties, texts

_SCHEMA = Path(__file__).parents[1] / "sarx-batch-1.2.xsd"
_RULES: tuple[Callable[[Any], Iterator[str]], ...] = (
    texts.counts,
    texts.faults,
    parties.faults,
    numbers.faults,
    addresses.faults,
    activity.faults,
)


def faults(body: bytes, at: datetime) -> list[str]:
    """Return why FinCEN would send back a batch that is filed at this moment, if it would."""
    root = etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True))
    schema = _schema()
    if not schema.validate(root):
        return [f"line {each.line}: {each.message}" for each in schema.error_log]
    return [fault for rule in _RULES for fault in rule(root)] + list(activity.late(root, at))


@cache
def _schema() -> Any:
    return etree.XMLSchema(etree.parse(str(_SCHEMA)))

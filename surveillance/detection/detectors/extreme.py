"""A trader who cannot be overlooked: far beyond every peer in every feature, and not before.

Whether it is picked says that the detector, the tail behind its p-values and the budget still work
together; it says nothing of anomalies nearer to the peers.
"""

from collections.abc import Iterator

import pyarrow as pa

from surveillance.detection.detectors.anomalies import SEGMENT, Fitted
from surveillance.detection.detectors.peers import beyond
from surveillance.detection.detectors.scoring import Scored, score


def extremes(fitted: Fitted, name: str) -> Iterator[tuple[str, Scored]]:
    """Score a trader called ``name`` who is far beyond all peers, in each group that is used."""
    for group, peers in fitted.groups.items():
        if fitted.powers[group] is not None:
            segment = group.removeprefix(SEGMENT)
            far = beyond(peers.rows, len(fitted.spec.features))
            columns = zip(fitted.spec.columns, far, strict=True)
            table = pa.table(
                {"trader_id": [name]} | {feature: [float(value)] for feature, value in columns}
            )
            yield segment, score(fitted, table, {name: segment})[0]

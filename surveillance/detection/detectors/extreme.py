"""A trader who cannot be overlooked: far beyond every peer in every feature of a fitted detector.

Whether it is picked says that the detector, the tail behind its p-values and the cut at a rate of
false discoveries still work together; it says nothing of anomalies nearer to the peers.
"""

from collections.abc import Iterator, Mapping

import numpy as np
import pyarrow as pa

from surveillance.detection.detectors.anomalies import ALL, Fitted, Scored, score
from surveillance.detection.scaling import Matrix

_FAR = 1000
"""It stands this many times as far from the middle as the farthest peer."""


def extremes(
    fitted: Fitted, segments: Mapping[str, str], name: str
) -> Iterator[tuple[str, Scored]]:
    """Score a trader called ``name`` who is far beyond all peers, once in each fitted group.

    It is scored beside all traders of the fit: false discoveries are controlled among those who
    are scored together.
    """
    everybody = fitted.groups[ALL]
    for group, peers in fitted.groups.items():
        segment = group.removeprefix("segment ")
        rows = np.vstack([everybody.rows, _beyond(peers.rows)])
        columns = zip(fitted.spec.features, rows.T, strict=True)
        table = pa.Table.from_pydict(
            {"trader_id": [*everybody.traders, name]}
            | {feature: pa.array(values, from_pandas=True) for feature, values in columns}
        )
        yield segment, score(fitted, table, {**segments, name: segment})[-1]


def _beyond(rows: Matrix) -> Matrix:
    known = np.nan_to_num(rows, nan=0.0)
    middle = np.median(known, axis=0)
    farthest = np.abs(known - middle).max(axis=0)
    return np.asarray(middle + _FAR * np.where(farthest > 0, farthest, 1.0))

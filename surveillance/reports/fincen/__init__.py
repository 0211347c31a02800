"""A suspicious activity report as FinCEN's XML, ready for a batch; see ``batch`` and ``efiling``.

``sarx-batch-1.2.xsd`` is FinCEN's own schema of the batch (version 1.2 of 17 December 2021), a work
of the United States Government and so in the public domain there; it is here as published, to
validate with.
"""

from surveillance.reports.fincen.batch import written
from surveillance.reports.fincen.efiling import faults

__all__ = ["faults", "written"]

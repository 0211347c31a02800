"""Tables of what runs rest on: bytes by digest, segment models, fitted detectors."""

from datetime import datetime

from sqlmodel import Field

from surveillance.records.tables.row import Row


class Artefact(Row, table=True):
    """Bytes named by their SHA-256: rule texts, segment models, fitted detectors."""

    __tablename__ = "artefacts"

    digest: str = Field(primary_key=True)
    kind: str
    body: bytes
    created_at: datetime


class SegmentModel(Row, table=True):
    """A frozen segment model; recalibration adds a version."""

    __tablename__ = "segment_models"

    version: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    digest: str = Field(foreign_key="artefacts.digest")
    fitted_from: datetime
    fitted_to: datetime
    created_at: datetime


class DetectorModel(Row, table=True):
    """A detector fitted for one rule version on the activity of one window."""

    __tablename__ = "detector_models"

    rule_id: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    fitted_to: datetime = Field(primary_key=True)
    digest: str = Field(primary_key=True, foreign_key="artefacts.digest")
    rule_digest: str = Field(index=True)
    fitted_from: datetime
    created_at: datetime

"""Who submits a report: the venue, as its settings describe it.

Nothing is mandatory, because a report must be possible on the first day; what is missing is
printed as NA with the reason, and the regulator sees that too.
"""

from pydantic import BaseModel, ConfigDict


class Institution(BaseModel):
    """The reporting entity; every field is text as it shall be printed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = ""
    legal_form: str = ""
    lei: str = ""
    address: tuple[str, ...] = ()
    country: str = ""
    acting_capacity: str = ""
    trading_activity: str = ""
    contact_name: str = ""
    contact_position: str = ""
    contact_email: str = ""
    mic: str = ""
    jurisdiction: str = ""

"""What sets the pages otherwise than then is named: it may be why the bytes differ."""

import shutil
from pathlib import Path

from sqlmodel import select

from surveillance import rendering
from surveillance.records.tables import Case, Report
from tests.given.installations import LATER, Home


def test_templates_that_are_others_by_now_are_named(own_small: Home, tmp_path: Path) -> None:
    place = own_small.opened()
    with place.session() as session:
        case_id = session.exec(select(Case.id)).first() or ""
    rendering.render(place, case_id, "case-file", "officer", LATER)
    templates = shutil.copytree(place.settings.templates, tmp_path / "templates")
    with (templates / "reports" / "style.css").open("a") as style:
        style.write("\nh2 { color: #123456; }\n")
    elsewhere = place.settings.model_copy(update={"templates": templates})
    with place.session() as session:
        number = session.exec(select(Report.id)).one() or 0
        assert rendering.changed(session, place.settings, number) == []
        [note] = rendering.changed(session, elsewhere, number)
        assert note.startswith("templates was ")
    place.engine.dispose()

"""What a process that forks imports once, before it forks."""

from tests.given.forked import import_all

import_all()

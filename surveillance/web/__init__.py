"""The screens: rendered on the server, plain without JavaScript, and quicker with it.

Nothing is decided here. A handler finds out who asks, lets the case wing do or refuse what they
ask for, and shows what is then true. Every read of a case is recorded before it is shown.
"""

from surveillance.web.app import create_app

__all__ = ["create_app"]

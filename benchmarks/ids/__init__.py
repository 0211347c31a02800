"""What joins cost by which key: the choice that ``surveillance/activity/ids.py`` made."""

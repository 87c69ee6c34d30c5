"""How dates and times are written where nothing else is said, such as in the lists of the admin."""

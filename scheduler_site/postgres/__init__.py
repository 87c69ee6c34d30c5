"""Django's backend for PostgreSQL, which finds more kinds of errors to be nobody's fault: see `base`."""

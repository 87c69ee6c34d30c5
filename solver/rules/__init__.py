"""What makes a schedule legal, rule by rule, straight from the definitions in `solver.problem`.

    grounds (what is placed where) → phases · machines · crews · links · decisions

Nothing here is shared with whatever makes schedules, `solver.calendars` and `solver.timing` included, so that no error can hide
by being made twice. `solver.verify` applies all of it, where `glance` does not show that it need not.
"""

"""How plans are decided: runs, their events, the lease that guards them, and the schedules that start them by themselves.

    launch (freeze → diagnose → row) → queue → execution (claim → child process → recorder) → finish with a draft plan
                         steward: reaps dead leases, rings again, enforces time limits

PostgreSQL is the only truth. A message in the broker carries a run's id and nothing else: losing the broker loses nothing.
A message names a run, but whoever hears it takes the most urgent one. What can go wrong is in `failures`, with what is done about
it; while the search fails altogether, `circuit` has runs answered by dispatching rules.
`leases` is the only writer of `Run.state`; every write of a process that executes a run is fenced by its attempt number.
"""

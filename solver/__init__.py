"""The scheduling core: a frozen Problem in, a verified Schedule out.

    problem → diagnose → search (dispatch → portfolio: local search ∥ CP-SAT ∥ neighbourhoods) → events → schedule → verify

Pure Python and OR-Tools; no Django, no network, no files but those of its own command line. This module imports nothing, so that
the web process can use `solver.problem` without loading OR-Tools.

the question     problem.py · records.py (JSON, strictly) · calendars.py · history.py · frozen.py · skills.py · visits.py
its faults       diagnose.py over faults/: rows first, then what certainly cannot be planned
the answer       schedule.py, judged by verify.py over rules/, which share nothing with what makes schedules
first plans      dispatch.py: rules over the one decoder, decode.py over decoding/ and arrays.py, timed by timing.py
improving        search.py → portfolio.py: local_search.py in list_search.py · neighbourhoods.py in polish.py and compaction.py ·
                 formulation/ on the whole; they share incumbent.py, bounds.py and halt.py, and speak through events.py
why impossible   conflicts.py: which kind of demand is to blame
outside          process/ (the search in a child process) · instances/ (public file formats) · __main__.py (command line)

`diagnose`, `verify`, `decode` and `process` are one function or class each in front of a package, because each is a dozen rules
or duties that are read and tested one at a time. What explains an infeasible problem is one file until there is more of it. The
decoder is plain Python: it needs no compiler and no cache, and a list of ten thousand operations takes it seconds.
"""

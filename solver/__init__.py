"""The scheduling core: a frozen Problem in, a verified Schedule out.

    problem → diagnose → search (dispatch → portfolio) → events → schedule → verify

Python, a compiled kernel and OR-Tools; no Django, no network, no files but those of its own command line and of the kernel. This
module imports nothing, so that the web process can use `solver.problem` without loading OR-Tools.

the question     problem.py · records.py (JSON, strictly) · calendars.py · history.py · frozen.py · skills.py · visits.py
its faults       diagnose.py over faults/: rows first, then what certainly cannot be planned
the answer       schedule.py, judged by verify.py over rules/, which share nothing with what makes schedules
first plans      dispatch.py: repair.py where a plan is published, then rules, over the one decoder: decode.py over arrays.py,
                 clusters.py and kernel/
improving        search.py → portfolio.py, once, or by tiers.py for each tier of the objective; it shares out the threads:
                 list_search.py over local_search.py     annealing over lists, whatever binds; before that whole orders are
                                                         urged, by all threads together (urgings.py)
                 tabu_search.py with elites.py           plain shops (bare.py says what is plain)
                 section_search.py                       large ones of them
                 project_search.py with pools.py         projects: only capacities bind
                 formulation/                            CP-SAT on the whole: proofs
                 polish.py over neighbourhoods.py        CP-SAT on a part, the rest fixed; compaction.py
                 bounds/                                 what no schedule can be better than
                 they share incumbent.py, aim.py and halt.py, and speak through events.py
the same again   counted.py, where steps are counted; canonical.py over colours.py and sayings.py: one form for all ways to put
                 a problem
why impossible   conflicts.py: which kind of demand is to blame
outside          process/ (the search in a child process) · garbage.py (none is collected before there is a plan) · instances/
                 (public file formats) · bench/ (how good it is, beside others) · __main__.py (command line)

`diagnose`, `verify`, `decode` and `process` are one function or class each in front of a package, because each is a dozen rules
or duties that are read and tested one at a time.
"""

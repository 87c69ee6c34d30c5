"""The scheduling core: a frozen Problem in, a verified Schedule out.

    problem → diagnose → search (dispatch, formulation, neighbourhoods) → events → schedule → verify

Pure Python and OR-Tools; no Django, no network, no files outside its own command line. This module imports nothing, so that the
web process can use `solver.problem` without loading OR-Tools.
"""

"""The CP-SAT side of a Problem: variables, then one file per constraint family, each a function that reads like mathematics.

    grounds (what never changes) → spans (earliest, latest) → ways (what one operation may do) → variables
      → modes, machines, setups, precedences, sequence, wip, crews → objective → energy → hints (build) → solving → extract

Every family says in its docstring whether it is *exact* (the rule itself), *redundant* (follows from the others, helps the
proof), a *relaxation* (weaker than the rule: its bound holds, its solutions may not) or a *restriction* (stronger: its solutions
hold, its bound does not).
"""

"""What can be seen of a schedule at a glance: that it surely breaks no rule, or where that is in doubt.

    columns → modes · setups → laid → machines · people · links · decisions → glance

Every condition here is one of whole columns, and holds only where the rule itself has nothing to say. Where it does not hold, the
rule is asked; it alone finds the words. Like the rules, all of it is read straight from the definitions in `solver.problem`.
"""

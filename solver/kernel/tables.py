"""The layout of the tables: rows are things, columns are named here. Ticks and numbers are int64 throughout."""

from __future__ import annotations

from typing import TypeAlias

from solver.kernel.blocks import ANY_WIDTH, LIST, NUMBER, Array, Block, Layout

Plant: TypeAlias = Block
State: TypeAlias = Block
Scratch: TypeAlias = Block
Search: TypeAlias = Block
Path: TypeAlias = Block
Project: TypeAlias = Block
Population: TypeAlias = Block
Table: TypeAlias = Array
Row: TypeAlias = Array
"""What functions of the kernel take, besides numbers. `compiling` knows these names."""

NEVER = 2**60
NONE = -(2**60)
"""No instant: an operation without a fixed start, an order without a due date."""

# operations: `plant.operation`
ORDER, RELEASE, LATEST, SETUP_FROM, FAMILY, MAY_PAUSE, PINNED, FOLLOWS = range(8)
FIXED, FIXED_MACHINE, FIXED_START, FIXED_RUN_END, FIXED_END = range(8, 13)
MODES, MODES_END, NEEDS, NEEDS_END, SLOTS, SLOTS_END = range(13, 19)
BEFORE, BEFORE_END, AFTER, AFTER_END, FOLLOWERS, FOLLOWERS_END = range(19, 25)
COUNTED_IN, IS_PINNED_SOON, PLANNED_MACHINE, PLANNED_START, REST_OF_ORDER = range(25, 30)
OPERATION_COLUMNS = 30

# modes: `plant.mode`
MACHINE, RUN, MODE_SETUP, TEARDOWN, COST, CHANGEOVERS = range(6)
MODE_COLUMNS = 6

# crew requirements: `plant.need`; who can fill them: `plant.able`
COUNT, SETUP_ONLY, PEOPLE, PEOPLE_END, FIRST_SLOT, POOL = range(6)
NEED_COLUMNS = 6
PERSON, HELD = range(2)

# precedences, seen from one of their operations: `plant.link`
OTHER, MIN_LAG, MAX_LAG = range(3)

# open time: `plant.window` in order, `plant.calendar` says which belong together
OPEN, CLOSE = range(2)
WINDOWS, WINDOWS_END = range(2)

# machines: `plant.machine`; one of LANE and ROOM is -1
LANE, ROOM, MACHINE_CALENDAR, FAMILY_NOW = range(4)

# what is busy with one thing at a time (machines of capacity 1, then people): `plant.lane`; and with several: `plant.room`
FIRST, CALENDAR = range(2)
POOLS, POOLS_END = range(2, 4)
CAPACITY, ENTRIES = range(2, 4)

# visits of limited cells: `plant.stay`; their operations: `plant.stay_operation`
STAY_ROOM, IS_INSIDE, SINCE, STAY_OPERATIONS, STAY_OPERATIONS_END = range(5)
STAY_COLUMNS = 5

# clusters: `plant.cluster`
MEMBERS, MEMBERS_END, STAYS, STAYS_END, URGENCY, WAITS_FOR, NEXT, NEXT_END, PRIOR, PRIOR_END = range(10)
CLUSTER_COLUMNS = 10

# orders: `plant.order`
DUE, WEIGHT, ORDER_RELEASE, EARLIEST_END, OPERATIONS, OPERATIONS_END, CELLS, CELLS_END = range(8)
ORDER_COLUMNS = 8

# weights: `plant.weight`, and what history costs already
TARDINESS, LATE, MAKESPAN, SETUPS, COSTS, FLOW, CHURN, COST_SO_FAR, CHURN_SO_FAR, TOLERANCE = range(10)

# places of operations: `state.spot`, `scratch.spot`; SPOT_MODE is -1 for none
SPOT_MODE, SETUP_TICKS, SETUP_START, START, RUN_END, END = range(6)
SPOT_COLUMNS = 6

# busy stretches: `state.busy`; steps of rooms: `state.step`
BEGIN, UNTIL, OWNER = range(3)
AT, LEVEL = range(2)

# what was looked at for a cluster: `search.look`
LOW, HIGH, PEOPLE_LOW, PEOPLE_HIGH, RETRIED = range(5)
LOOK_COLUMNS = 5

BUCKETS = 512
"""Parts of time."""


PLANT = Layout(
    "plant",
    (
        ("horizon", NUMBER),
        ("operations", NUMBER),
        ("machines", NUMBER),
        ("people", NUMBER),
        ("lanes", NUMBER),
        ("rooms", NUMBER),
        ("clusters", NUMBER),
        ("orders", NUMBER),
        ("cells", NUMBER),
        ("slots", NUMBER),  # of the operation that has most of them
        ("pins", NUMBER),
        ("pools", NUMBER),  # different sets of people who can fill a requirement
        ("operation", OPERATION_COLUMNS),
        ("mode", MODE_COLUMNS),
        ("need", NEED_COLUMNS),
        ("able", 2),
        ("link", 3),
        ("follower", LIST),
        ("window", 2),
        ("calendar", 2),
        ("machine", 4),
        ("lane", 4),
        ("pool", LIST),  # those of a person; of a machine with changeovers, those of all that can be there
        ("room", 4),
        ("changeover", ANY_WIDTH),  # row: matrix and family after; column: family before
        ("stay", STAY_COLUMNS),
        ("stay_operation", LIST),
        ("cluster", CLUSTER_COLUMNS),
        ("member", LIST),  # operations of clusters
        ("cluster_stay", LIST),  # stays of clusters
        ("following", LIST),  # clusters after clusters, and before them
        ("cluster_of", LIST),  # by operation; -1 for one with an actual
        ("order", ORDER_COLUMNS),
        ("order_cell", LIST),  # by order: the cells through which it passes
        ("order_operation", LIST),  # operations of orders, those with an actual left out
        ("weight", LIST),
        ("size", LIST),  # rows of busy, step and entry in a state
    ),
    is_constant=True,
)
"""A problem; nothing in it changes while one searches."""

STATE = Layout(
    "state",
    (
        ("spot", SPOT_COLUMNS),
        ("crew", LIST),  # people by slot, -1 for nobody
        ("busy", 3),
        ("lane_length", LIST),
        ("step", 2),
        ("room_length", LIST),
        ("entry", LIST),  # when visits entered that history had not let in, by room from its ENTRIES on
        ("entry_length", LIST),  # by room
    ),
)
"""A schedule while it grows."""

SCRATCH = Layout(
    "scratch",
    (
        ("spot", SPOT_COLUMNS),  # registers
        ("crew", ANY_WIDTH),  # registers × slots
        ("later", LIST),
        ("able", ANY_WIDTH),
        ("able_length", LIST),
        ("holder", LIST),  # by person
        ("seen", LIST),  # by person
        ("clock", LIST),  # calendars
        ("kind", 5),  # by calendar: stamp, found, four instants
        ("trail", 1 + SPOT_COLUMNS),  # an operation, and the six of its spot before
        ("trail_crew", ANY_WIDTH),
        ("bound", LIST),  # by operation
        ("extra", LIST),  # operations taken out to be placed together with a cluster
        ("word", LIST),  # single values, below
        ("pin", LIST),  # operations with a fixed start, in the order in which they get their room
        ("wanted", LIST),  # by operation: a mode, or ANY_MODE
        ("hold", LIST),  # by operation: its run starts no earlier, however early it could
        ("favour", LIST),  # by slot: the person who is taken if free, -1 for anybody
        ("swap", 3),  # an operation, a slot, and who filled it before
        ("reserved", 2),  # a person, and from when on
        ("locked", LIST),  # by operation: its people stay
        ("position", LIST),  # by operation: its place in the list
        ("sequence", LIST),  # clusters in the order in which they are placed
        ("heap", LIST),
        ("key", LIST),
        ("waiting", LIST),
        ("completion", LIST),  # by order
    ),
)
"""One for each thread."""

SEARCH = Layout(
    "search",
    (
        ("memo", LIST),  # single values, below
        ("states", STATE),
        ("sequence", LIST),  # the current list, of clusters
        ("rank", LIST),  # by cluster: its place in it
        ("wanted", LIST),  # by operation, of the current list
        ("hold", LIST),  # the same
        ("favour", LIST),  # by slot, of the current list
        ("mark", LIST),  # by cluster: bound to what is moved
        ("cost", LIST),  # by order, of the current list
        ("completion", LIST),  # the same
        ("expected", LIST),  # by order: when the list that is being decoded is expected to complete it
        ("saved", LIST),  # by operation: what it costs less than in the current list, whenever its order ends
        ("place", LIST),  # by operation: in the list from which pushes count
        ("push", LIST),  # by order: how far before these places it comes
        ("new_push", LIST),
        ("new_cost", LIST),  # by order: what it would cost
        ("judged_push", LIST),  # what is left of it when it was judged
        ("best_push", LIST),
        ("worse", LIST),  # by cell: by how much a list makes the orders that pass through it dearer
        ("block", 2),  # of a chain of reasons: what blocks, what waits
        ("chain", LIST),  # operations
        ("kind", 3),  # of moves, below
        ("rows", NUMBER),  # of a log at most
        ("log", 1 + SPOT_COLUMNS),  # of the current list: an operation, and the place that it got
        ("log_crew", ANY_WIDTH),
        ("log_first", LIST),  # by turn: the first row of the log, and behind the last turn the end
        ("look", LOOK_COLUMNS),  # by turn: between which instants it was looked at machines and at people, and whether it took
        # more than one attempt
        ("new_log", 1 + SPOT_COLUMNS),  # the same of the list that is tried
        ("new_log_crew", ANY_WIDTH),
        ("new_log_first", LIST),
        ("new_look", LOOK_COLUMNS),
        ("differs", LIST),  # by operation: 1 when `then` and `now` are not the same
        ("pending", LIST),  # by operation: about to be compared
        ("away", LIST),  # by cluster: 1 when its visits have taken place in one of the two lists only
        ("then", SPOT_COLUMNS),  # by operation that differs: where it stood at this turn of the current list
        ("now", SPOT_COLUMNS),  # and where it stands
        ("then_crew", LIST),  # by slot
        ("now_crew", LIST),
        (
            "touched",
            BUCKETS + 1,
        ),  # by lane, then by room, then by pool: how many that differ are there by part of time; and in all
    ),
)
"""One annealing."""

PATH = Layout(
    "path",
    (
        ("memo", LIST),  # single values, below
        ("before_it", LIST),  # by operation: the only one that it must follow, without any wait; -1 for none, else SEVERAL
        ("after_it", LIST),
        ("last", LIST),  # operations that nothing has to follow
        ("mode", LIST),  # by operation
        ("run", LIST),  # in that mode
        ("previous", LIST),  # by operation: what comes before it on its machine, -1 for none
        ("next", LIST),
        ("first", LIST),  # by machine
        ("head", LIST),
        ("tail", LIST),
        ("order", LIST),  # operations in topological order
        ("place", LIST),  # by operation: where in that order
        ("waiting", LIST),  # by place: to be looked at; for what, while an order is made
        ("aside", LIST),  # operations on their way to another place
        ("path", LIST),  # a critical one
        ("stretch", LIST),  # of a machine, as it would be
        ("new_head", LIST),  # by place in it
        ("new_due", LIST),
        ("tabu", LIST),  # by mode: until which turn its operation may not go back to it
        ("ban", LIST),  # by pair of operations: until which turn the one may not come to be before the other again
        ("best_mode", LIST),
        ("best_head", LIST),
        ("best_previous", LIST),
    ),
)
"""A schedule as sequences on machines."""

# single values in `path.memo`
MAKESPAN_NOW, BEST_MAKESPAN, TURN, TURN_OF_BEST, PATH_LENGTH, TABU_DICE, TIES = range(7)
BEST_COST, MOVING, MOVE_MODE, MOVE_AFTER, ELSE_ESTIMATE, ELSE_MOVING, ELSE_MODE, ELSE_AFTER = range(7, 15)
LASTS, HAS_GAPS, BAN_MASK = range(15, 18)  # how many are `last`; whether anything but runs takes time; the size of `ban` less 1
SECTION, SECTION_END = range(18, 20)  # the places of the order between which operations may move
WEIGHT_OF_RUN = 20  # what a longer run counts for moves, in parts of what a longer makespan counts
PATH_MEMOS = 21
PARTS = 1000

SEVERAL = -2
"""In `path.before_it` and `path.after_it`: more than one, or a wait, or a release of its own; the tables of the plant say."""

# activities of a project: `project.activity`; its links are rows of OTHER and MIN_LAG
TICKS, NOT_BEFORE, REST, PRIORS, PRIORS_END, NEXTS, NEXTS_END = range(7)
ACTIVITY_COLUMNS = 7

PROJECT = Layout(
    "project",
    (
        ("activities", NUMBER),
        ("words", NUMBER),
        ("activity", ACTIVITY_COLUMNS),
        ("link", 2),  # seen from one of their activities
        ("demand", ANY_WIDTH),  # by activity, in words: a field for each resource, its highest bit left free
        ("capacity", LIST),  # by word, the highest bit of each field set
        ("guard", LIST),  # by word: these highest bits alone
    ),
    is_constant=True,
)
"""Activities that only share resources of some capacity."""

POPULATION = Layout(
    "population",
    (
        ("size", NUMBER),
        ("memo", LIST),  # single values, below
        ("member", ANY_WIDTH),  # lists of activities, in the order of their starts
        ("value", LIST),  # by member: the less the better
        ("print", LIST),  # by member: a number that is another one for other starts, as a rule
        ("list", LIST),  # the list that is being worked on
        ("place", LIST),  # by activity
        ("mark", LIST),  # by activity
        ("ready", LIST),
        ("start", LIST),  # by activity
        ("key", LIST),  # by activity: by what lists are sorted
        ("bucket", LIST),  # how many have a smaller key, by parts of the range of keys
        ("step", ANY_WIDTH),  # when what is free changes, and from then on is free, in words
        ("best_start", LIST),
    ),
)
"""Schedules of a project, as lists that are crossed."""

# single values in `population.memo`
CAST, MEMBERS_NOW, LEAST_LENGTH, SINCE_SHORTER = range(4)
POPULATION_MEMOS = 4

# single values in `search.memo`; CURRENT, TRIAL, BEST are places in `search.states`, behind them come those of checkpoints
DICE, VALUE, BEST_VALUE, STRIDE, CURRENT, TRIAL, BEST, MARKED = range(8)
VALID, SHIFT, DIFFERING, WORK, KIND, LESSONS, FAVOURED, EXPECTED = range(8, 16)
MEMOS = 16
LONGEST_CHAIN = 60

# kinds of moves, and what is known of them: `search.kind`
BLIND, MACHINES, JUMPS, UNBLOCK, HURRY, DELAY, CAMPAIGNS, SUBSTITUTES = range(8)
KINDS = 8
WEIGHT_OF_KIND, GAIN, EFFORT = range(3)
STATES_FIRST = 3

# single values in `scratch.word`
TRAIL_LENGTH, STUCK, TORN_BEFORE, TORN_AFTER, OBSTACLE_FROM, OBSTACLE_OPERATION, OBSTACLE_STAY, STAMP, EXTRAS = range(9)
SEEN_FROM, SEEN_UNTIL, PEOPLE_SEEN_FROM, PEOPLE_SEEN_UNTIL, HAS_RETRIED, CHANCE, SWAPS, CALLS, RESERVED, ENOUGH = range(9, 19)
WORDS = 19
SWAP_ROWS = 256

ANY_MODE, NO_MODE = -1, -2
"""In `scratch.wanted`: wherever it ends first, or nowhere; from 0 on, the number of a mode."""

TEAR = 4
"""How many operations may be taken out again for the sake of one cluster."""

"""Which operations make up one stay of an order in a cell."""

from solver.problem import Precedence, WorkCell
from solver.visits import Visit, visits
from tests.solver.examples import operation, problem

CELLS = (WorkCell("c1", "Cell 1"), WorkCell("c2", "Cell 2"))


def test_linked_operations_of_an_order_in_a_cell_are_one_visit() -> None:
    shop = problem(*map(operation, "abc"), precedences=(Precedence("a", "b"), Precedence("b", "c")))
    assert visits(shop) == (Visit("o1", "c1", ("a", "b", "c")),)


def test_leaving_the_cell_in_between_makes_two_visits() -> None:
    shop = problem(
        operation("a"),
        operation("b", cell="c2"),
        operation("c"),
        cells=CELLS,
        precedences=(Precedence("a", "b"), Precedence("b", "c")),
    )
    assert visits(shop) == (Visit("o1", "c1", ("a",)), Visit("o1", "c2", ("b",)), Visit("o1", "c1", ("c",)))


def test_operations_without_a_link_are_visits_of_their_own() -> None:
    assert visits(problem(*map(operation, "ab"))) == (Visit("o1", "c1", ("a",)), Visit("o1", "c1", ("b",)))


def test_a_link_between_orders_does_not_join_their_visits() -> None:
    shop = problem(operation("a"), operation("b", order="o2"), precedences=(Precedence("a", "b"),))
    assert [visit.order for visit in visits(shop)] == ["o1", "o2"]


def test_nor_do_links_by_way_of_another_order() -> None:
    links = (Precedence("a", "b"), Precedence("b", "c"))
    shop = problem(operation("a"), operation("b", order="o2"), operation("c"), precedences=links)
    assert [visit.operations for visit in visits(shop)] == [("a",), ("b",), ("c",)]


def test_an_assembly_is_one_visit_from_its_first_part_on() -> None:
    links = (Precedence("c", "d"), Precedence("a", "c"), Precedence("b", "c"))
    assert visits(problem(*map(operation, "abcd"), precedences=links)) == (Visit("o1", "c1", ("a", "b", "c", "d")),)

"""The fixture that other tests stand on."""

from tests.live_stack import LiveStack, page_answers


def test_answers_and_knows_its_accounts(live_stack: LiveStack) -> None:
    assert page_answers(live_stack.url + "healthz")
    # Other tests on the same stack log more people in: what is promised are these three.
    known = {username for (username,) in live_stack.sql("SELECT username FROM auth_user")}
    assert {"admin", "planner", "viewer"} <= known


def test_brings_back_what_a_test_killed(live_stack: LiveStack) -> None:
    before = live_stack.pid("web")
    live_stack.restart("web")
    assert live_stack.pid("web") != before
    assert page_answers(live_stack.url + "login/")


def test_survives_the_loss_of_redis(live_stack: LiveStack) -> None:
    live_stack.kill("valkey")
    live_stack.lose_redis_data()
    live_stack.start("valkey")
    live_stack.wait_ready("valkey")
    assert page_answers(live_stack.url + "healthz")

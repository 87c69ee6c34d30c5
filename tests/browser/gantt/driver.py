"""What a test does with the Gantt: ask it, wait for its repaint, point at its bars."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Page

TWO_FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
PIXEL = """([x, y]) => {
    const base = document.querySelector(".gantt-base");
    const ratio = base.width / base.clientWidth;
    const one = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
    one.drawImage(base, -Math.round(x * ratio), -Math.round(y * ratio));
    return [...one.getImageData(0, 0, 1, 1).data].slice(0, 3);
}"""


@dataclass
class GanttPage:
    """The test page with its Gantt, which fills the window: its coordinates are those of the page."""

    page: Page
    faults: list[str] = field(default_factory=list)

    def ask(self, expression: str, argument: Any = None) -> Any:
        """Evaluates in the page, where `gantt` is the Gantt; then lets it repaint."""
        result = self.page.evaluate(expression, argument)
        self.settle()
        return result

    def settle(self) -> None:
        """Waits until the next repaint is over."""
        self.page.evaluate(TWO_FRAMES)

    def show(self, seed: int) -> None:
        """Shows another plan and waits until its bars stand still."""
        self.page.evaluate("async (seed) => { await gantt.setFrame(await frame(seed)); }", seed)
        while self.page.evaluate("gantt.picture.tween !== null"):
            self.settle()

    def rect(self, operation: int) -> dict[str, float]:
        rect: dict[str, float] | None = self.page.evaluate("(operation) => gantt.rectOf(operation)", operation)
        assert rect is not None, f"operation {operation} has no bar in this view"
        return rect

    def middle(self, operation: int) -> tuple[float, float]:
        rect = self.rect(operation)
        return rect["x"] + rect["width"] / 2, rect["y"] + rect["height"] / 2

    def click(self, operation: int) -> None:
        self.page.mouse.click(*self.middle(operation))
        self.settle()

    def hit(self, x: float, y: float) -> dict[str, Any]:
        result: dict[str, Any] = self.page.evaluate("([x, y]) => gantt.hitTest(x, y)", [x, y])
        return result

    def pixel(self, x: float, y: float) -> tuple[int, int, int]:
        red, green, blue = self.page.evaluate(PIXEL, [x, y])
        return red, green, blue

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
        self.settle()

    def focus(self) -> dict[str, Any]:
        result: dict[str, Any] = self.page.evaluate("gantt.attention.focus")
        return result

    def window(self) -> dict[str, float]:
        """First and last tick in view, pixels of a tick, and how far the rows are scrolled."""
        result: dict[str, float] = self.page.evaluate(
            "(({origin, until, scale, scrollY, left}) => ({origin, until, scale, scrollY, left}))(gantt.picture.viewport)"
        )
        return result

    def events(self, kind: str) -> list[dict[str, Any]]:
        heard: list[dict[str, Any]] = self.page.evaluate(
            "(kind) => events.filter(({type}) => type === kind).map(({detail}) => detail)", kind
        )
        return heard


def near(colour: tuple[int, int, int], wanted: str, tolerance: int = 12) -> bool:
    """Whether a pixel has about the colour "#rrggbb"."""
    channels = (int(wanted[1:3], 16), int(wanted[3:5], 16), int(wanted[5:7], 16))
    return all(abs(one - other) <= tolerance for one, other in zip(colour, channels, strict=True))

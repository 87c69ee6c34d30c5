"""What is wrong with an instance file, all of it, with line numbers."""

from __future__ import annotations


class InstanceFormatError(ValueError):
    """The text is not a well-formed instance. `faults`: one sentence each, starting with its line where there is one; `line`: the
    first line that is at fault, 0 when that is not one line's."""

    def __init__(self, faults: list[str], line: int = 0) -> None:
        super().__init__("; ".join(faults))
        self.faults = tuple(faults)
        self.line = line


class FaultList:
    """Collects faults while a reader goes on as far as it can."""

    def __init__(self) -> None:
        self.sentences: list[str] = []
        self._lines: list[int] = []

    def at(self, line: int, sentence: str) -> None:
        self._lines.append(line)
        self.sentences.append(f"Line {line}: {sentence}")

    def add(self, sentence: str) -> None:
        self.sentences.append(sentence)

    def raise_if_any(self) -> None:
        """Raise InstanceFormatError with everything collected so far."""
        if self.sentences:
            raise InstanceFormatError(self.sentences, min(self._lines, default=0))

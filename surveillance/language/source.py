"""The text that somebody wrote, and where in it a mistake stands."""

import re
from dataclasses import dataclass

import sqlglot
from sqlglot import TokenType, exp
from sqlglot.errors import ParseError, TokenError

from surveillance.errors import SurveillanceError

_MAX_TEXT = 20_000
_MAX_NESTING = 24
"""Brackets within brackets; each costs the parser some 25 frames of a stack of 1,000."""
_OPEN = (TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE, TokenType.CASE)
_CLOSE = (TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE, TokenType.END)
_NOT_TEXT = re.compile("[\0\ud800-\udfff]")


class LanguageError(SurveillanceError):
    """A query or expression that is not in the language; line and column count from 1."""

    def __init__(self, message: str, line: int = 1, column: int = 1) -> None:
        self.message, self.line, self.column = message, line, column
        super().__init__(f"line {line}, column {column}: {message}")


@dataclass(frozen=True, slots=True)
class Source:
    """A text in the language; ``prefix`` is what was put before it so that it can be parsed."""

    text: str
    prefix: str = ""

    def parse(self) -> exp.Expr:
        """Return the tree of the one statement that this is.

        Raises:
            LanguageError: it cannot be read, is too long, or is none or several statements.
        """
        self._expect_short()
        try:
            self._expect_shallow()
            trees = sqlglot.parse(self.prefix + self.text, dialect="duckdb")
        except ParseError as error:
            raise self._unread(error) from None
        except TokenError as error:
            raise LanguageError(f"cannot be read: {str(error)[:120]}") from None
        except RecursionError:
            raise LanguageError("cannot be read: nested too deeply") from None
        found = [tree for tree in trees if tree is not None]
        if len(found) != 1:
            raise LanguageError(f"expected one statement, was {len(found)}")
        return found[0]

    def name(self, call: exp.Func) -> str:
        """Return the name of a function as it is written."""
        found = re.match(r"(\w+)\s*\(", (self.prefix + self.text)[self._start(call) :])
        return found[1].lower() if found else call.sql_name().lower()

    def fault(self, message: str, node: exp.Expr | None = None) -> LanguageError:
        """Describe a mistake at a node of the tree, or at the beginning."""
        return self.fault_at(message, 0 if node is None else self._start(node))

    def fault_at(self, message: str, offset: int) -> LanguageError:
        """Describe a mistake at an offset into prefix and text."""
        before = self.text[: max(0, offset - len(self.prefix))]
        return LanguageError(message, before.count("\n") + 1, len(before) - before.rfind("\n"))

    def _expect_short(self) -> None:
        if len(self.text) > _MAX_TEXT:
            raise LanguageError(f"expected at most {_MAX_TEXT} characters, was {len(self.text)}")
        if found := _NOT_TEXT.search(self.text):
            message = f"expected text, was {found[0]!r}"
            raise self.fault_at(message, len(self.prefix) + found.start())

    def _expect_shallow(self) -> None:
        depth = 0
        for token in sqlglot.tokenize(self.prefix + self.text, dialect="duckdb"):
            depth += (token.token_type in _OPEN) - (token.token_type in _CLOSE)
            if depth > _MAX_NESTING:
                message = f"expected at most {_MAX_NESTING} brackets within each other"
                raise self.fault_at(message, token.start)

    def _unread(self, error: ParseError) -> LanguageError:
        first = error.errors[0] if error.errors else {}
        message = str(first.get("description") or "cannot be read").rstrip(".")
        if message.startswith("Required keyword"):
            message = "expected an expression"
        near = str(first.get("highlight") or "the end")
        line, last = int(first.get("line") or 1), int(first.get("col") or 1)
        lines = (self.prefix + self.text).split("\n")
        before = sum(len(each) + 1 for each in lines[: line - 1])
        return self.fault_at(f"{message} near {near!r}", before + max(0, last - len(near)))

    def _start(self, node: exp.Expr) -> int:
        """Return where a node begins: its own place, its keyword's, or that of what is in it."""
        if "start" in node.meta:
            return int(node.meta["start"])
        words = {type(node).__name__.upper()}
        words |= (
            {name.upper() for name in node.sql_names()} if isinstance(node, exp.Func) else set()
        )
        for token in sqlglot.tokenize(self.prefix + self.text, dialect="duckdb"):
            if token.text.upper() in words and token.start >= len(self.prefix):
                return int(token.start)
        return min((each.meta["start"] for each in node.walk() if "start" in each.meta), default=0)

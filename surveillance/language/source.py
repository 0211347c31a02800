"""The text that somebody wrote, and where in it a mistake stands.

What an officer sees must be what the engine reads, so characters that are not seen or that turn
the direction of a line are refused; and so are the marks with which the product itself fills in
the times of a run, which a text could otherwise use to see how a run was cut, or to leave the
quotes it stands in.
"""

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

import sqlglot
from sqlglot import Token, TokenType, exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import ParseError, TokenError

from surveillance.characters import MARK, unseen
from surveillance.errors import SurveillanceError

_MAX_TEXT = 20_000
_MAX_NESTING = 24
"""Brackets within brackets; each costs the parser some 25 frames of a stack of 1,000."""
_OPEN = (TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE, TokenType.CASE)
_CLOSE = (TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE, TokenType.END)
_MAX_DIGITS = 38


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
            whole = self.prefix + self.text
            dialect = Dialect.get_or_raise("duckdb")
            tokens = dialect.tokenize(whole)
            self._expect_readable(tokens)
            trees = dialect.parser().parse(tokens, whole)
        except ParseError as error:
            raise self._unread(error) from None
        except TokenError as error:
            raise LanguageError(f"cannot be read: {str(error)[:120]}") from None
        except RecursionError:
            raise LanguageError("cannot be read: nested too deeply") from None
        statements = [tree for tree in trees if tree is not None]
        if len(statements) != 1:
            raise LanguageError(f"expected one statement, was {len(statements)}")
        return statements[0]

    def name(self, call: exp.Func) -> str:
        """Return the name of a function as it is written."""
        written = re.match(r"(\w+)\s*\(", (self.prefix + self.text)[self._start(call) :])
        return written[1].lower() if written else call.sql_name().lower()

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
        if (place := unseen(self.text, allowed="")) is not None:
            message = f"expected text, was the character U+{ord(self.text[place]):04X}"
            raise self.fault_at(message, len(self.prefix) + place)
        if mark := MARK.search(self.text):
            message = f"expected no mark of the product's own, was {mark[0]!r}"
            raise self.fault_at(message, len(self.prefix) + mark.start())

    def _expect_readable(self, tokens: list[Token]) -> None:
        depth = 0
        for token, following in zip(tokens, [*tokens[1:], None], strict=False):
            depth += (token.token_type in _OPEN) - (token.token_type in _CLOSE)
            if depth > _MAX_NESTING:
                message = f"expected at most {_MAX_NESTING} brackets within each other"
                raise self.fault_at(message, token.start)
            if token.token_type is TokenType.NUMBER:
                self._expect_number(token, following)

    def _expect_number(self, token: Token, following: Token | None) -> None:
        if following is not None and following.start == token.end + 1:
            run_on = (self.prefix + self.text)[token.start : following.end + 1]
            if run_on[-1].isalnum() or run_on[-1] == "_":
                raise self.fault_at(f"expected a number, was {run_on!r}", token.start)
        if not _is_number(token.text):
            message = f"expected a number of at most {_MAX_DIGITS} digits, was {token.text[:60]}"
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
        if isinstance(node, exp.DataType):
            words.add(node.sql("duckdb").upper())
        words |= (
            {name.upper() for name in node.sql_names()} if isinstance(node, exp.Func) else set()
        )
        for token in sqlglot.tokenize(self.prefix + self.text, dialect="duckdb"):
            if token.text.upper() in words and token.start >= len(self.prefix):
                return int(token.start)
        return min((each.meta["start"] for each in node.walk() if "start" in each.meta), default=0)


def _is_number(text: str) -> bool:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return False
    return len(number.as_tuple().digits) <= _MAX_DIGITS and abs(number.adjusted()) < _MAX_DIGITS

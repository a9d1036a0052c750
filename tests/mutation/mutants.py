"""Mutants: a source file with one small change each, of the kind that a slip of hand makes.

Left alone are docstrings and sentences (strings with a space in them: words are no rule, SQL is
tested whole), types, log lines, and keywords without which a call could not be made at all.
"""

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import CodeType

ROOT = Path(__file__).resolve().parents[2]

Change = tuple[str, Callable[[], object]]
"""What it does, in words, and the doing."""

COMPARED: dict[type, tuple[type, ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
COMPUTED: dict[type, type] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
CHAINED = {"exclude", "filter", "order_by", "removeprefix", "select_for_update", "first"}
"""Calls that can be left out of a chain."""
REQUIRED_BY = {"Move", "record", "account", "post", "send"}
"""Calls that can't be made with a keyword less."""
NAME = re.compile(r"[\w.:/-]*")
SWAPPED = {"max": "min", "min": "max", "any": "all", "all": "any"}


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """One change. `lines` is the statement that it is in; `constant` the module's name that it
    changes, where it is in no function; `words` say what it does."""

    path: str
    function: str
    lines: range
    constant: str
    words: str
    number: int

    @property
    def module(self) -> str:
        return self.path.removesuffix(".py").replace("/", ".")

    def __str__(self) -> str:
        return f"{self.path}:{self.lines.start} {self.function or self.constant}: {self.words}"

    def code(self) -> CodeType:
        """The whole file with the change in it, under its whole path: lock_rules go by that."""
        tree = _parsed(self.path)
        for number, (_place, _words, change) in enumerate(_changes(tree)):
            if number == self.number:
                change()
                return compile(ast.fix_missing_locations(tree), str(ROOT / self.path), "exec")
        raise LookupError(self)


def mutants_of(path: str) -> list[Mutant]:
    """Every mutant of a file, by its path from the root."""
    return [
        Mutant(
            path=path,
            function=place.function,
            lines=place.lines,
            constant=place.constant,
            words=words,
            number=number,
        )
        for number, (place, words, _change) in enumerate(_changes(_parsed(path)))
    ]


def _parsed(path: str) -> ast.Module:
    return ast.parse((ROOT / path).read_text(), path)


@dataclass(frozen=True)
class Place:
    """Where in a file a node stands."""

    function: str = ""
    lines: range = range(0)
    constant: str = ""


def _changes(tree: ast.Module) -> Iterator[tuple[Place, str, Callable[[], object]]]:
    yield from _in_body(tree, Place())


def _in_body(parent: ast.AST, place: Place) -> Iterator[tuple[Place, str, Callable[[], object]]]:
    for name in ("body", "orelse", "finalbody", "handlers", "cases"):
        block = getattr(parent, name, [])
        if not isinstance(block, list):
            continue
        for index, statement in enumerate(block):
            if isinstance(statement, ast.stmt | ast.ExceptHandler):
                yield from _of_statement(statement, block, index, place)


def _of_statement(
    node: ast.stmt | ast.ExceptHandler, block: list, index: int, place: Place
) -> Iterator[tuple[Place, str, Callable[[], object]]]:
    inner = _place_of(node, place)
    if isinstance(node, ast.Import | ast.ImportFrom) or _is_left_alone(node):
        return
    for words, change in _whole(node, block, index):
        yield inner, words, change
    for expression in _own_expressions(node):
        for words, change in _of_expression(expression, node, _set_in(node, expression)):
            yield inner, words, change
    yield from _in_body(node, inner)


def _place_of(node: ast.AST, place: Place) -> Place:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        name = f"{place.function}.{node.name}" if place.function else node.name
        last = node.end_lineno or node.lineno
        return Place(name, range(node.lineno, last + 1), "")
    lineno = getattr(node, "lineno", 0)
    body = getattr(node, "body", None)
    last = body[0].lineno - 1 if body else getattr(node, "end_lineno", lineno)
    constant = ""
    if not place.function and isinstance(node, ast.Assign | ast.AnnAssign):
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        constant = ast.unparse(target)
    return Place(place.function, range(lineno, max(last, lineno) + 1), constant)


def _is_left_alone(node: ast.AST) -> bool:
    if isinstance(node, ast.ClassDef):  # a status's name is a constraint's of the database
        return any("Choices" in ast.unparse(base) for base in node.bases)
    if isinstance(node, ast.Expr):
        is_words = isinstance(node.value, ast.Constant)
        return is_words or ast.unparse(node).startswith("log.")
    return isinstance(node, ast.Assert) or ast.unparse(node).startswith("log = ")


def _whole(node: ast.AST, block: list, index: int) -> Iterator[Change]:
    """What can be done to a statement as such."""

    def becomes(new: ast.stmt) -> Callable[[], object]:
        return lambda: block.__setitem__(index, ast.copy_location(new, node))

    short = _short(node)
    is_kept = isinstance(node, ast.Assign) and not isinstance(node.targets[0], ast.Name)
    if is_kept or isinstance(node, ast.Expr | ast.Raise | ast.AugAssign):
        yield f"without {short}", becomes(ast.Pass())
    elif isinstance(node, ast.Return) and node.value and not isinstance(node.value, ast.Constant):
        yield f"{short} → return None", becomes(ast.Return(ast.Constant(None)))
    elif isinstance(node, ast.Continue):
        yield "continue → pass", becomes(ast.Pass())
    elif isinstance(node, ast.With) and "atomic" in ast.unparse(node.items[0]):
        yield f"without {short}", becomes(ast.If(ast.Constant(True), node.body, []))
    if isinstance(node, ast.AugAssign):
        yield f"{short}: += ↔ -=", lambda: _turn_operator(node)
    if isinstance(node, ast.If):
        for value in (True, False):
            yield f"if {_short(node.test)} → if {value}", _set(node, "test", ast.Constant(value))


def _own_expressions(node: ast.AST) -> list[ast.expr]:
    """The expressions of a statement, those of its body left out."""
    if isinstance(node, ast.AnnAssign):
        return [node.value] if node.value else []
    if isinstance(node, ast.FunctionDef):
        return [each for each in (*node.args.defaults, *node.args.kw_defaults) if each]
    if isinstance(node, ast.ClassDef):
        return []
    if isinstance(node, ast.With):
        return [item.context_expr for item in node.items]
    return [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]


Put = Callable[[ast.expr], object]
"""Puts another expression in the place of one."""


def _set(node: ast.AST, name: str, new: ast.AST) -> Callable[[], object]:
    return lambda: setattr(node, name, new)


def _set_in(parent: ast.AST, child: ast.AST) -> Put:
    """How to replace `child` in its parent."""
    for name, value in ast.iter_fields(parent):
        if value is child:
            return lambda new: setattr(parent, name, new)
        if isinstance(value, list):
            for index, each in enumerate(value):
                if each is child:
                    return lambda new: value.__setitem__(index, new)
                if isinstance(each, ast.withitem) and each.context_expr is child:
                    return lambda new: setattr(each, "context_expr", new)
        if isinstance(value, ast.arguments) and child in (*value.defaults, *value.kw_defaults):
            return _set_in(value, child)
    raise LookupError(ast.dump(child))


def _of_expression(node: ast.expr, parent: ast.AST, put: Put) -> Iterator[Change]:
    """The changes to an expression, and to all within it."""
    if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("log."):
        return
    is_condition = isinstance(parent, ast.If | ast.IfExp) and parent.test is node
    chooses = isinstance(parent, ast.Compare | ast.keyword | ast.Assign)
    if chooses or not isinstance(node, ast.Tuple):
        yield from _own(node, put, is_condition)
    for child in ast.iter_child_nodes(node):
        if isinstance(node, ast.Subscript) and isinstance(child, ast.Constant):
            continue  # a place in a row
        if isinstance(node, ast.JoinedStr) and isinstance(child, ast.Constant):
            continue  # part of a name, which changes as a whole, or of a sentence
        if isinstance(child, ast.expr):
            yield from _of_expression(child, node, _set_in(node, child))
        elif isinstance(child, ast.Slice):
            for bound in filter(None, (child.lower, child.upper, child.step)):
                yield from _of_expression(bound, child, _set_in(child, bound))
        elif isinstance(child, ast.keyword):
            yield from _of_expression(child.value, node, _set_in(child, child.value))
        elif isinstance(child, ast.comprehension):
            for inner in (child.iter, *child.ifs):
                yield from _of_expression(inner, child, _set_in(child, inner))


def _own(node: ast.expr, put: Put, is_condition: bool) -> Iterator[Change]:
    short = _short(node)

    def to(new: ast.expr, words: str = "") -> Change:
        new = ast.copy_location(new, node)
        return f"{short} → {words or _short(new)}", lambda: put(new)

    if isinstance(node, ast.Compare):
        yield from _compared(node, to, is_condition)
    elif isinstance(node, ast.BoolOp):
        other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield to(ast.BoolOp(other, node.values))
        for index in range(len(node.values)):
            rest = node.values[:index] + node.values[index + 1 :]
            yield to(rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest))
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub | ast.Invert):
        if not (is_condition and isinstance(node.op, ast.Not)):  # True and False say more
            yield to(node.operand)
    elif isinstance(node, ast.BinOp) and type(node.op) in COMPUTED and not _is_text(node):
        yield to(ast.BinOp(node.left, COMPUTED[type(node.op)](), node.right))
    elif isinstance(node, ast.IfExp):
        yield to(node.body)
        yield to(node.orelse)
    elif isinstance(node, ast.ListComp | ast.GeneratorExp | ast.SetComp | ast.DictComp):
        for comprehension in node.generators:
            for index, test in enumerate(comprehension.ifs):
                words = f"{short}: without if {_short(test)}"
                yield words, partial(comprehension.ifs.pop, index)
    elif isinstance(node, ast.Constant | ast.JoinedStr):
        yield from _valued(node, to)
    elif isinstance(node, ast.Dict | ast.Set | ast.Tuple):
        yield from _collected(node, short)
    elif isinstance(node, ast.Call):
        yield from _called(node, to, short)


def _compared(node: ast.Compare, to: Callable[..., Change], is_condition: bool) -> Iterator[Change]:
    for index, operator in enumerate(node.ops):
        for other in COMPARED[type(operator)]:
            is_turned = other is COMPARED[type(operator)][-1]
            if is_turned and is_condition and len(node.ops) == 1:
                continue  # a condition that is always true, or never, says more
            operators = [*node.ops]
            operators[index] = other()
            yield to(ast.Compare(node.left, operators, node.comparators))


def _valued(node: ast.Constant | ast.JoinedStr, to: Callable[..., Change]) -> Iterator[Change]:
    if isinstance(node, ast.JoinedStr):
        words = [each.value for each in node.values if isinstance(each, ast.Constant)]
        if any(" " in str(word) for word in words):
            return
        for index, each in enumerate(node.values):
            new: list[ast.expr] = [*node.values]
            if isinstance(each, ast.Constant):
                new[index] = ast.Constant(f"{each.value!s}XX")
            else:
                del new[index]
            yield to(ast.JoinedStr(new))
    elif isinstance(node.value, bool):
        yield to(ast.Constant(not node.value))
    elif isinstance(node.value, int):
        yield to(ast.Constant(node.value + 1))
        yield to(ast.Constant(node.value - 1))
    elif isinstance(node.value, str) and NAME.fullmatch(node.value):
        yield to(ast.Constant(f"{node.value}XX"))


def _collected(node: ast.Dict | ast.Set | ast.Tuple, short: str) -> Iterator[Change]:
    if isinstance(node, ast.Dict):
        for index, key in enumerate(node.keys):
            yield (
                f"{short}: without {_short(key or node.values[index])}",
                partial(_without_entry, node, index),
            )
        yield from _more_moves(node)
    elif isinstance(node.ctx if isinstance(node, ast.Tuple) else ast.Load(), ast.Load):
        for index, each in enumerate(node.elts):
            if len(node.elts) > 1:
                yield f"{short}: without {_short(each)}", partial(node.elts.pop, index)


def _without_entry(node: ast.Dict, index: int) -> None:
    del node.keys[index], node.values[index]


def _more_moves(node: ast.Dict) -> Iterator[Change]:
    """A table of moves: one move more than it has, for each that it doesn't have."""
    if not all(isinstance(value, ast.Set | ast.Call) for value in node.values):
        return
    for index, (key, value) in enumerate(zip(node.keys, node.values, strict=True)):
        there = [ast.unparse(each) for each in getattr(value, "elts", [])]
        for other in node.keys:
            if other is not None and ast.unparse(other) not in there:
                more = ast.Set([*getattr(value, "elts", []), other])
                words = f"{_short(key or value)} may become {_short(other)}"
                yield words, partial(node.values.__setitem__, index, more)


def _called(node: ast.Call, to: Callable[..., Change], short: str) -> Iterator[Change]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if isinstance(node.func, ast.Attribute) and name in CHAINED:
        yield to(node.func.value, f"without .{name}(…)")
    if isinstance(node.func, ast.Name) and name in SWAPPED:
        yield to(ast.Call(ast.Name(SWAPPED[name], ast.Load()), node.args, node.keywords))
    if isinstance(node.func, ast.Attribute) and name not in REQUIRED_BY:
        for index, keyword in enumerate(node.keywords):
            words = f"{short}: without {keyword.arg or '**'}="
            yield words, partial(node.keywords.pop, index)


def _is_text(node: ast.BinOp) -> bool:
    values = (getattr(each, "value", None) for each in ast.walk(node))
    return any(isinstance(value, str) for value in values)


def _turn_operator(node: ast.AugAssign) -> None:
    node.op = COMPUTED[type(node.op)]()


def _short(node: ast.AST) -> str:
    """A node's text on one line, no longer than a table bears."""
    if isinstance(node, ast.With):
        return f"with {ast.unparse(node.items[0])}"
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 70 else f"{text[:69]}…"

"""Small wrong changes of the checks themselves, each made to a function in place.

A mutant that no test and no fault of its clauses notices shows what a check says
and nobody has proven.
"""

import ast
import copy
import functools
import importlib
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FunctionType

from conformance.tripped import PACKAGE

#: What is mutated, below the package.
MUTATED = ("checks/*.py", "expect.py", "values.py", "verdict.py")
_COMPARED: Mapping[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of one function.

    Attributes:
        file: Below the package, as in ``checks/ids.py``.
        function: Its name in the module, dotted inside a class.
        number: Of the change among those of the file, from 0.
        before: The changed piece as it stands.
    """

    file: str
    line: int
    function: str
    number: int
    before: str
    after: str

    @property
    def words(self) -> str:
        """Say where it is and what it changes, in a line."""
        return f"{self.file}:{self.line} {self.function}: {self.before} → {self.after}"


def drawn(count: int, seed: int) -> list[Mutant]:
    """Draw so many of all mutants, the same from the same seed and sources."""
    every = [mutant for file in files() for mutant in mutants_in(file)]
    return random.Random(seed).sample(every, min(count, len(every)))


def files() -> list[Path]:
    """List the files that are mutated."""
    return [path for pattern in MUTATED for path in sorted(PACKAGE.glob(pattern))]


def mutants_in(file: Path) -> list[Mutant]:
    """List every mutant of a file, in the order of its text."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    name = file.relative_to(PACKAGE).as_posix()
    return [
        Mutant(name, line, whose, number, before, after)
        for number, (line, whose, before, after, _) in enumerate(_changes(tree))
    ]


def install(mutant: Mutant) -> None:
    """Give the function of this process the changed code, whoever holds it.

    Raises:
        LookupError: The function can't be found, or is none.
    """
    path = PACKAGE / mutant.file
    tree = ast.parse(path.read_text(encoding="utf-8"))
    *_, change = list(_changes(tree))[mutant.number]
    change()
    whole = compile(ast.fix_missing_locations(tree), str(path), "exec")
    code = functools.reduce(_code_in, mutant.function.split("."), whole)
    function_of(mutant).__code__ = code


def function_of(mutant: Mutant) -> FunctionType:
    """Give the function that a mutant changes.

    Raises:
        LookupError: It can't be found, or is none.
    """
    dotted = mutant.file.removesuffix(".py").replace("/", ".")
    found: object = importlib.import_module(f"conformance.{dotted}")
    for name in mutant.function.split("."):
        found = vars(found).get(name)
    if isinstance(found, property):
        found = found.fget
    found = getattr(found, "__func__", found)
    while hasattr(found, "__wrapped__"):
        found = found.__wrapped__
    if not isinstance(found, FunctionType):
        raise LookupError(  # noqa: TRY004 - a name that leads nowhere
            f"no function {mutant.function} in {mutant.file}"
        )
    return found


def _code_in(outer: CodeType, name: str) -> CodeType:
    for constant in outer.co_consts:
        if isinstance(constant, CodeType) and constant.co_name == name:
            return constant
    raise LookupError(f"no code of {name}")


_Change = tuple[int, str, str, str, Callable[[], None]]


def _changes(tree: ast.Module) -> Iterator[_Change]:
    """Give line, function, before, after, and how to change the tree."""
    for whose, function in _functions(tree):
        for node in _inside(function):
            for slot, old, new in _replacements(node):
                line = getattr(node, "lineno", function.lineno)
                yield (
                    *(line, whose, _said(old), _said(new)),
                    functools.partial(slot, new),
                )


def _functions(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef]]:
    for top in tree.body:
        if isinstance(top, ast.FunctionDef):
            yield top.name, top
        elif isinstance(top, ast.ClassDef):
            for inner in top.body:
                if isinstance(inner, ast.FunctionDef):
                    yield f"{top.name}.{inner.name}", inner


def _inside(function: ast.FunctionDef) -> Iterator[ast.AST]:
    """Walk a body; words for people and annotations are no behaviour."""
    waiting: list[ast.AST] = list(reversed(function.body))
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.JoinedStr | ast.Raise | ast.AnnAssign):
            continue
        yield node
        waiting.extend(reversed(list(ast.iter_child_nodes(node))))


_Slot = Callable[[ast.AST], None]


def _replacements(node: ast.AST) -> Iterator[tuple[_Slot, ast.AST, ast.AST]]:
    """Give how to put a new piece in, the piece as it is, and the new one."""
    for new in _changed(node):
        yield functools.partial(_take_over, node), copy.deepcopy(node), new


def _changed(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Compare():
            yield from _compared(node)
        case ast.BoolOp(op, values):
            other = ast.Or() if isinstance(op, ast.And) else ast.And()
            yield ast.BoolOp(other, copy.deepcopy(values))
        case ast.BinOp(left, ast.Add(), right):
            yield ast.BinOp(copy.deepcopy(left), ast.Sub(), copy.deepcopy(right))
        case ast.BinOp(left, ast.Sub(), right):
            yield ast.BinOp(copy.deepcopy(left), ast.Add(), copy.deepcopy(right))
        case ast.UnaryOp(ast.Not()):
            yield ast.UnaryOp(ast.Not(), copy.deepcopy(node))
        case ast.Constant(int() as told):
            yield ast.Constant(not told if isinstance(told, bool) else told + 1)
        case ast.Expr(ast.Call()):
            yield ast.Expr(ast.Constant(None))
        case _:
            pass


def _compared(node: ast.Compare) -> Iterator[ast.AST]:
    for at, operator in enumerate(node.ops):
        if type(operator) in _COMPARED:
            changed = copy.deepcopy(node)
            changed.ops[at] = _COMPARED[type(operator)]()
            yield changed


def _take_over(node: ast.AST, new: ast.AST) -> None:
    """Turn a node into another, wherever it hangs."""
    place = {name: getattr(node, name, 1) for name in ("lineno", "col_offset")}
    content = dict(vars(new))
    node.__class__ = new.__class__
    vars(node).clear()
    vars(node).update(content | place)


def _said(node: ast.AST) -> str:
    return " ".join(ast.unparse(node).split())[:120]

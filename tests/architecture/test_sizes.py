"""Files and functions stay small; what is too large is listed here, and the list only shrinks."""

import ast
from pathlib import Path
from statistics import median

PACKAGE = Path(__file__).parents[2] / "redraft"
FILE_LINES, MEDIAN_LINES = 400, 150
FUNCTION_LINES, PARAMETERS = 40, 7

# "path" or "path::function": remove an entry once it fits; never add one.
TOO_LARGE: frozenset[str] = frozenset()

Function = ast.FunctionDef | ast.AsyncFunctionDef


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE.parent).as_posix()


def lines_of(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def functions() -> list[tuple[str, Function]]:
    """Every function of the package, named by its file; nested ones stand apart."""
    return [
        (name_of(path), node)
        for path in sorted(PACKAGE.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, Function)
    ]


def nested_lines(function: Function) -> set[int]:
    """Lines that belong to functions defined inside `function`."""
    inner = [n for n in ast.walk(function) if isinstance(n, Function) and n is not function]
    return {line for node in inner for line in range(node.lineno, (node.end_lineno or 0) + 1)}


def length(function: Function) -> int:
    own = range(function.lineno, (function.end_lineno or 0) + 1)
    return len(set(own) - nested_lines(function))


def parameters(function: Function) -> int:
    names = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    stars = [star for star in (function.args.vararg, function.args.kwarg) if star]
    return len([name for name in names if name.arg not in ("self", "cls")]) + len(stars)


def too_large() -> dict[str, str]:
    """Entry of the allow-list -> what a reader of a failure needs to know."""
    found = {
        name_of(path): f"{name_of(path)}: {lines_of(path)} lines, {FILE_LINES} allowed"
        for path in sorted(PACKAGE.rglob("*.py"))
        if lines_of(path) > FILE_LINES
    }
    for path, node in functions():
        entry, place = f"{path}::{node.name}", f"{path}:{node.lineno} {node.name}"
        if length(node) > FUNCTION_LINES:
            found[entry] = f"{place}: {length(node)} lines, {FUNCTION_LINES} allowed"
        elif parameters(node) > PARAMETERS:
            found[entry] = f"{place}: {parameters(node)} parameters, {PARAMETERS} allowed"
    return found


def test_files_and_functions_keep_to_their_limits():
    new = [why for entry, why in too_large().items() if entry not in TOO_LARGE]
    assert not new, "\n".join(new)


def test_the_allow_list_holds_nothing_that_fits():
    assert not TOO_LARGE - too_large().keys()


def test_the_median_file_is_short():
    sizes = [lines_of(path) for path in PACKAGE.rglob("*.py") if lines_of(path) > 1]
    assert median(sizes) <= MEDIAN_LINES


def test_the_measures_count_what_they_claim():
    [outer] = ast.parse("def f(self, a, *b, c, **d):\n  def g():\n    pass\n  return g\n").body
    assert isinstance(outer, ast.FunctionDef)
    assert length(outer) == 2
    assert parameters(outer) == 4

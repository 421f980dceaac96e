"""The parts of the viewer by themselves: the index, formulas, the graph and the picture."""

import pytest

from redraft.core import Record, Solution, Usage
from redraft.server.viewer.index import RecordIndex
from redraft.server.viewer.lineage import MOST, accepted_path, ancestry, draw_lineage
from redraft.server.viewer.mathml import UnreadableMathError, mathml
from redraft.server.viewer.texts import LONGEST_TEXT, Typesetter


def line(name: str) -> bytes:
    return Record(id=name, key=name, recipe="r").model_dump_json().encode() + b"\n"


def test_an_index_reads_a_slice_at_a_time(tmp_path):
    path = tmp_path / "records.jsonl"
    path.write_bytes(b"".join(line(f"p{n}") for n in range(100)))
    index = RecordIndex(path)
    index.extend(most=1)
    assert (len(index), index.caught_up) == (1, False)
    index.extend(most=10 * len(line("p1")))
    assert 10 <= len(index) <= 12
    index.extend()
    assert (len(index), index.caught_up) == (100, True)
    assert [index.record(row).id for row in (0, 57, 99)] == ["p0", "p57", "p99"]


def test_what_a_list_shows_is_found_whatever_knobs_are_called(tmp_path):
    knobs = {"a": 1, "artifacts": [1], "note": ',"artifacts":['}
    record = Record(id="p", key="k", recipe="r", knobs=knobs, b_total=7, artifacts=(made("a"),))
    path = tmp_path / "records.jsonl"
    path.write_text(record.model_dump_json() + "\n")
    index = RecordIndex(path)
    index.extend()
    assert index.columns().tokens.tolist() == [7]
    assert index.record(0) == record


@pytest.mark.parametrize(
    ("latex", "tag"),
    [
        (r"\frac{1}{2}", "mfrac"),
        (r"\sqrt{x}", "msqrt"),
        (r"\sum_{i=1}^n i", "munderover"),
        (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", "mtable"),
        (r"\boxed{42}", 'mrow class="boxed"'),
        (r"\left(\frac{a}{b}\right)", "mfrac"),
        (r"a < b \le c", "mo"),
    ],
)
def test_formulas_become_mathml(latex: str, tag: str):
    made = mathml(latex, "block")
    assert f"<{tag}" in made
    assert made.startswith('<math display="block">')
    assert "&#x" not in made.replace("&#x27;", "")


@pytest.mark.parametrize(
    "latex",
    [
        r"\frac{1}",
        "x^",
        r"\nosuchcommand{x}",
        "x" * 2001,
        "{" * 1000,
        r"\left(" * 300,
        r"\def\a{\b\b}\def\b{\a\a}\a",
        r"\newcommand{\a}{\a\a}\a",
        r"\sideset{_1}{_2}{\sum}",
        r"\sqrt{" * 200 + "x" + "}" * 200,
    ],
)
def test_what_is_no_formula_or_takes_long_is_refused(latex: str):
    with pytest.raises(UnreadableMathError):
        mathml(latex, "inline")


@pytest.mark.parametrize(
    "latex",
    [
        r"\text{<script>alert(1)</script>}",
        r"\text{&lt;script&gt;}",
        r"\href{javascript:alert(1)}{x}",
        r"\style{position:fixed}{x}",
        r"\class{final}{x}",
        r"\color{red\"onload=\"alert(1)}{x}",
        r"\mathbb{<}",
        r"\hspace{-9999em}x",
        r"\unicode{x3c}script\unicode{x3e}",
        r"\operatorname{a b}<img src=x>",
    ],
)
def test_a_formula_brings_no_markup_of_its_own(latex: str):
    try:
        made = mathml(latex, "inline")
    except UnreadableMathError:
        return
    for forbidden in (
        "<script",
        "<img",
        "href",
        "style=",
        'javascript:alert(1)"',
        "9999",
        'class="f',
    ):
        assert forbidden not in made


@pytest.mark.parametrize(
    ("text", "formulas"),
    [
        ("It costs $5 or $6.", 0),
        ("So $x=5$ and $y$.", 2),
        (r"\$5 and \[x\] and \(y\)", 2),
        ("$$x\n\n+y$$", 1),
        ("a $ b $ c", 0),
        (r"\boxed{\frac{1}{2}} and \boxed{", 1),
        (r"\begin{align}a&=b\\c&=d\end{align}", 1),
        (r"an open \( and \[ and $$", 0),
        (r"\(\nosuch\)", 0),
    ],
)
def test_formulas_are_found_in_text(text: str, formulas: int):
    shown = Typesetter()(text)
    assert shown.markup.count("<math") == formulas
    assert shown.left == 0


@pytest.mark.parametrize(
    "part", ["$", r"\(", r"\boxed{", r"\begin{align}", "$x$", r"\[\sqrt{", "{"]
)
def test_a_text_made_to_be_slow_is_bounded(part: str):
    shown = Typesetter()(part * 20_000)
    assert shown.left == len(part) * 20_000 - LONGEST_TEXT
    assert shown.markup.count("<math") <= 400


def test_a_page_shows_no_more_than_a_page():
    typeset = Typesetter()
    kept = [len("x" * 20_000) - typeset("x" * 20_000).left for _ in range(40)]
    assert kept[0] == LONGEST_TEXT
    assert kept[-1] == 500


def made(name: str, *parents: str, tokens: int = 1) -> Solution:
    return Solution(id=name, text="", parents=parents, usage=Usage(output=tokens))


def record_of(*artifacts: Solution, final: str) -> Record:
    return Record(id="p", key="k", recipe="r", final=final, artifacts=artifacts)


def test_the_accepted_path_is_the_longest_in_tokens():
    record = record_of(
        made("a", tokens=5), made("b", tokens=9), made("c", "a", "b"), made("d"), final="c"
    )
    assert accepted_path(ancestry(record.artifacts), record) == [1, 2]


def test_a_record_that_lies_about_parents_is_drawn_all_the_same():
    record = record_of(made("a", "b", "a"), made("b", "a"), made("b", "b"), final="b")
    drawing = draw_lineage(record)
    assert len(drawing.boxes) == 3
    assert len(drawing.arrows) == 2
    assert drawing.boxes[2].final


def test_of_very_many_artifacts_those_that_were_used_are_drawn():
    drafts = [made(f"a{n}") for n in range(MOST + 50)]
    drawing = draw_lineage(record_of(*drafts, made("z", "a3", "a7"), final="z"))
    assert [box.place for box in drawing.boxes] == [3, 7, MOST + 50]
    assert drawing.left_out == MOST + 48


def test_an_arrow_past_a_layer_goes_round_it():
    record = record_of(made("a"), made("b", "a"), made("c", "a", "b"), final="c")
    drawing = draw_lineage(record)
    (right,) = {box.x + drawing.box[0] for box in drawing.boxes}
    round_it = [arrow for arrow in drawing.arrows if arrow.path.startswith(f"M{right} ")]
    assert [(arrow.standing, len(drawing.arrows)) for arrow in round_it] == [("used", 3)]


def test_boxes_do_not_lie_on_each_other():
    drafts = [made(f"a{n}") for n in range(20)]
    last = made("z", *(draft.id for draft in drafts))
    drawing = draw_lineage(record_of(*drafts, last, final="z"))
    spots = {(box.x, box.y) for box in drawing.boxes}
    assert len(spots) == 21
    assert all(0 <= x <= drawing.width - drawing.box[0] for x, _ in spots)
    assert all(0 <= y <= drawing.height - drawing.box[1] for _, y in spots)

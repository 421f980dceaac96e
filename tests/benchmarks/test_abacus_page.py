"""The tables, the plots and the page that they stand in."""

import xml.etree.ElementTree as ET
from itertools import combinations
from pathlib import Path

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from recipes_on_abacus.cells import chosen
from recipes_on_abacus.labels import Label, write_labels
from recipes_on_abacus.publishing import (
    BEGIN,
    DATA,
    END,
    IMAGES,
    PAGE,
    plots,
    read_report,
    results_in,
    with_results,
    write_docs,
    write_report,
)
from recipes_on_abacus.results import Report
from recipes_on_abacus.running import Plan, run_cells
from recipes_on_abacus.summing import judge, sum_up
from recipes_on_abacus.tables import UNMEASURED, page

from redraft import Settings
from redraft.core import InputError

SVG = "{http://www.w3.org/2000/svg}"
CELLS = (
    "single",
    "vote-3",
    "vote-16",
    "retry-3",
    "critique-always-1",
    "critique-oracle-1",
    "pdr-summary-2",
    "verifier",
)


@pytest.fixture
async def report(tmp_path, toy, toy_problem) -> Report:
    """What the toy came to in a few cells."""
    problems = [toy_problem(number) for number in range(20)]
    plan = Plan(
        problems={problem.key: problem for problem in problems},
        cells=chosen(CELLS),
        seeds=2,
        settings=Settings(),
        out=tmp_path / "runs",
    )
    runs = await run_cells(plan, {"default": toy}, lambda line: None)
    cells, comparisons = sum_up(plan.cells, runs)
    critic, verifier = judge(runs, plan.problems, lambda steps, text: 1 if "= 0" in text else None)
    return Report(
        model="toy",
        weights="",
        problems=len(problems),
        seeds=2,
        concurrency=256,
        max_tokens=256,
        cores=2,
        versions={"redraft": "0.1.0"},
        cells=cells,
        comparisons=comparisons,
        critic=critic,
        verifier=verifier,
    )


def written(svg: str) -> list[str]:
    """The texts of a plot in order."""
    return sorted(text.text or "" for text in ET.fromstring(svg).iter(f"{SVG}text"))


def places(svg: str) -> list[float]:
    """Where its markers are; labels may move with another version of matplotlib."""
    marks = [use.attrib for use in ET.fromstring(svg).iter(f"{SVG}use")]
    return [float(mark[side]) for mark in marks for side in "xy"]


def test_the_committed_page_is_made_of_the_committed_results(repository: Path):
    docs = repository / "docs"
    report = read_report(docs / DATA)
    text = (docs / PAGE).read_text(encoding="utf-8")
    assert results_in(text) == page(report, IMAGES)
    drawn = {} if report is None else plots(report)
    kept = {path.name: path.read_text("utf-8") for path in (docs / IMAGES).glob("abacus-b-*.svg")}
    assert kept.keys() == drawn.keys()
    for name, text in drawn.items():
        assert written(kept[name]) == written(text)
        assert places(kept[name]) == pytest.approx(places(text), abs=0.01)


def test_a_page_without_results_says_so():
    assert page(None, "images") == UNMEASURED


def test_the_figures_are_those_of_the_runs(report):
    by_name = {cell.name: cell for cell in report.cells}
    assert "verifier" not in by_name
    single, always = by_name["single"], by_name["critique-always-1"]
    assert single.runs == 40
    assert single.accuracy.value == sum(single.by_seed) / 2
    assert single.b_seq == single.b_total
    assert single.right_to_wrong == single.wrong_to_right == 0
    assert always.b_total == always.b_seq > single.b_total
    assert by_name["vote-3"].b_seq < by_name["vote-3"].b_total
    change = always.wrong_to_right - always.right_to_wrong
    assert always.accuracy.value == pytest.approx((always.began_right + change) / always.runs)
    assert all(cell.timed == 2 for cell in report.cells)


def test_baselines_are_not_compared_with_themselves_nor_oracles_with_anyone(report):
    pairs = {(one.cell, one.curve) for one in report.comparisons}
    assert ("vote-3", "vote") not in pairs
    assert ("vote-3", "plain retry") in pairs
    assert not {cell for cell, _ in pairs} & {"single", "critique-oracle-1"}
    assert {one.axis for one in report.comparisons} == {"b_total", "b_seq"}


def test_every_row_of_a_table_has_its_columns(report):
    tables = [part for part in page(report, "images").split("\n\n") if part.startswith("|")]
    assert len(tables) == 7
    for table in tables:
        assert len({line.count("|") for line in table.splitlines()}) == 1, table


def test_the_tables_say_what_was_measured(report):
    text = page(report, "images")
    assert "toy on 20 problems, 2 seeds" in text
    assert "critique, gate=oracle, rounds=1 (sees gold answers)" in text
    single = next(cell for cell in report.cells if cell.name == "single")
    assert f"| single | {100 * single.accuracy.value:.1f} |" in text
    assert "out of range" in text
    assert "images/abacus-b-total.svg" in text


def test_results_go_through_their_file_unchanged(report, tmp_path):
    write_report(report, tmp_path)
    assert read_report(tmp_path / "results.json") == report
    assert read_report(tmp_path / "none.json") is None
    assert (tmp_path / "results.md").read_text().startswith("toy on 20 problems")


def test_plots_are_svg_with_every_cell_and_always_the_same(report):
    for text in plots(report).values():
        assert {cell.name for cell in report.cells} <= set(written(text))
        assert {"vote", "plain retry", "pdr", "sees gold answers"} <= set(written(text))
        _, _, width, height = map(float, ET.fromstring(text).attrib["viewBox"].split())
        found = places(text)
        assert len(found) >= 2 * len(report.cells)
        assert all(0 < x < width for x in found[::2])
        assert all(0 < y < height for y in found[1::2])
    assert plots(report) == plots(report)


def test_the_legend_names_no_family_without_cells(report):
    few = [cell for cell in report.cells if cell.name in ("single", "vote-3")]
    for text in plots(report.model_copy(update={"cells": tuple(few)})).values():
        assert "vote" in written(text)
        assert not {"pdr", "plain retry"} & set(written(text))


def test_labels_of_a_crowd_overlap_nothing():
    figure = FigureCanvasAgg(Figure(dpi=72)).figure
    axes = figure.add_axes((0.1, 0.1, 0.8, 0.8), xlim=(0, 1), ylim=(0, 1))
    crowd = [(0.5 + 0.02 * (n % 3), 0.4 + 0.02 * n) for n in range(12)]
    labels = [Label(f"number-{n}", place, "#222222") for n, place in enumerate(crowd)]
    write_labels(axes, labels, [crowd])
    figure.canvas.draw()
    boxes = [Text.get_window_extent(text) for text in axes.texts]
    assert len(boxes) == 12
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))
    points = axes.transData.transform(crowd)
    assert not any(box.contains(*point) for box in boxes for point in points)
    assert all(axes.bbox.contains(*corner) for box in boxes for corner in (box.min, box.max))


def test_the_documents_are_written_between_the_marks_and_again(report, tmp_path):
    path = tmp_path / PAGE
    path.write_text(f"# Abacus\n\n{BEGIN}\nold tables\n{END}\n\nAfter.\n")
    write_docs(report, tmp_path)
    once = path.read_text()
    assert once.startswith(f"# Abacus\n\n{BEGIN}\n\ntoy on")
    assert once.endswith(f"{END}\n\nAfter.\n")
    assert "old tables" not in once
    assert results_in(once) == page(read_report(tmp_path / DATA), IMAGES)
    write_docs(report, tmp_path)
    assert path.read_text() == once
    assert sorted(p.name for p in (tmp_path / IMAGES).iterdir()) == sorted(plots(report))


def test_a_page_without_marks_is_refused():
    with pytest.raises(InputError, match=r"abacus\.md: no <!-- results: begin -->"):
        with_results("# Abacus\n", "made")

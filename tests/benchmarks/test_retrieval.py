"""The benchmark of retrieval runs with small tables, and its page holds what it measured."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from retrieval_at_sizes.data import Texts, nearest, write_vectors
from retrieval_at_sizes.page import BEGIN, END, page, with_figures
from retrieval_at_sizes.results import Report

NAMES = ["numpy brute force", "usearch", "Redraft"]


def test_it_measures_every_way(repository: Path, tmp_path: Path):
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "retrieval.md").write_text(f"Before.\n\n{BEGIN}\nwhat was there\n{END}\n\nAfter.\n")
    script = repository / "benchmarks" / "retrieval.py"
    sizes = ["--vectors", "50", "--texts", "30", "--asked", "4", "--workers", "2"]
    folders = ["--out", str(tmp_path), "--docs", str(docs), "--write"]
    command = [sys.executable, str(script), *sizes, *folders]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, done.stderr
    report = Report.model_validate_json((tmp_path / "bench-retrieval.json").read_bytes())
    found = [(row.name, row.workers) for row in report.vectors]
    assert found == [(name, 2) for name in NAMES]
    assert [row.size for row in report.texts] == [30]
    assert all(row.recall == pytest.approx(1) for row in (*report.vectors, *report.texts))
    text = (docs / "retrieval.md").read_text()
    assert text.startswith("Before.")
    assert text.endswith("After.\n")
    assert page(report) in text
    assert "what was there" not in text
    assert Report.model_validate_json((docs / "data" / "retrieval.json").read_bytes()) == report


def test_the_page_holds_the_figures_beside_it(repository: Path):
    data = repository / "docs" / "data" / "retrieval.json"
    text = (repository / "docs" / "retrieval.md").read_text(encoding="utf-8")
    report = Report.model_validate_json(data.read_bytes())
    assert with_figures(text, page(report)) == text


def test_true_answers_are_those_of_plain_numpy(tmp_path: Path):
    write_vectors(tmp_path, 300, 5)
    rows, asked = np.load(tmp_path / "rows.npy"), np.load(tmp_path / "asked.npy")
    plain = np.argsort(-(asked @ rows.T), axis=1, kind="stable")[:, :10]
    assert (np.load(tmp_path / "true.npy") == plain).all()
    assert (nearest(rows[:7], asked, 10) == plain_of(rows[:7], asked)).all()


def plain_of(rows: np.ndarray, asked: np.ndarray) -> np.ndarray:
    return np.argsort(-(asked @ rows.T), axis=1, kind="stable")


def test_texts_are_the_same_each_time_and_no_two_behaviors_are():
    entries = list(Texts(200).entries(200))
    assert entries == list(Texts(200).entries(200))
    assert len({entry.instruction for entry in entries}) == 200
    topics = {entry.topic for entry in entries}
    assert {problem.meta["topic"] for problem in Texts(200).problems(50)} <= topics

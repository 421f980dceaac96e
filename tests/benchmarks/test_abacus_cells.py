"""The cells: each can run, none twice, and each does what its label says."""

import pytest
from recipes_on_abacus.cells import CELLS, CURVES, JUDGED, PROBE, SINGLE, chosen

from redraft.core import InputError


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_a_cell_is_a_graph(cell):
    assert cell.recipe.build(cell.recipe.parse(cell.knobs))


def test_names_labels_and_knobs_are_told_apart():
    assert len({cell.name for cell in CELLS}) == len(CELLS)
    assert len({cell.label for cell in CELLS}) == len(CELLS)
    asked = {(c.recipe.name, c.recipe.parse(c.knobs).model_dump_json()) for c in CELLS}
    assert len(asked) == len(CELLS)


def test_every_curve_has_cells_and_the_parts_are_played():
    assert {cell.curve for cell in CELLS} == {"", *CURVES}
    assert {SINGLE, JUDGED, PROBE} <= {cell.name for cell in CELLS}


def test_only_cells_with_an_oracle_say_so():
    assert {cell.name for cell in CELLS if cell.oracle} == {"critique-oracle-1"}


def test_cells_are_chosen_by_name_in_the_order_of_the_list():
    assert [cell.name for cell in chosen(["vote-3", "single"])] == ["single", "vote-3"]
    assert chosen([]) == list(CELLS)
    with pytest.raises(InputError, match="no cell 'vote-4'"):
        chosen(["vote-4"])

"""The behaviors that Abacus can use: shortcuts in several wordings, and rules that are none."""

SHORTCUTS = {
    "behavior_cancel": (
        "When a number is added and then taken away again, leave out both steps.",
        "Adding and taking away the same number changes nothing, so skip both.",
        "If the same number comes and goes, do not calculate it.",
    ),
    "behavior_undo": (
        "When a number is multiplied and then divided by the same number, leave out both steps.",
        "Multiplying and dividing by the same number changes nothing, so skip both.",
        "If a division undoes a multiplication, do not calculate either.",
    ),
    "behavior_join": (
        "Write all steps on one line, each from the result before it.",
        "Put the steps behind each other, not on lines of their own.",
        "Join the steps into one line and go on from each result.",
    ),
}
USELESS = {
    "behavior_check_units": "Name the unit of every number.",
    "behavior_draw": "Draw a picture of the story first.",
    "behavior_read_twice": "Read the story twice before you begin.",
    "behavior_round": "Round every result to the next ten.",
    "behavior_guess": "Guess the answer and go on from there.",
    "behavior_order": "Sort the numbers before you use them.",
    "behavior_double": "Double the result of every step.",
    "behavior_stop": "Stop after the second step.",
    "behavior_slow": "Work slowly and write clearly.",
}

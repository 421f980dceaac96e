"""The words of the stories: people with things, a bus, a shop and a tank."""

import random
from collections.abc import Mapping
from dataclasses import dataclass

PEOPLE = (
    ("Tom", "He", "his"), ("Ann", "She", "her"), ("Ben", "He", "his"), ("Mia", "She", "her"),
    ("Leo", "He", "his"), ("Eva", "She", "her"), ("Sam", "He", "his"), ("Zoe", "She", "her"),
    ("Max", "He", "his"), ("Lily", "She", "her"), ("Omar", "He", "his"), ("Nina", "She", "her"),
)  # fmt: skip
THINGS = (
    "apples", "pens", "marbles", "stamps", "coins", "cards", "shells", "books",
    "stickers", "beads", "nuts", "eggs", "toys", "cookies", "buttons", "stones",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Setting:
    """How one kind of story opens, tells each kind of change, and asks."""

    opening: tuple[str, ...]
    wordings: Mapping[str, tuple[str, ...]]
    question: tuple[str, ...]

    def names(self, rng: random.Random) -> dict[str, str]:
        """A person, a second one, a thing and another thing."""
        (who, he, his), (other, _, _) = rng.sample(PEOPLE, 2)
        thing, second = rng.sample(THINGS, 2)
        return {
            "who": who, "he": he, "his": his, "other": other, "thing": thing, "second": second,
        }  # fmt: skip


PERSON = Setting(
    opening=(
        "{who} has {n} {thing}.",
        "{who} starts with {n} {thing}.",
        "There are {n} {thing} in {who}'s bag.",
        "{who} owns {n} {thing}.",
    ),
    wordings={
        "add": (
            "{he} buys {n} more.",
            "{he} finds {n} {thing}.",
            "{other} gives {who} {n} more.",
            "Then {who} gets {n} {thing} from {other}.",
            "{he} picks up another {n}.",
        ),
        "take": (
            "{he} gives {n} to {other}.",
            "{he} loses {n} of them.",
            "{he} sells {n} {thing}.",
            "Then {who} throws {n} away.",
            "{other} takes {n} of them.",
        ),
        "times": (
            "Then {who} has {n} times as many.",
            "The number of {thing} grows to {n} times what it was.",
            "{he} trades and ends up with {n} times as many {thing}.",
        ),
        "share": (
            "{he} shares them equally among {n} bags and keeps one bag.",
            "{he} splits the {thing} into {n} equal parts and keeps one part.",
            "{n} children share them equally, and {who} is one of them.",
        ),
        "add_groups": (
            "{he} buys {k} boxes of {n}.",
            "{he} gets {k} packs with {n} {thing} each.",
            "{k} friends give {who} {n} each.",
        ),
        "come_and_go": (
            "{he} buys {n} more and gives them back.",
            "{he} finds {n} {thing} and loses them again.",
            "{other} brings {n} and takes them away again.",
        ),
        "go_and_come": (
            "{other} takes {n} of them and gives them back.",
            "{he} loses {n} of them and finds them again.",
        ),
        "grow_and_shrink": (
            "The number of {thing} grows to {n} times what it was and falls back.",
            "Then {who} has {n} times as many, and soon as many as before.",
        ),
        "take_groups": (
            "{he} gives {k} friends {n} each.",
            "{he} sells {k} boxes of {n}.",
            "{he} uses {n} a day for {k} days.",
        ),
    },
    question=(
        "How many {thing} does {who} have now?",
        "How many {thing} does {who} have in the end?",
        "What number of {thing} is left with {who}?",
    ),
)
BUS = Setting(
    opening=(
        "A train leaves with {n} passengers.",
        "There are {n} people on a ship.",
        "A train starts with {n} people.",
    ),
    wordings={
        "add": ("At the next stop {n} get on.", "{n} more people get on.", "Then {n} come aboard."),
        "take": ("At the next stop {n} get off.", "{n} people leave.", "Then {n} get off."),
        "times": (
            "After that there are {n} times as many people.",
            "At a big town the number grows to {n} times what it was.",
        ),
        "share": (
            "The people split into {n} equal groups and only one group stays.",
            "Only one in {n} stays aboard.",
        ),
        "come_and_go": ("{n} get on and get off again.", "{n} people come and leave again."),
        "go_and_come": ("{n} get off and come back.", "{n} people leave and come aboard again."),
        "grow_and_shrink": ("The number grows to {n} times what it was and falls back.",),
        "add_groups": ("{k} groups of {n} get on.", "{k} doors let in {n} people each."),
        "take_groups": ("{k} groups of {n} get off.", "At {k} stops {n} get off each time."),
    },
    question=("How many people are there in the end?", "How many people are aboard now?"),
)
SHOP = Setting(
    opening=(
        "A shop has {n} {thing} in stock.",
        "{who}'s shop opens with {n} {thing}.",
        "A store holds {n} {thing}.",
    ),
    wordings={
        "add": ("A delivery brings {n} more.", "{n} {thing} are returned.", "It orders {n} more."),
        "take": ("It sells {n}.", "{n} {thing} are broken.", "A customer buys {n} of them."),
        "times": ("A big order makes the stock {n} times as large.", "The stock grows {n} times."),
        "share": (
            "The stock is divided equally among {n} shops and this one keeps its part.",
            "Only one in {n} is kept.",
        ),
        "come_and_go": (
            "A delivery brings {n} and takes them back.",
            "{n} {thing} are returned and sold again.",
        ),
        "go_and_come": ("It sells {n} and gets them back.", "{n} are taken away and returned."),
        "grow_and_shrink": (
            "The stock grows {n} times and falls back.",
            "A big order makes the stock {n} times as large, and is sent back.",
        ),
        "add_groups": ("{k} crates of {n} arrive.", "{k} trucks bring {n} each."),
        "take_groups": ("{k} customers buy {n} each.", "It sells {k} crates of {n}."),
    },
    question=("How many {thing} are in stock now?", "How many {thing} does the shop have left?"),
)
TANK = Setting(
    opening=("A tank holds {n} liters of water.", "There are {n} liters in a pool."),
    wordings={
        "add": ("Rain adds {n} liters.", "{who} pours in {n} liters.", "A pipe brings {n} more."),
        "take": ("{n} liters leak out.", "{who} takes {n} liters.", "{n} liters are used."),
        "times": ("After a storm there is {n} times as much.", "It fills to {n} times as much."),
        "share": (
            "The water is divided equally into {n} tanks and one of them is kept.",
            "Only one part in {n} remains.",
        ),
        "come_and_go": (
            "{who} pours in {n} liters and takes them out again.",
            "A pipe brings {n} more and drains them again.",
        ),
        "go_and_come": ("{who} takes {n} liters and pours them back.",),
        "grow_and_shrink": ("It fills to {n} times as much and falls back.",),
        "add_groups": ("{k} buckets of {n} liters are poured in.", "{k} pumps add {n} each."),
        "take_groups": ("{k} cows drink {n} liters each.", "{k} buckets of {n} are taken out."),
    },
    question=("How many liters are there now?", "How many liters are left in the end?"),
)
SETTINGS = (PERSON, PERSON, SHOP, BUS, TANK)
ASIDES = (
    "{other} has {n} {second}.",
    "It is day {n} of the month.",
    "The walk home takes {n} minutes.",
    "{other} is {n} years old.",
    "There are {n} trees nearby.",
    "A {n} page book lies on the table.",
)
PLAIN = Setting(
    opening=("Start with {n}.", "Begin with {n}."),
    wordings={
        "add": ("Add {n}.",),
        "take": ("Subtract {n}.",),
        "times": ("Multiply by {n}.",),
        "share": ("Divide by {n}.",),
        "come_and_go": ("Add {n} and subtract it again.",),
        "go_and_come": ("Subtract {n} and add it again.",),
        "grow_and_shrink": ("Multiply by {n} and divide by it again.",),
        "add_groups": ("Add {k} times {n}.",),
        "take_groups": ("Subtract {k} times {n}.",),
    },
    question=("What is the result?",),
)

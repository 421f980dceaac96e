r"""Injection: text that steers the model that reads it instead of helping with problems.

Every pattern has bounded repetitions only, so that matching takes time linear in the text. They
are ours, and narrow where mathematics uses the same words (a linear system, import tax, |x|<|y|).
"""

import re
from collections.abc import Sequence

from redraft.core import Behavior
from redraft.memory.gate_text import fold, hidden, quoted

_DROP = (
    r"\b(?<!not )(?<!never )(?<!n't )(?:ignor(?:e|ing)|disregard(?:ing)?|forget(?:ting)?"
    r"|overrul(?:e|ing)|bypass(?:ing)?|neglect(?:ing)?|discard(?:ing)?|abandon(?:ing)?|dismiss"
    r"|erase|delete|pay no attention to|set aside|stop (?:following|obeying))\b"
)
_OLD = r"(?:previous|prior|above|earlier|preceding|foregoing|former|existing|original|old)"
_ORDERS = r"(?:instructions?|prompts?|directives?|guidelines?|guardrails|system messages?)"
_GUIDANCE = (
    r"(?:rules|text|contexts?|messages?|guidance|directions|behaviou?rs?|advice|conversations?"
    r"|commands|content)"
)
_STOPS = (
    r"(?=\s*(?:$|[.,;:!)]|(?:and|then) (?:instead|say|reply|respond|answer|output|write|do|just"
    r"|print|follow|tell|act|give)\b))"
)
_ASSISTANT = (
    r"(?:ai|assistant|chat ?bot|bot|language model|llm|gpt|hacker|pirate|administrator|admin"
    r"|grader|judge)"
)

_STEERS = (
    rf"{_DROP}(?:"
    rf"[^.!?]{{0,40}}\b(?:{_ORDERS}|the user)\b"
    rf"|[^.!?]{{0,30}}\b{_OLD}\b[^.!?]{{0,20}}\b{_GUIDANCE}\b"
    rf"|[^.!?]{{0,20}}\b(?:{_GUIDANCE}|everything|anything|all|what|that)\b"
    r" (?:that (?:is|was|came|stands|comes) |written |given |stated |said |is |was |came )?"
    rf"(?:above|before|earlier|previously|so far)\b{_STOPS}"
    rf"| (?:all |of |the ){{0,3}}(?:above|previous|foregoing|preceding|prior)\b{_STOPS}"
    r"|[^.!?]{0,25}\byou (?:were|have been|'ve been|are|had been) (?:\w+ )?"
    r"(?:told|taught|instructed|trained|programmed)\b"
    r"| (?:everything|anything|all|what)(?: that)? you (?:know|learn(?:ed|t)|have learn))",
    rf"\boverrid(?:e|es|ing)\b[^.!?]{{0,40}}\b{_ORDERS}\b",
    r"\b(?:do not|don't|never|no longer|refuse to) (?:follow|obey|heed|comply with|listen to)\b"
    rf"[^.!?]{{0,30}}\b(?:{_ORDERS}|the user|(?:other|previous|above) {_GUIDANCE})\b",
    r"\b(?:system|developer) (?:prompts?|messages?|instructions?)\b",
    r"\b(?:your|hidden|secret|new|real|actual) (?:\w+ )?(?:instructions|prompts?)\b",
    r"\b(?:initial|original) prompt\b",
    r"\bfollow (?:only )?(?:these|my) (?:\w+ )?(?:instructions|orders|commands)\b",
    r"\byou (?:are|'re) now (?!ready|left|able|done|at|back|finished|solving|looking|dealing"
    r"|close|sure|certain|counting|working|facing|one|two)",
    r"\b(?:you are|you're) (?:an?|the|my) (?:[\w-]{1,30} ){0,3}"
    rf"{_ASSISTANT}\b",
    r"\b(?:act(?:ing)? as|pretend(?:ing)? (?:to be|that you are|you are|you're)|behave (?:as|like)"
    r"|play(?:ing)? the (?:part|role) of|imagine you are|assume the role of|(?:respond|speak) as)"
    rf" (?:an? |the |my )?(?:[\w-]{{1,30}} ){{0,3}}{_ASSISTANT}\b",
    r"\bas an? (?:ai|assistant|(?:large )?language model|chat ?bot)\b",
    r"\b(?:attention,? (?:the |all |any )|(?:hey|dear|note to|message to),? (?:the |all |any )?)"
    r"(?:ai|llm|assistant|language model)s?\b",
    r"\bfrom now on,? (?:you (?:will|must|shall|should|are to) )?(?:always |only )?"
    r"(?:answer|reply|respond|act|ignore|speak|obey|say|output|pretend)\b",
    r"\b(?:reveal|print|repeat|show|output|leak|disclose|display|tell me|recite)\b[^.!?]{0,20}"
    r"\b(?:your|system|hidden|the above) (?:\w+ )?(?:prompts?|instructions?|messages?)\b",
    r"\bjail ?break|\b(?:developer|dan|god|debug|admin|sudo|unrestricted) mode\b",
    r"\bdo anything now\b",
    r"\byour (?:only|new|real|actual|true|sole) (?:task|goal|job|purpose|objective)\b",
    r"\b(?:tell|convince|persuade|assure) the (?:verifier|grader|judge|critic|checker|evaluator)\b",
    r"\b(?:mark|rate|grade|score|label|judge|accept|approve|treat) (?:this|every|any|all|each) "
    r"(?:solution|answer|response|draft|critique|attempt)s? (?:as )?"
    r"(?:correct|right|passed|valid|perfect)\b(?! (?:only|if|when|after|once))",
    r"\b(?:send|post|upload|email|forward|exfiltrate|leak)\b[^.!?]{0,40}"
    r"\b(?:conversation|prompt|transcript|api key|password|credential|secret)s?\b",
)
_MARKERS = (
    r"<\|\s*[a-z][\w\u2581 ]{2,40}\s*\|>",
    r"\[\s*/?\s*(?:inst|sys|system|user|assistant)\s*\]|<</?\s*sys\s*>>",
    r"#{2,}\s*(?:new )?(?:instructions?|system|response|user|human|assistant|input|output|prompt"
    r"|end)\b",
    r"(?:^|[.:;!?>\]#*\"|]\s?)(?:system|assistant|user|human|developer)\s?:",
    r"\b(?:begin|end) (?:of )?(?:prompt|instructions?|user input)\b",
    r"</?[a-z][a-z0-9_-]{1,30}(?:\s+[a-z-]{1,20}\s*=[^<>]{0,200})?\s*/?>|</[a-z]\s*>"
    r"|<[a-z]\s+(?:href|class|style|id|src|on[a-z]{1,20})\s*=|<!--",
    r"&(?:lt|gt|amp|nbsp|quot|#x?[0-9a-f]{1,6});",
    r"\{\{\s*[a-z_]{2,40}\s*\}\}|\{%",
)
_ENDS = r"(?=\s*(?:$|[.,;!?)]|(?:to|for|regardless|no matter|whatever|every|each|when|if)\b))"
_LITERAL = (
    r"""(?:"[^"]{1,60}"|'[^']{1,60}'"""
    rf"|[$(]{{0,2}}-?[0-9][0-9.,/]*%?\$?{_ENDS}|\(?(?-i:[A-J])\)?{_ENDS}"
    r"|(?:option|choice|letter) \(?[A-J0-9]\b"
    r"|(?:(?:twen|thir|for|fif|six|seven|eigh|nine)ty[ -]?)?(?:yes|no|true|false|none|nothing|zero"
    r"|one|two|three|four|five|six|seven|eight|nine|ten|unknown|impossible"
    rf"|i (?:do not|don't) know){_ENDS})"
)
_SAY = r"(?:answer|reply|respond|guess|conclude|say|output|state|report|print)"
_OPTION = (
    rf"(?:\(?(?-i:[A-J])\)?{_ENDS}|(?:option|choice|letter) \(?[A-J0-9]\b"
    r"|(?:first|last|second|third|fourth|longest|shortest|middle) (?:option|choice|answer)\b)"
)
_FIXED = (
    rf"\balways {_SAY}\b(?: with| by saying| that it is| that|:)?"
    rf"(?: the number| the value| the answer| simply| just)?\s?{_LITERAL}",
    r"\b(?:answer|option|choice)(?: to [^.!?]{1,40})? (?:is|are|will be|must be|should be|equals)"
    rf"(?: always| invariably| forever| every time),?:?(?: the number)?\s?{_LITERAL}",
    rf"\banswer always (?:is|equals|must be)\s?{_LITERAL}",
    # A statement about no problem at all; 0 and 1 stand at the end of honest case distinctions.
    r"(?:^|[.;:!?] ?)(?:so |thus |hence |therefore )?the (?:final |correct |right )?answer"
    r" (?:is|=|equals|must be|should be|will be):? ?[$(]{0,2}-?(?![01]\b)[0-9][0-9.,/]*%?\$?\)?"
    r"(?=\s*(?:$|[.;!]))",
    rf"\banswer to (?:every|any|all|each)\b[^.!?]{{0,40}}\b(?:is|are|equals)\s?{_LITERAL}",
    r"\b(?:reply|respond) (?:only|just|with|by|exactly|in|to (?:every|all|any|this|each))\b",
    r"\boutput (?:only|just|nothing but|exactly)\b|\bsay (?:only|nothing but)\b",
    r"\b(?:answer|write|give|return|state|put|print) (?:only|just|nothing but|exactly)"
    rf"(?: the number| the word| the letter)?\s?{_LITERAL}",
    r"\b(?:always|(?:when|if) (?:in doubt|unsure|you are unsure),?)"
    rf" (?:choose|pick|select|guess|go with) (?:the )?{_OPTION}",
    rf"\b(?:simply|just) (?:answer|reply|respond|say|guess) {_LITERAL}",
    r"\b(?:regardless of|no matter|whatever|irrespective of|for (?:every|all|any))\b[^.!?]{0,40}"
    rf"\b(?:answer|reply|respond|say|output|guess)\b(?: is| with|:)?\s?{_LITERAL}",
    rf"\b{_SAY}(?: with|:)? {_LITERAL}[^.!?]{{0,10}}\b(?:regardless|no matter|whatever|every time"
    r"|for (?:every|all|any) (?:question|problem|input|task))",
    r"\\f?boxed\s*(?:\{\s*[$-]?\s*(?:\\[dt]?frac\s*\{)?\s*-?[0-9]|[0-9])",
    r"\\f?boxed\s*\{\s*(?:\\text\w{0,4}\s*\{)?\s*\(?(?:yes|no|true|false|(?-i:[A-J]))\b",
)
_LINKS = (
    r"\b[a-z][a-z0-9+.-]{1,20}://|\bwww\.|\bmailto:|\bjavascript:|\bdata:(?:text|image|application)/",
    r"\]\(\s*(?:[/#]|[^()\s]{1,200}(?:\.[a-z]{2}|:))|!\[[^\]]{0,80}\]\(",
    r"\b[a-z0-9-]{1,63}\.(?:com|org|net|edu|gov|io|ai|app|biz|xyz|ru|cn|uk|ly|gg|tk)\b(?!\()",
    r"\bdot (?:com|org|net)\b",
    r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])",
    r"[\w.+-]{1,64}@[\w-]{1,63}\.[a-z]",
)
_MODULE = (
    r"(?:os|sys|re|subprocess|socket|shutil|requests|urllib|numpy|pandas|sympy|scipy|math|cmath"
    r"|torch|itertools|functools|collections|random|json|pickle|base64|ctypes|pathlib|heapq)"
)
_CODE = (
    r"```|~~~",
    rf"\bimport {_MODULE}\b|\bfrom {_MODULE}(?:\.\w{{1,40}}){{0,3}} import\b|\bimport \*",
    r"__(?:import|init|class|globals|builtins|subclasses|main|name|mro|dict|code)\w{0,3}__",
    r"\bdef \w{1,60} ?\(|\bfunction ?\w{0,60} ?\([^()]{0,80}\) ?\{",
    r"\b(?:exec|eval|popen|getattr|setattr|globals|compile)\(|\b(?:print|open|input)\(['\"\w]",
    r"\bsubprocess\.\w|\b(?:np|math|os|sys|re|random|itertools|requests|socket|shutil|pickle)"
    r"\.[a-z_]\w{0,40}\(",
    r"\bfor \w{1,30} in range\(|\bfor ?\((?:int|let|var)\b|\bconsole\.log\b|\bSystem\.out\b",
    r"#include\b|<\?php|\bselect \* from\b|\bdrop table\b|\bdelete from \w{1,40} where\b",
    r"\bsudo \w|\brm -[rf]{1,2}\b|\bwget\b|\bcurl (?:-{1,2}[a-z]+ |\w+\.\w+/)|\bchmod [+0-7a-z]",
    r"\bbash -|\bpowershell\b|\bcmd\.exe\b|\b(?:pip3?|npm|apt|apt-get) install\b",
    r"/bin/(?:ba)?sh\b|\| ?(?:ba)?sh\b(?! ?\|)|> ?/dev/|/etc/\w|~/\.|\.\./\.\.",
    r"\\(?:input|include|includegraphics|immediate|openin|openout|read|write(?:18)?|usepackage"
    r"|documentclass|(?:re)?newcommand|def|let|catcode|csname|href|url|lstinputlisting"
    r"|verbatiminput|expandafter|directlua)(?![a-z])",
    # Nobody reads a word of that length: what it says is encoded.
    r"\b[a-z0-9]{48,}\b",
)


def _all(patterns: tuple[str, ...]) -> re.Pattern[str]:
    """One pattern for all; those that begin with a word's edge are tried at such edges only."""
    edged = "|".join(pattern for pattern in patterns if pattern.startswith(r"\b"))
    others = [pattern for pattern in patterns if not pattern.startswith(r"\b")]
    return re.compile("|".join((rf"\b(?:{edged})", *others)), re.IGNORECASE)


_SHOWN = (
    (_all(_STEERS), "speaks to a model about its instructions"),
    (_all(_MARKERS), "holds the mark-up of a conversation or a page"),
    (_all(_LINKS), "holds a link"),
)
_RULES = (
    *_SHOWN[:2],
    (_all(_FIXED), "asks for a fixed answer"),
    *_SHOWN[2:],
    (_all(_CODE), "holds code"),
)
_EMPHASIS = re.compile(r"[*_~`-]+")


def injection(behavior: Behavior) -> str | None:
    """What in `behavior` steers a model, in one line, or `None`.

    Refused are characters that nobody sees, talk about the model's instructions or role, marks of
    turns and tags, fixed answers, links, and code. The text is read as it looks (`fold`), and a
    second time without marks between its words, as the name is.
    """
    unseen = hidden(behavior.instruction)
    if unseen is not None:
        return f"its instruction hides a character (U+{ord(unseen):04X})"
    # The full stop keeps what the name ends with apart from what the instruction begins with.
    text = f"{behavior.name.replace('_', ' ')}. {fold(behavior.instruction)}"
    found = _found(_RULES, text)
    return None if found is None else f"its text {found}"


def steering(text: str) -> str | None:
    """What in the text of a solved problem steers a model, in one line, or `None`.

    As for behaviors, without fixed answers and code: solutions are made of them.
    """
    unseen = hidden(text)
    if unseen is not None:
        return f"hides a character (U+{ord(unseen):04X})"
    return _found(_SHOWN, fold(text))


def _found(rules: Sequence[tuple[re.Pattern[str], str]], text: str) -> str | None:
    bare = " ".join(_EMPHASIS.sub(" ", text).split())
    for view in dict.fromkeys((text, bare)):
        for pattern, what in rules:
            match = pattern.search(view)
            if match is not None:
                return f"{what}: {quoted(match[0].strip())}"
    return None
